"""What pcs refuses, at the edges of its rules; tests/bad_seeds shows each of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petal_constructs import planning
from petal_constructs.catalog import instance_types, kubernetes, pcs
from petal_constructs.plan.sizes import by_size, size_name
from petal_constructs.platforms import platform
from petal_constructs.platforms.pcs import limits, names
from petal_constructs.platforms.pcs.pods import pod_size

ROOT = Path(__file__).parents[3]
RESERVED = ROOT / "seeds/reserved-gpus.yaml"
HYBRID = ROOT / "seeds/hybrid.yaml"
SEEDS = sorted({*(ROOT / "seeds").glob("*.yaml")} - {RESERVED, HYBRID})
ON_EC2 = [path for path in SEEDS if planning.load_seed(path).cluster.platform == "parallelcluster"]
BAD_SEEDS = sorted((ROOT / "tests" / "bad_seeds").glob("*.yaml"))
LONGEST = 25
"""Letters of the longest queue and tenant; the pattern is in seed/base.py."""

ADA = """
users:
  - name: ada
    uid: 5001
    gid: 5001
    ssh_public_keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2hF3CRPtNyqBLxRMTQBG8nxKsU0uhi9H8WpwVqT/SK ada
"""


@pytest.fixture
def told(tmp_path):
    """Codes of a pcs seed's problems; a queue and a network are there if the text has none."""

    def ask(text, **keys):
        queue = keys.get("queue", "{name: compute, instance_types: [c5.4xlarge]}")
        network = "  ".join(f"{line}\n" for line in keys.get("network", "").split("|"))
        path = tmp_path / "seed.yaml"
        path.write_text(
            "cluster: {name: lab, region: us-east-1, platform: pcs}\n"
            f"compute:\n  queues:\n    - {queue}\n{ADA}\n{text}\n"
            f"network:\n  ssh_from: [192.0.2.0/24]\n  {network}"
        )
        return [problem.code for problem in planning.inspect_seed(path, environment={}).problems]

    return ask


def _shared(keys):
    return f"data: {{shared: [{{name: work, {keys}}}]}}"


def test_a_plain_seed_has_no_problem(told):
    assert told("") == []


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_every_seed_can_be_built_on_pcs_with_warnings_alone(path):
    loaded = planning.inspect_seed(path, environment={}, platform="pcs")

    assert loaded.errors == ()
    strangers = {"P421"} if path.stem == "directory" else set()  # pcs knows none of its people
    assert {p.code for p in loaded.problems} <= {"P317", "P402", "P406", "P408"} | strangers
    assert planning.plan_checked(loaded.unwrap()).platform == "pcs"


def test_reserved_capacity_alone_keeps_a_seed_from_pcs():
    loaded = planning.inspect_seed(RESERVED, environment={}, platform="pcs")

    assert {problem.code for problem in loaded.errors} == {"P318"}


@pytest.mark.parametrize("path", ON_EC2, ids=lambda path: path.stem)
def test_the_plan_of_another_platform_shows_what_differs(path):
    plans = [
        planning.plan_seed(planning.load_seed(path, platform=name))
        for name in ("parallelcluster", "pcs")
    ]

    here, there = (platform(plan.platform).tables(plan) for plan in plans)

    assert [plan.name for plan in plans] == [plans[0].name] * 2
    assert "AWS ParallelCluster" in str(here)
    assert "Slurm on Amazon EKS" in str(there)


@given(path=st.sampled_from(BAD_SEEDS))
def test_whatever_is_wrong_with_a_seed_pcs_has_an_answer(path):
    loaded = planning.inspect_seed(path, environment={}, platform="pcs")

    if not loaded.errors:
        assert planning.plan_checked(loaded.unwrap()).platform == "pcs"


@pytest.mark.parametrize(("count", "code"), [(512, []), (513, ["P412"])])
def test_nodes_and_their_shapes_count_up_to_the_limit_of_slurm(told, count, code):
    queue = f"{{name: compute, instance_types: [c5.4xlarge], max_count: {count}}}"

    assert told("", queue=queue) == code
    assert pcs.FACTS.slurm.nodes == 2 * 512


def test_the_longest_names_fit_into_kubernetes():
    allowed = kubernetes.FACTS.limits
    queue, tenant = "q" * LONGEST, "t" * LONGEST
    sizes = by_size(instance_types.names())
    longest = max((f"{queue}-{size_name(size)}" for size in sizes), key=len)

    assert len(f"hpc-{tenant}") <= allowed.namespace_name
    assert len(f"{queue}.hpc-{tenant}") <= allowed.label_value
    assert len(f"{longest}-{names.FUTURE}-1000") <= allowed.label_value


