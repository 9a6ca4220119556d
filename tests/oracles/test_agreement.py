"""What petal accepts ParallelCluster accepts, and what petal refuses it refuses as well."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.plan.sizes import by_size
from petal_constructs.planning import inspect_seed, plan_checked
from tests.oracles.parallelcluster import Finding, ParallelClusterOracle
from tests.oracles.random_seeds import offered, seeds
from tests.oracles.test_updates import configuration
from tests.oracles.test_validators import VALIDATORS

pytestmark = pytest.mark.oracle

HERE = Path(__file__).parent
BAD_SEEDS = sorted((HERE.parent / "bad_seeds").glob("*.yaml"))
QUEUES = [{"name": f"q{number}"} for number in range(FACTS.limits.queues + 1)]
POOLS = [
    {"name": f"login{number}", "instance_type": "m6i.large"}
    for number in range(FACTS.limits.login_pools + 1)
]
FAULTS = [
    *yaml.safe_load((HERE / "faults.yaml").read_text()),
    {"code": "P306", "by": "MaxCountValidator", "seed": {"compute": {"queues": QUEUES}}},
    {"code": "P352", "by": "MaxCountValidator", "seed": {"compute": {"login_nodes": POOLS}}},
]
BEYOND = tomllib.loads((HERE / "beyond.toml").read_text())
"""Code -> why ParallelCluster has no such rule."""
GOOD = {
    "cluster": {"name": "lab", "region": "us-east-1"},
    "compute": {
        "head_node": "m6i.xlarge",
        "queues": [{"name": "compute", "instance_types": ["c5.4xlarge"]}],
    },
    "network": {"ssh_from": ["192.0.2.0/24"]},
}


def changed(whole: Any, part: Any) -> Any:
    """The whole with a part of it written anew, entry by entry in lists."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return whole | {key: changed(whole.get(key), value) for key, value in part.items()}
    if isinstance(whole, list) and isinstance(part, list):
        return [changed(a, b) for a, b in itertools.zip_longest(whole, part, fillvalue=whole[0])]
    return part


def places(config: dict[str, Any]) -> dict[str, str]:
    """The public subnet and the first private one in the first zone, others in the next ones."""
    ids = re.findall(r"subnet-[0-9a-f]+", str(config))
    return {subnet: "aabc"[int(subnet[-1], 16) % 4] for subnet in ids}


def judged(
    folder: Path, seed: dict[str, Any], oracle: ParallelClusterOracle
) -> tuple[set[str], list[Finding]]:
    """Codes of petal's errors, and ParallelCluster's errors."""
    file = folder / "seed.yaml"
    file.write_text(yaml.safe_dump(seed))
    loaded = inspect_seed(file, environment={})
    assert loaded.seed is not None, loaded.problems
    codes = {problem.code for problem in loaded.problems if problem.is_error}
    plan = plan_checked(loaded.seed)
    config = configuration(plan)
    said = oracle.validate(config, plan.name, zones=places(config))
    return codes, [finding for finding in said if finding.level == "ERROR"]


def explained(finding: Finding, codes: set[str]) -> bool:
    """Whether petal refuses the same; the form of the configuration may hide a better reason."""
    row = VALIDATORS.get(finding.validator)
    return bool(codes) if row is None else not codes.isdisjoint(row.get("codes", ()))


@settings(
    max_examples=settings().max_examples * 3 // 5,  # each takes about a third of a second
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(seed=seeds())
def test_petal_and_parallelcluster_agree(parallelcluster, tmp_path_factory, seed):
    codes, errors = judged(tmp_path_factory.getbasetemp(), seed, parallelcluster)

    assert errors or codes <= BEYOND.keys()
    assert [str(error) for error in errors if not explained(error, codes)] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['code']}-{fault['by']}")
def test_a_fault_is_refused_by_both_for_the_same_reason(parallelcluster, tmp_path, fault):
    codes, errors = judged(tmp_path, changed(GOOD, fault["seed"]), parallelcluster)

    assert codes == {fault["code"]}
    assert fault["by"] in {error.validator for error in errors}, errors


def test_accelerators_of_a_group_are_one_kind_to_parallelcluster(parallelcluster, tmp_path):
    """Every type of the catalog with one, in groups as petal makes them."""
    old = FACTS.accelerators.no_driver
    kinds = [kind for kind in offered("us-east-1", "x86_64") if family(kind) not in old]
    groups = itertools.chain.from_iterable(
        counted_alike(found)
        for found in by_size(kind.name for kind in kinds).values()
        if found[0].gpus or found[0].accelerators
    )
    queues = [
        {"name": f"q{number}", "instance_types": names, "max_count": 1}
        for number, names in enumerate(groups)
    ]

    judgement = judged(tmp_path, changed(GOOD, {"compute": {"queues": queues}}), parallelcluster)

    assert len(queues) > 20
    assert judgement == (set(), [])


def family(kind: InstanceType) -> str:
    return kind.name.partition(".")[0]


def counted_alike(kinds: list[InstanceType]) -> list[list[str]]:
    """Names of those whose accelerators ParallelCluster counts, and of the others."""
    uncounted = [kind.name for kind in kinds if family(kind) in FACTS.accelerators.not_counted]
    counted = [kind.name for kind in kinds if kind.name not in uncounted]
    return [names for names in (counted, uncounted) if names]


def test_every_rule_is_held_against_parallelcluster_or_has_its_reason():
    problems = [p for path in BAD_SEEDS for p in inspect_seed(path, environment={}).problems]
    refused = {problem.code for problem in problems if problem.is_error}
    told = {fault["code"] for fault in FAULTS} | BEYOND.keys()

    assert {code for code in refused if code.startswith("P3")} == {
        code for code in told if code.startswith("P3")
    }
