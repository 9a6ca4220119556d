"""Where software is built, for which processor, and what a change of that does."""

from __future__ import annotations

import dataclasses

import pytest

from petal_constructs.catalog import instance_types
from petal_constructs.catalog.cpu_targets import TARGETS
from petal_constructs.plan.bucket_access import read_only
from petal_constructs.plan.values import Builder, S3Mount, Software
from petal_constructs.planning import plan_seed
from petal_constructs.platforms.parallelcluster.accounting_config import queue_settings
from petal_constructs.platforms.parallelcluster.software import has_accelerators, minutes
from petal_constructs.platforms.parallelcluster.software_changes import consequence
from petal_constructs.render.software import software_files, stamp
from tests.stacks import ROOT, plan_of, seeds_of
from tests.unit.seed.seeds import read

SEED = """
cluster: {{name: lab, region: us-east-1}}
compute:
  head_node: {head}
  queues:
{queues}
users: [{{name: ada, uid: 5001, gid: 5001}}]
network: {{key_name: lab, ssh_from: [192.0.2.0/24]}}
software:
  spack_packages: [samtools@1.17]
{keys}
"""
PLAIN = "{name: plain, instance_types: [m7i.4xlarge]}"
SMALL = "{name: small, instance_types: [m7i.large]}"
LARGE = "{name: large, instance_types: [m7i.48xlarge]}"
SHORT = "{name: short, instance_types: [m7i.2xlarge], max_time: 30}"
GPU = "{name: gpu, instance_types: [g6.4xlarge]}"
MIXED = "{name: mixed, instance_types: [m7i.xlarge, m7i.16xlarge, m7i.8xlarge]}"
SPOT = "{name: spot, instance_types: [m7i.4xlarge], capacity_type: SPOT, max_time: 2-0}"


def plan(*queues, head="m7i.xlarge", more="", **keys):
    text = SEED.format(
        head=head,
        queues="\n".join(f"    - {queue}" for queue in queues or [PLAIN]),
        keys="\n".join(f"  {key}: {value}" for key, value in keys.items()),
    )
    return plan_seed(read(text + more).unwrap())


def builder(*queues, **keys):
    return plan(*queues, **keys).software.builder


def targets(*queues, **keys):
    return plan(*queues, **keys).software.pins.targets


@pytest.mark.parametrize(
    ("queues", "chosen"),
    [
        ([PLAIN], Builder("plain", "cpu16", "1-00:00:00")),
        ([GPU, LARGE, PLAIN], Builder("plain", "cpu16", "1-00:00:00")),
        ([SHORT, LARGE], Builder("large", "cpu192", "1-00:00:00")),
        ([MIXED], Builder("mixed", "cpu32", "1-00:00:00")),
        ([SPOT], Builder("spot", "cpu16", "2-0")),
        ([GPU], None),
        ([SMALL], None),
        ([SHORT], None),
    ],
)
def test_unasked_the_smallest_nodes_build_that_are_fit_for_it(queues, chosen):
    assert builder(*queues) == chosen


@pytest.mark.parametrize("seed", seeds_of("parallelcluster"), ids=lambda seed: seed.stem)
def test_no_seed_builds_on_accelerators_or_in_a_queue_that_it_has_not(seed):
    found = plan_of(seed)
    builder = found.software.builder

    if builder is not None:
        (queue,) = (queue for queue in found.queues if queue.name == builder.queue)
        (size,) = (size for size in queue.compute_resources if size.name == builder.size)
        assert not has_accelerators(size.instance_types)
        assert queue.builds


def test_who_asks_for_a_queue_gets_it_whatever_it_is():
    assert builder(GPU, build_on="gpu") == Builder("gpu", "gpu1-cpu16", "1-00:00:00")
    assert builder(PLAIN, SMALL, build_on="small").queue == "small"
    assert builder(PLAIN, build_on="head") is None


