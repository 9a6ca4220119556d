from __future__ import annotations

import dataclasses

import pytest

from petal_constructs.catalog import instance_types, prices
from petal_constructs.catalog.instance_types import CURRENT, WITHDRAWN, find, similar, withdrawn
from petal_constructs.catalog.tables import read_table

FIELDS = tuple(field.name for field in dataclasses.fields(instance_types.InstanceType))
GONE = tuple(read_table(WITHDRAWN).rows)


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("c5.4xlarge", {"vcpus": 16, "memory_mib": 32768, "architecture": "x86_64", "gpus": 0}),
        ("t3.xlarge", {"vcpus": 4, "cores": 2, "memory_mib": 16384, "efa": False}),
        ("c5n.18xlarge", {"vcpus": 72, "cores": 36, "efa": True, "network": "100 Gigabit"}),
        ("hpc7g.16xlarge", {"vcpus": 64, "architecture": "arm64", "efa": True, "spot": False}),
        ("p5.48xlarge", {"gpus": 8, "gpu_model": "H100", "efa_interfaces": 32}),
        ("g4dn.xlarge", {"gpus": 1, "gpu_model": "T4", "gpu_memory_mib": 16384}),
        ("p4d.24xlarge", {"gpus": 8, "capacity_blocks": True, "network_gbps": 400.0}),
        ("c5.metal", {"bare_metal": True, "vcpus": 96}),
        ("c3.large", {"current_generation": False}),
        ("t3.micro", {"placement_group": False, "efa_interfaces": 0}),
    ],
)
def test_a_well_known_type_has_its_well_known_facts(name, facts):
    found = find(name)

    assert {key: getattr(found, key) for key in facts} == facts


def test_training_and_inference_chips_are_accelerators_and_no_gpus():
    assert (find("trn1.32xlarge").gpus, find("trn1.32xlarge").accelerators) == (0, 16)
    assert (find("inf2.xlarge").gpus, find("inf2.xlarge").accelerators) == (0, 1)
    assert (find("dl1.24xlarge").gpus, find("dl1.24xlarge").accelerators) == (0, 8)


def test_a_fraction_of_a_gpu_is_one_gpu_with_little_memory():
    assert (find("g6f.large").gpus, find("g6f.large").gpu_memory_mib) == (1, 2861)


def test_local_disks_are_counted_in_gib_and_never_rounded_up():
    two_disks_of_300_gb = 2 * 300 * 10**9

    assert find("m5d.4xlarge").nvme_gib == two_disks_of_300_gb // 2**30
    assert find("m5.4xlarge").nvme_gib == 0


def test_bandwidth_that_only_bursts_counts_with_its_baseline():
    assert find("c5.4xlarge").network == "Up to 10 Gigabit"
    assert find("c5.4xlarge").network_gbps == 5.0


@pytest.mark.parametrize("path", [CURRENT, WITHDRAWN], ids=lambda path: path.stem)
def test_every_row_is_a_type_that_makes_sense(path):
    table = read_table(path)

    assert table.columns[: len(FIELDS)] == FIELDS
    for name in table.rows:
        cells = table.cells(name)
        found = find(name)
        assert len(cells) == len(table.columns)
        assert found.name == name
        assert found.architecture in {"x86_64", "arm64"}
        assert 0 < found.cores <= found.vcpus
        assert found.memory_mib > 0
        assert (found.gpus > 0) == bool(found.gpu_model) == (found.gpu_memory_mib > 0)
        assert found.network
        assert found.network_gbps > 0
        assert set(cells[FIELDS.index("placement_group") : len(FIELDS)]) <= {"yes", "no"}


def test_types_are_in_order_and_none_is_both_of_today_and_withdrawn():
    assert list(instance_types.names()) == sorted(instance_types.names())
    assert not set(instance_types.names()) & set(GONE)


def test_macs_are_left_out():
    assert not [name for name in instance_types.names() if name.startswith("mac")]


@pytest.mark.parametrize(
    "name", ["", "c5", "C5.4xlarge", "c5.4xlarge\t16", "c5.4xlarge\n", "name", "#", "t9.huge"]
)
def test_a_name_that_is_not_exact_is_not_found(name):
    assert find(name) is None
    assert withdrawn(name) is None


def test_a_region_offers_some_types_and_not_others():
    assert instance_types.offered_in("c5.4xlarge", "us-east-1") is True
    assert instance_types.offered_in("hpc7g.16xlarge", "us-west-1") is False


def test_a_withdrawn_or_unknown_type_is_offered_nowhere():
    assert instance_types.offered_in("p3.2xlarge", "us-east-1") is False
    assert instance_types.offered_in("t9.huge", "us-east-1") is False


def test_of_a_region_without_data_nothing_is_claimed():
    assert instance_types.offered_in("c5.4xlarge", "cn-north-1") is None


def test_every_type_of_today_is_offered_somewhere():
    regions = instance_types.regions()

    for name in instance_types.names():
        mask = read_table(CURRENT).cells(name)[-1]
        assert instance_types.regions_of(mask, regions)
        assert int(mask, 16) < 2 ** len(regions)


@pytest.mark.parametrize("name", GONE)
def test_a_withdrawn_type_keeps_its_size_and_has_a_successor_that_can_be_had(name):
    gone, old, new = withdrawn(name), find(name), find(withdrawn(name).successor)

    assert gone.successor in instance_types.names()
    assert any(instance_types.offered_in(gone.successor, r) for r in instance_types.regions())
    assert new.architecture == old.architecture
    assert new.vcpus >= old.vcpus
    assert new.memory_mib >= old.memory_mib
    assert new.gpu_memory_mib >= old.gpu_memory_mib


def test_the_p3_types_that_seeds_name_lead_to_gpus_of_today():
    successors = {name: withdrawn(name).successor for name in GONE if name.startswith("p3.")}

    assert successors == {
        "p3.2xlarge": "g6e.2xlarge",
        "p3.8xlarge": "g6e.12xlarge",
        "p3.16xlarge": "p4d.24xlarge",
    }
    for old, new in successors.items():
        assert find(new).gpus == find(old).gpus
        assert instance_types.offered_in(new, "us-east-1")


def test_a_withdrawn_type_says_what_the_data_shows_and_no_more():
    gone = withdrawn("p3.2xlarge")

    assert gone.note == (
        "in the EC2 data of moto 5.1.22 (2026-03-08), no longer in that of moto 5.2.5 (2026-10-27)"
    )
    assert (gone.source, gone.as_of) == ("moto 5.2.5", "2026-10-27")
    assert prices.on_demand("us-east-1", "p3.2xlarge") is not None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("c5.4xlage", "c5.4xlarge"),
        ("C5.large", "c5.large"),
        ("c5.4xl", "c5.4xlarge"),
        ("c5-large", "c5.large"),
        ("c5_4xlarge", "c5.4xlarge"),
        ("t3xlarge", "t3.xlarge"),
        ("g4.xlarge", "g4dn.xlarge"),
        ("p4.24xlarge", "p4d.24xlarge"),
        ("hpc7.16xlarge", "hpc7g.16xlarge"),
        ("p5.48", "p5.48xlarge"),
        ("p6-b200.48xl", "p6-b200.48xlarge"),
    ],
)
def test_a_misspelt_type_is_recognised(written, meant):
    assert similar(written)[0] == meant
    assert len(similar(written)) <= 3


@pytest.mark.parametrize("written", ["", ".", "xyz", "t9.huge", "../../etc", "a" * 100_000])
def test_nothing_is_guessed_for_what_resembles_no_type(written):
    assert similar(written) == ()
