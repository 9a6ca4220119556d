"""Who gets which Slurm, queue, account and limit."""

from __future__ import annotations

import itertools

import pytest

from petal_constructs.plan.tenants import EVERYBODY_ELSE, Limits, mebibytes
from petal_constructs.platforms.pcs.planning import make_plan
from petal_constructs.seed import load, source
from tests.pcs.plans import KEY

PEOPLE = ("ada", "bob", "eve")
COMPUTE = "{name: compute, instance_types: [c5.4xlarge], max_count: 20}"
CLINIC = "{name: clinic, instance_types: [c5.9xlarge], max_count: 4}"


def plan(*tenants, queues=(COMPUTE, CLINIC), people=PEOPLE, name="lab", more=""):
    def users():
        for uid, user in enumerate(people, 5001):
            keys = f'["{KEY} {user}"]'
            yield f"  - {{name: {user}, uid: {uid}, gid: {uid}, ssh_public_keys: {keys}}}\n"

    text = (
        f"cluster: {{name: {name}, region: us-east-1, platform: pcs}}\n"
        "compute:\n  queues:\n" + "".join(f"    - {queue}\n" for queue in queues)
    )
    text += ("users:\n" + "".join(users())) if people else ""
    text += ("tenants:\n" + "".join(f"  - {tenant}\n" for tenant in tenants)) if tenants else ""
    decoded = source.decode("seed.yaml", f"{text}{more}\n".encode())
    assert isinstance(decoded, source.Source)
    return make_plan(load.inspect_source(decoded, environment={}).unwrap())


def clusters(*tenants, **seed):
    return {cluster.namespace: cluster for cluster in plan(*tenants, **seed).clusters}


def names(things):
    return [thing.name for thing in things]


def allowed(cluster):
    return {queue.name: queue.allowed_accounts for queue in cluster.queues}


def members(cluster):
    return {account.name: account.users for account in cluster.accounts}


def default(cluster):
    [queue] = [queue.name for queue in cluster.queues if queue.default]
    return queue


def test_without_tenants_one_slurm_is_everybodys():
    [cluster] = plan().clusters

    assert (cluster.namespace, cluster.tenant, cluster.cluster_name) == ("hpc-jobs", None, "lab")
    assert names(cluster.users) == [*PEOPLE]
    assert allowed(cluster) == {"compute": (), "clinic": ()}
    assert cluster.accounts == ()
    assert not cluster.accounting


def test_tenants_that_share_turn_accounting_on():
    [shared] = plan("{name: chem, users: [ada]}").clusters
    assert shared.accounting

    own = clusters("{name: chem, users: [ada], isolation: dedicated}")
    assert not any(cluster.accounting for cluster in own.values())


def test_users_whom_no_tenant_names_have_an_account_of_their_own():
    [shared] = plan("{name: chem, users: [ada]}").clusters

    assert members(shared) == {"chem": ("ada",), EVERYBODY_ELSE: ("bob", "eve")}


def test_a_user_of_several_tenants_is_in_each_account():
    [shared] = plan("{name: chem, users: [ada, bob]}", "{name: bio, users: [ada]}").clusters

    assert members(shared) == {"chem": ("ada", "bob"), "bio": ("ada",), EVERYBODY_ELSE: ("eve",)}


def test_limits_are_the_accounts_where_slurm_is_shared_and_the_namespaces_where_it_is_not():
    quota = "quota: {cpus: 64, memory: 512Gi, gpus: 2, nodes: 3, storage: 2Ti}"
    found = clusters(
        f"{{name: chem, users: [ada], {quota}}}",
        f"{{name: bio, users: [bob], isolation: dedicated, {quota}}}",
    )
    limits = Limits(64, 512 * 1024, 2, 3, 2048)

    chem, everybody_else = found["hpc-jobs"].accounts
    assert (chem.limits, everybody_else.limits) == (limits, Limits())
    assert found["hpc-jobs"].limits == Limits()
    assert found["hpc-bio"].limits == limits