@pytest.mark.parametrize("size", [1200, 2400, 4800])
def test_sizes_that_lustre_has_are_fine(told, size):
    keys = f"type: fsx-lustre, mount_point: /work, size_gib: {size}, keep: false"

    assert told(_shared(keys)) == []


def test_a_kept_lustre_may_stand_in_an_existing_network(told):
    network = (
        "vpc_id: vpc-0123456789abcdef0|"
        "private_subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]"
    )
    keys = "type: fsx-lustre, mount_point: /work"

    assert told(_shared(f"{keys}, size_gib: 1200"), network=network) == []
    assert told(_shared(f"{keys}, id: fs-0123456789abcdef0"), network=network) == []


def test_homes_may_lie_on_a_file_system_of_the_seed(told):
    assert told(_shared("type: efs, mount_point: /home")) == []
    assert told(_shared("type: efs, mount_point: /home/ada")) == ["P310"]


@pytest.mark.parametrize(
    ("buys", "code"),
    [
        ("capacity_type: SPOT, allocation_strategy: price-capacity-optimized", []),
        ("capacity_type: ONDEMAND, allocation_strategy: lowest-price", []),
        ("capacity_type: ONDEMAND, allocation_strategy: prioritized", ["P408"]),
    ],
)
def test_what_karpenter_does_anyway_needs_no_warning(told, buys, code):
    assert told("", queue=f"{{name: q, instance_types: [c5.4xlarge], {buys}}}") == code


@pytest.mark.parametrize(
    ("tenant", "code"),
    [
        ("{name: jobs, users: [ada]}", []),
        ("{name: users, users: [ada], isolation: dedicated}", []),
        ("{name: a, users: [ada], quota: {gpus: 0}}", []),
        ("{name: a, users: [ada], isolation: dedicated, quota: {cpus: 16, memory: 32Gi}}", []),
        ("{name: a, users: [ada], isolation: dedicated, quota: {cpus: 15}}", ["P419"]),
        ("{name: a, users: [ada], isolation: dedicated, quota: {nodes: 0}}", ["P419"]),
    ],
)
def test_a_tenant_is_refused_for_what_it_clashes_with_alone(told, tenant, code):
    assert told(f"tenants: [{tenant}]") == code


def test_a_user_may_be_in_two_dedicated_tenants(told):
    tenants = ("a", "b")
    text = ", ".join(f"{{name: {t}, users: [ada], isolation: dedicated}}" for t in tenants)

    assert told(f"tenants: [{text}]") == []


def test_a_queue_of_a_shared_tenant_without_users_is_nobodys(told):
    assert told("tenants: [{name: a, queues: [compute]}]") == ["P421"]


def test_each_dedicated_tenant_has_a_count_of_its_own(tmp_path):
    path = tmp_path / "seed.yaml"
    path.write_text(
        "cluster: {name: lab, region: us-east-1, platform: pcs}\n"
        "compute: {queues: [{name: q, instance_types: [c5.4xlarge, c5.9xlarge], max_count: 300}]}\n"
        f"{ADA}  - {{name: bob, uid: 5002, gid: 5002}}\n"
        "tenants: [{name: a, users: [ada], isolation: dedicated}]\n"
        "network: {ssh_from: [192.0.2.0/24]}\n"
    )

    plan = planning.plan_seed(planning.load_seed(path))

    assert [limits.nodes(cluster) for cluster in plan.clusters] == [(300, 600)] * 2


@pytest.mark.parametrize("name", [n for n in instance_types.names() if n.startswith("t3.")])
def test_a_type_that_is_too_small_is_told_the_next_one_that_fits(told, name):
    (kind,) = [instance_types.find(name)]
    fits = pod_size([kind]) is not None

    assert told("", queue=f"{{name: q, instance_types: [{name}]}}") == ([] if fits else ["P410"])


@pytest.mark.parametrize("version", ["1.36", "1.35"])
def test_versions_near_the_kubectl_of_petal_are_fine(told, version):
    assert told(f'eks: {{version: "{version}"}}') == []


def test_whom_dedicated_tenants_leave_no_queue_is_told(told):
    """They would have no Slurm at all, and no address to log in to."""
    med = "{name: med, queues: [compute], isolation: dedicated}"
    other = "{name: chem, users: [ada]}"

    assert "P421" in told(f"tenants: [{med.replace('queues', 'users: [], queues')}, {other}]")
    assert "P421" in told(f"tenants: [{med}]")
    assert told(f"tenants: [{med.replace('queues', 'users: [ada], queues')}]") == []