def test_without_packages_no_queue_builds():
    found = plan_of(ROOT / "seeds/minimal.yaml")

    assert found.software.builder is None
    assert not any(queue.builds for queue in found.queues)


def test_root_may_submit_where_software_is_built_for_tenants_and_nowhere_else():
    tenants = "tenants: [{name: lab, users: [ada], queues: [plain, large]}]\n"

    asked = plan(PLAIN, LARGE, more=tenants, build_on="plain")
    unasked = plan(PLAIN, LARGE, more=tenants)

    allowed = [queue_settings(queue)["AllowAccounts"] for queue in asked.queues]
    assert allowed == ["lab,root", "lab"]
    assert unasked.software.builder is None
    assert {queue_settings(queue)["AllowAccounts"] for queue in unasked.queues} == {"lab"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("2:30:00", 150), ("1-0", 1440), ("1-12", 2160), ("1-12:30", 2190)],
)
def test_slurm_times_are_minutes(text, expected):
    assert minutes(text) == expected


def test_a_time_without_end_is_long_enough():
    assert minutes("infinite") > 10**6


def test_auto_takes_the_best_that_all_nodes_run():
    arm = "{name: arm, instance_types: [c7g.4xlarge, c8g.4xlarge]}"
    mixed = "{name: mixed, instance_types: [m7i.4xlarge, m7a.4xlarge]}"

    assert targets(PLAIN, target="auto")["x86_64"] == "sapphirerapids"
    assert targets(mixed, target="auto")["x86_64"] == "x86_64_v4"
    assert targets(arm, head="m7g.xlarge", target="auto")["aarch64"] == "neoverse_n1"
    assert targets(PLAIN, head="t3.xlarge", target="auto")["x86_64"] == "x86_64_v3"


def test_a_target_is_for_its_own_architecture_alone():
    assert targets(PLAIN, target="icelake") == {"x86_64": "icelake", "aarch64": "aarch64"}


def test_every_family_of_the_catalog_is_of_its_processors_architecture():
    for name in instance_types.names():
        processor = TARGETS.processor(name)
        kind = instance_types.find(name)
        assert processor is None or TARGETS.architectures[processor] == kind.architecture, name


def test_what_runs_a_target_runs_all_that_the_target_runs():
    for target, ancestors in TARGETS.ancestors.items():
        for ancestor in ancestors:
            assert set(TARGETS.ancestors[ancestor]) <= set(ancestors), target


def test_the_stamp_is_of_what_is_installed_and_not_of_where_it_is_built():
    tools = Software(("samtools@1.17",), "/petal")
    elsewhere = dataclasses.replace(tools, builder=Builder("plain", "cpu16", "60"), contact="a@b.c")

    assert stamp(tools) == stamp(elsewhere)
    for change in ({"spack_specs": ("samtools@1.18",)}, {"compiler": "gcc@13.2"}, {"root": "/x"}):
        assert stamp(dataclasses.replace(tools, **change)) != stamp(tools)
    assert f"stamp\t{stamp(tools)}\n" in software_files(tools)["software.tsv"]


def test_a_build_cache_in_s3_is_read_below_its_prefix_and_others_need_no_right():
    assert read_only("s3://lab/caches/v1") == [S3Mount("lab", "", "caches/v1/", read_only=True)]
    assert read_only("s3://lab") == [S3Mount("lab", "", "", read_only=True)]
    assert read_only("https://cache.example.org/v1") == []
    assert read_only(None) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"spack_specs": ("bwa", "star")}, "new packages are installed beside the others"),
        ({"spack_specs": ()}, "modules of packages that go disappear"),
        ({"compiler": "gcc@13.2"}, "decided on and installed anew"),
        ({"builder": Builder("plain", "cpu16", "60")}, "the next build runs on plain"),
    ],
)
def test_a_change_says_what_it_does_to_software(change, said):
    tools = Software(("bwa",), "/petal")

    text = consequence(tools, dataclasses.replace(tools, **change))

    assert said in text
    assert text.endswith("nothing drains")