QUEUES_OF = {
    "nobody names one": (
        ["{name: chem, users: [ada]}"],
        {"compute": (), "clinic": ()},
    ),
    "a named one is reserved": (
        ["{name: chem, users: [ada], queues: [clinic]}"],
        {"compute": (EVERYBODY_ELSE,), "clinic": ("chem",)},
    ),
    "two share it": (
        [
            "{name: chem, users: [ada], queues: [clinic]}",
            "{name: bio, users: [bob], queues: [clinic, compute]}",
        ],
        {"compute": ("bio",), "clinic": ("chem", "bio")},
    ),
    "who names none may use all": (
        ["{name: chem, users: [ada], queues: [clinic]}", "{name: bio, users: [bob]}"],
        {"compute": ("bio", EVERYBODY_ELSE), "clinic": ("chem", "bio")},
    ),
}


@pytest.mark.parametrize(("tenants", "expected"), QUEUES_OF.values(), ids=QUEUES_OF)
def test_queues_let_in_whom_tenants_name(tenants, expected):
    [shared] = plan(*tenants).clusters

    assert allowed(shared) == expected


def test_every_account_that_a_queue_allows_is_made():
    """Slurm lets everybody in where it knows none of a partition's AllowAccounts."""
    tenant_kinds = [
        "{{name: {0}, users: [{1}]}}",
        "{{name: {0}, users: [{1}], queues: [clinic]}}",
        "{{name: {0}, users: [{1}], queues: [compute]}}",
        "{{name: {0}, queues: [clinic]}}",
        "{{name: {0}, users: [{1}], queues: [clinic], isolation: dedicated}}",
    ]
    for first, second in itertools.product(tenant_kinds, repeat=2):
        tenants = (first.format("chem", "ada"), second.format("bio", "bob"))
        for cluster in plan(*tenants, people=("ada", "bob")).clusters:
            made = {account.name for account in cluster.accounts}
            assert all(made.issuperset(queue.allowed_accounts) for queue in cluster.queues)


def test_a_queue_left_to_nobody_lets_nobody_in():
    [shared] = plan("{name: chem, users: [ada], queues: [clinic]}", people=("ada",)).clusters

    assert allowed(shared)["compute"] == (EVERYBODY_ELSE,)
    assert members(shared) == {"chem": ("ada",), EVERYBODY_ELSE: ()}


def test_a_dedicated_tenant_has_its_slurm_users_and_copies_of_its_queues():
    found = clusters("{name: med, users: [bob], queues: [clinic], isolation: dedicated}")

    assert list(found) == ["hpc-jobs", "hpc-med"]
    assert names(found["hpc-jobs"].queues) == ["compute"]
    assert names(found["hpc-jobs"].users) == ["ada", "eve"]
    med = found["hpc-med"]
    assert (med.tenant, med.cluster_name, med.accounts) == ("med", "lab-med", ())
    assert names(med.users) == ["bob"]
    assert allowed(med) == {"clinic": ()}
    assert med.queues[0].node_pool == "clinic.hpc-med"


def test_a_queue_that_a_shared_tenant_names_too_exists_in_both():
    found = clusters(
        "{name: med, users: [bob], queues: [clinic], isolation: dedicated}",
        "{name: chem, users: [ada], queues: [clinic]}",
    )

    assert names(found["hpc-jobs"].queues) == ["compute", "clinic"]
    assert names(found["hpc-med"].queues) == ["clinic"]
    pools = [queue.node_pool for cluster in found.values() for queue in cluster.queues]
    assert len(set(pools)) == len(pools)


def test_a_dedicated_tenant_that_names_no_queue_has_a_copy_of_each_and_takes_none_away():
    found = clusters("{name: med, users: [bob], isolation: dedicated}")

    assert names(found["hpc-jobs"].queues) == names(found["hpc-med"].queues)


def test_a_user_of_a_shared_and_a_dedicated_tenant_logs_in_to_both():
    found = clusters(
        "{name: med, users: [ada, bob], queues: [clinic], isolation: dedicated}",
        "{name: chem, users: [ada]}",
    )

    assert names(found["hpc-jobs"].users) == ["ada", "eve"]
    assert members(found["hpc-jobs"]) == {"chem": ("ada",), EVERYBODY_ELSE: ("eve",)}
    assert names(found["hpc-med"].users) == ["ada", "bob"]


