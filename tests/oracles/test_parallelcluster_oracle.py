"""The oracle passes what is good and finds what is planted, or its silence proves nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.need import need_oracles
from tests.oracles.parallelcluster import OracleFailedError, ParallelClusterOracle, stringify

pytestmark = pytest.mark.oracle
CONFIGS = Path(__file__).with_name("configs")
PLAIN = yaml.safe_load((CONFIGS / "plain.yaml").read_text())
FULL = yaml.safe_load((CONFIGS / "full.yaml").read_text())
TWO_ZONES = {"subnet-0123456789abcdef2": "b"}

Config = dict[str, Any]
Edit = Callable[[Config], object]


def edited(config: Config, edit: Edit) -> Config:
    changed = copy.deepcopy(config)
    edit(changed)
    return changed


def queue(config: Config) -> Config:
    return config["Scheduling"]["SlurmQueues"][0]


def nodes(config: Config) -> Config:
    return queue(config)["ComputeResources"][0]


PLANTED: dict[str, tuple[str, str, Edit]] = {
    "a misspelt field": (
        "Schema",
        "HeadNode.InstanceTyp: Unknown field",
        lambda c: c["HeadNode"].update(InstanceTyp="m5.large"),
    ),
    "EFA on a type without it": (
        "EfaValidator",
        "t3.micro",
        lambda c: nodes(c).update(InstanceType="t3.micro", Efa={"Enabled": True}),
    ),
    "a queue name of 26 characters": (
        "NameValidator",
        "at most 25",
        lambda c: queue(c).update(Name="q" * 26),
    ),
    "an arm64 queue under an x86_64 head node": (
        "InstanceArchitectureCompatibilityValidator",
        "arm64",
        lambda c: nodes(c).update(InstanceType="c7g.4xlarge"),
    ),
    "too little memory in the head node": (
        "HeadNodeMemorySizeValidator",
        "t3.micro",
        lambda c: (c["HeadNode"].update(InstanceType="t3.micro"), nodes(c).update(MaxCount=28)),
    ),
    "an instance type that EC2 does not know": (
        "AWSClientError",
        "t9.huge",
        lambda c: nodes(c).update(InstanceType="t9.huge"),
    ),
    "a region without ParallelCluster": (
        "RegionValidator",
        "mars-north-1",
        lambda c: c.update(Region="mars-north-1"),
    ),
    "a reserved mount point": (
        "SharedStorageMountDirValidator",
        "/opt",
        lambda c: c.update(SharedStorage=[{"Name": "a", "MountDir": "/opt", "StorageType": "Ebs"}]),
    ),
    "a Slurm setting that ParallelCluster keeps to itself": (
        "CustomSlurmSettingsValidator",
        "SlurmctldParameters",
        lambda c: c["Scheduling"]["SlurmSettings"].update(
            CustomSlurmSettings=[{"SlurmctldParameters": "x"}]
        ),
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(parallelcluster: ParallelClusterOracle, fault: str) -> None:
    validator, words, plant = PLANTED[fault]

    errors = parallelcluster.errors(edited(PLAIN, plant))

    assert any(f"ERROR {validator}: " in error and words in error for error in errors), errors


@pytest.mark.parametrize("config", [PLAIN, FULL], ids=["plain", "full"])
@pytest.mark.parametrize(
    "form", [dict, stringify], ids=["as written", "as CloudFormation hands it"]
)
def test_a_good_configuration_passes(
    parallelcluster: ParallelClusterOracle, config: Config, form: Callable[[Config], Config]
) -> None:
    assert parallelcluster.schema(form(config)) == []
    assert parallelcluster.errors(form(config), zones=TWO_ZONES) == []


def test_the_zones_of_subnets_count(parallelcluster: ParallelClusterOracle) -> None:
    errors = parallelcluster.errors(FULL, zones={})

    assert any("in the same AZ" in error or "Availability Zone" in error for error in errors), (
        errors
    )


def test_only_these_validators_are_left_out(parallelcluster: ParallelClusterOracle) -> None:
    assert parallelcluster.left_out == (
        "ComputeResourceLaunchTemplateValidator",
        "ExistingFsxNetworkingValidator",
        "HeadNodeLaunchTemplateValidator",
    )
    assert parallelcluster.version == "3.16.1"


@pytest.mark.parametrize("nonsense", [[], "text", None, {"HeadNode": []}, {"SharedStorage": [1]}])
def test_nonsense_is_refused_and_the_process_lives_on(
    parallelcluster: ParallelClusterOracle, nonsense: Any
) -> None:
    assert parallelcluster.errors(nonsense)
    assert parallelcluster.errors(PLAIN) == []


def test_a_check_that_breaks_is_not_taken_for_a_pass(
    parallelcluster: ParallelClusterOracle,
) -> None:
    with pytest.raises(OracleFailedError, match="IndexError"):
        parallelcluster.validate(PLAIN, zones={"subnet-0123456789abcdef0": "z"})
    assert parallelcluster.errors(PLAIN) == []


@pytest.mark.parametrize("sample", ["069.yaml", "113.yaml", "133.yaml"])
def test_a_public_sample_brought_up_to_date_passes(
    parallelcluster: ParallelClusterOracle, sample: str
) -> None:
    config = yaml.safe_load((need_oracles("samples/parallelcluster") / sample).read_text())
    before = parallelcluster.errors(config)
    config["Image"]["Os"] = "alinux2023"
    for pool in config.get("LoginNodes", {}).get("Pools", []):
        pool.get("Ssh", {}).pop("KeyName", None)  # refused since ParallelCluster 3.15

    assert before, "the retired values are refused"
    assert parallelcluster.errors(config) == []


def test_a_changed_count_is_named_with_both_values(parallelcluster: ParallelClusterOracle) -> None:
    more = edited(PLAIN, lambda c: nodes(c).update(MaxCount=20))

    answer = parallelcluster.update(PLAIN, more, running=True)

    assert answer.allowed
    (row,) = answer.rows
    assert row.path == "Scheduling.SlurmQueues[compute].ComputeResources[c5].MaxCount"
    assert (row.old, row.new, row.check) == (10, 20, "SUCCEEDED")


@pytest.mark.parametrize(
    ("change", "running", "idle"),
    [
        (lambda c: c["HeadNode"].update(InstanceType="m5.xlarge"), False, False),
        (
            lambda c: c["HeadNode"]["CustomActions"]["OnNodeConfigured"].update(Args=["second"]),
            False,
            False,
        ),
        (lambda c: queue(c).update(Name="other"), False, True),
        (
            lambda c: c["HeadNode"]["CustomActions"].update(
                OnNodeUpdated={"Script": "s3://petal-scripts/update.sh", "Args": ["x"]}
            ),
            True,
            True,
        ),
    ],
    ids=["head node type", "script arguments", "queue replaced", "update script added"],
)
def test_the_update_policy_knows_what_a_fleet_must_not_lose(
    parallelcluster: ParallelClusterOracle, change: Edit, *, running: bool, idle: bool
) -> None:
    new = edited(PLAIN, change)

    while_running = parallelcluster.update(PLAIN, new, running=True)

    assert while_running.allowed is running
    assert parallelcluster.update(PLAIN, new, running=False).allowed is idle
    assert all(row.reason and row.action_needed for row in while_running.refused)


def test_a_number_that_became_a_string_is_a_change(parallelcluster: ParallelClusterOracle) -> None:
    answer = parallelcluster.update(PLAIN, stringify(PLAIN))

    assert {row.path.rpartition(".")[2] for row in answer.rows} == {"MinCount", "MaxCount"}
