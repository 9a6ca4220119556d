from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from petal_constructs.catalog import instance_types, regions, versions
from petal_constructs.catalog import parallelcluster as module
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.catalog.toml import read_toml
from petal_constructs.seed.model import Seed

CATALOG = Path(module.__file__).parent


def test_the_provider_template_is_that_of_the_version():
    assert f"/parallelcluster/{FACTS.version}/templates/" in FACTS.provider_template_url


def test_limits_are_those_of_parallelcluster_3_16():
    assert (FACTS.limits.queues, FACTS.limits.tags, FACTS.limits.login_pools) == (50, 40, 10)
    assert FACTS.limits.bootstrap_timeout_s == 2100
    assert FACTS.names.cluster_max_length_with_database == 40


def test_a_head_node_of_16_gib_is_enough_for_any_cluster():
    assert FACTS.head_node_memory.needed_gib(10) == pytest.approx(1.0)
    assert FACTS.head_node_memory.needed_gib(100_000) == 16
    assert instance_types.find(DEFAULTS.head_node.value).memory_mib >= 16 * 1024


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (FACTS.names.cluster_pattern, "Bio-1", "1bio"),
        (FACTS.names.queue_pattern, "cpu-1", "CPU_1"),
        (FACTS.names.storage_pattern, "Shared_1", "a b"),
    ],
)
def test_name_patterns_compile_and_tell_good_from_bad(pattern, good, bad):
    assert re.fullmatch(pattern, good)
    assert not re.fullmatch(pattern, bad)


def test_operating_systems_know_their_user_and_their_image():
    rocky = FACTS.operating_systems["rocky9"]

    assert (rocky.name, rocky.default_user, rocky.public_ami) == ("rocky9", "rocky", False)
    assert FACTS.operating_systems[DEFAULTS.os.value].public_ami
    assert "alinux2" not in FACTS.operating_systems


def test_allocation_strategies_depend_on_the_capacity_type():
    strategies = FACTS.capacity.allocation_strategies

    assert FACTS.capacity.types == ("ONDEMAND", "SPOT", "CAPACITY_BLOCK")
    assert "capacity-optimized" not in strategies["ONDEMAND"]
    assert "prioritized" not in strategies["SPOT"]
    assert strategies["CAPACITY_BLOCK"] == ()


def test_denied_slurm_settings_are_lower_case_as_slurm_ignores_case():
    slurm = FACTS.slurm
    denied = slurm.denied + slurm.denied_with_database + slurm.denied_for_queue

    assert "resumeprogram" in denied
    assert all(name == name.lower() for name in denied + slurm.denied_for_compute_resource)


def test_every_region_of_parallelcluster_lies_in_a_partition():
    assert len(FACTS.regions) == 31
    assert set(FACTS.regions) <= set(regions.names())


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("us-east-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("eu-south-9", "aws", "amazonaws.com"),
    ],
)
def test_a_region_tells_its_partition_even_if_it_is_new(region, partition, suffix):
    found = regions.partition_of(region)

    assert (found.name, found.dns_suffix) == (partition, suffix)


@pytest.mark.parametrize("region", ["", "us-east", "mars-north-1", "us-east-1\n", "us-east-1a"])
def test_what_is_no_region_has_no_partition(region):
    assert regions.partition_of(region) is None


def test_partitions_are_those_of_the_recorded_botocore():
    botocore = pytest.importorskip("botocore", reason="pip install botocore")
    recorded = read_toml(CATALOG / "regions.toml")["source"]
    if not recorded.startswith(f"botocore {botocore.__version__},"):
        pytest.skip(f"the catalog was made with {recorded}")

    told = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text())

    assert [(p.name, p.dns_suffix, p.pattern, set(p.regions)) for p in regions.partitions()] == [
        (
            told_p["id"],
            told_p["outputs"]["dnsSuffix"],
            told_p["regionRegex"],
            {region for region in told_p["regions"] if not region.endswith("-global")},
        )
        for told_p in told["partitions"]
    ]


def test_the_default_kubernetes_is_offered_and_the_one_of_2023_is_not():
    assert versions.EKS.default == "1.36"
    assert versions.EKS.default in versions.EKS.in_standard_support
    assert versions.EKS.offered == ("1.36", "1.35", "1.34", "1.33", "1.32", "1.31")
    assert versions.EKS.in_standard_support == ("1.36", "1.35", "1.34")
    assert "1.28" not in versions.EKS.offered


def test_spack_and_its_recipes_are_pinned_apart():
    assert (versions.SPACK.release, versions.SPACK.packages_release) == ("v1.2.2", "v2026.10.0")


def test_every_default_has_a_reason_and_fits_its_limits():
    choices = read_toml(CATALOG / "defaults.toml")

    assert all(
        set(choice) == {"value", "reason"} and choice["reason"] for choice in choices.values()
    )
    assert DEFAULTS.root_volume_gib.value >= FACTS.storage.root_volume_default_gib


def test_the_seed_language_allows_no_longer_names_than_parallelcluster():
    """Its limits stand in the models, where they are documented; here they meet the facts."""
    schema = Seed.model_json_schema()["$defs"]
    cluster, queue = schema["Cluster"]["properties"], schema["Queue"]["properties"]
    (tag_values,) = cluster["tags"]["patternProperties"].values()

    assert f"{{0,{FACTS.names.cluster_max_length - 1}}}" in cluster["name"]["pattern"]
    assert queue["name"]["maxLength"] == FACTS.names.queue_max_length
    assert cluster["tags"]["propertyNames"]["maxLength"] == FACTS.limits.tag_key_max_length
    assert tag_values["anyOf"][0]["maxLength"] == FACTS.limits.tag_value_max_length


@pytest.mark.parametrize("name", ["parallelcluster.toml", "versions.toml", "regions.toml"])
def test_every_table_says_where_its_facts_come_from_and_when(name):
    content = read_toml(CATALOG / name)
    tables = [v for v in content.values() if isinstance(v, dict) and name != "regions.toml"]

    for table in tables or [content]:
        assert table["source"]
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", table["as_of"])


def test_importing_the_readers_reads_no_file():
    program = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)
from petal_constructs.catalog import defaults, instance_types, parallelcluster, prices, versions
print([path for path in opened if str(path).endswith((".tsv", ".toml"))])
parallelcluster.FACTS
print(len([path for path in opened if str(path).endswith(".toml")]))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout == "[]\n1\n"


@pytest.mark.parametrize("reader", [module, versions])
def test_a_misspelt_fact_is_an_attribute_error(reader):
    with pytest.raises(AttributeError, match="FACT"):
        _ = reader.FACT