def test_where_all_users_are_dedicated_nothing_is_shared():
    found = clusters("{name: med, users: [ada, bob, eve], isolation: dedicated}")

    assert list(found) == ["hpc-med"]


def test_where_every_queue_is_a_dedicated_tenants_nothing_is_shared():
    found = clusters("{name: med, users: [bob], queues: [compute, clinic], isolation: dedicated}")

    assert list(found) == ["hpc-med"]


DEFAULT = COMPUTE.replace("}", ", default: true}")


@pytest.mark.parametrize(
    ("queues", "shared", "dedicated"),
    [
        ((COMPUTE, CLINIC), "compute", "clinic"),
        ((CLINIC, COMPUTE), "compute", "clinic"),
        ((CLINIC, DEFAULT), "compute", "clinic"),
        ((CLINIC.replace("}", ", default: true}"), COMPUTE), "compute", "clinic"),
    ],
)
def test_each_slurm_has_one_default_of_its_own_queues(queues, shared, dedicated):
    found = clusters(
        "{name: med, users: [bob], queues: [clinic], isolation: dedicated}", queues=queues
    )

    assert default(found["hpc-jobs"]) == shared
    assert default(found["hpc-med"]) == dedicated


def test_the_seeds_default_comes_before_the_first_queue():
    [cluster] = plan(queues=(CLINIC, DEFAULT)).clusters

    assert default(cluster) == "compute"


def test_a_closed_queue_exists_nowhere_and_is_no_default():
    closed = "{name: closed, instance_types: [c5.4xlarge], max_count: 0}"
    [cluster] = plan(queues=(closed, COMPUTE)).clusters

    assert names(cluster.queues) == ["compute"]
    assert default(cluster) == "compute"


def test_with_all_queues_closed_there_is_no_slurm():
    assert plan(queues=(COMPUTE.replace("20", "0"),)).clusters == ()


@pytest.mark.parametrize(("least", "each"), [(0, [0, 0]), (3, [3, 0]), (5, [5, 0])])
def test_the_size_that_the_seed_names_first_keeps_the_minimum(least, each):
    types = "[c5.9xlarge, c5.4xlarge]"
    queue = f"{{name: q, instance_types: {types}, min_count: {least}, max_count: 5}}"
    [cluster] = plan(queues=(queue,)).clusters
    sizes = cluster.queues[0].node_sets

    assert names(sizes) == ["q-cpu36", "q-cpu16"]
    assert [size.min_count for size in sizes] == each
    assert [size.max_count for size in sizes] == [5, 5]


def test_types_of_one_size_are_one_node_set():
    queue = "{name: q, instance_types: [c5.4xlarge, m5.4xlarge, c5.9xlarge], max_count: 5}"
    [cluster] = plan(queues=(queue,)).clusters

    assert [size.instance_types for size in cluster.queues[0].node_sets] == [
        ("c5.4xlarge", "m5.4xlarge"),
        ("c5.9xlarge",),
    ]


@pytest.mark.parametrize(("name", "slurms"), [("lab", "lab"), ("Lab", "lab"), ("a" * 60, "a" * 40)])
def test_slurms_name_fits_its_database(name, slurms):
    [cluster] = plan(name=name).clusters

    assert cluster.cluster_name == slurms


def test_homes_are_new_and_kept_unless_the_seed_names_them():
    own = "data: {shared: [{name: people, type: efs, mount_point: /home, keep: false}]}"

    assert (plan().homes.name, plan().homes.keep) == ("Home", True)
    assert (plan(more=own).homes.name, plan(more=own).shared) == ("people", ())


@pytest.mark.parametrize(
    ("text", "mib"),
    [
        (None, None),
        ("512Gi", 524288),
        ("512GiB", 524288),
        ("1.5Ti", 1572864),
        ("512G", 488281),
        ("1048576", 1),
        ("2048Ki", 2),
        ("0", 0),
        ("1B", 0),
    ],
)
def test_sizes_are_whole_mebibytes_rounded_down(text, mib):
    assert mebibytes(text) == mib
