"""Two cluster configurations, compared as ParallelCluster compares them."""

from __future__ import annotations

import pytest

from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.catalog.parallelcluster_updates import FILE, rule
from petal_constructs.catalog.tables import read_table
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.config_changes import config_changes
from petal_constructs.platforms.parallelcluster.rendering import placeholders
from tests.stacks import plan_of, seeds_of


def found(old, new):
    return {change.path: change.policy for change in config_changes(old, new)}


def queues(*names, **more):
    return {"Scheduling": {"SlurmQueues": [{"Name": name, **more} for name in names]}}


def test_entries_of_lists_are_compared_by_key_and_not_by_place():
    assert found(queues("a", "b"), queues("b", "a")) == {}
    assert found(queues("a", "b"), queues("b", "c")) == {
        "Scheduling.SlurmQueues[a]": "RESIZE_UPDATE_STRATEGY_ON_REMOVE",
        "Scheduling.SlurmQueues[c]": "RESIZE_UPDATE_STRATEGY_ON_REMOVE",
    }


def test_sections_are_compared_within():
    old, new = queues("a", CapacityType="SPOT"), queues("a", CapacityType="ONDEMAND")

    assert found(old, new) == {"Scheduling.SlurmQueues[a].CapacityType": "QUEUE_UPDATE_STRATEGY"}


def test_a_section_that_comes_is_one_change_unless_its_policy_says_to_look_inside():
    dashboards = {"Dashboards": {"CloudWatch": {"Enabled": True}}}

    assert found({"HeadNode": {}}, {"HeadNode": {"Dcv": {"Enabled": True}}}) == {
        "HeadNode": "SUPPORTED"
    }
    assert found({}, {"Monitoring": dashboards}) == {"Monitoring.Dashboards": "SUPPORTED"}


def test_settings_without_parameters_of_their_own_are_compared_as_a_whole():
    old = queues("a", CustomSlurmSettings={"MaxTime": "1"})
    new = queues("a", CustomSlurmSettings={"MaxTime": "2"})

    assert found(old, new) == {"Scheduling.SlurmQueues[a].CustomSlurmSettings": "SUPPORTED"}


def test_scripts_in_a_sequence_are_compared_as_a_whole():
    one, two = {"Script": "s3://site/a.sh"}, {"Script": "s3://site/b.sh", "Args": ["-v"]}
    alone = queues("a", CustomActions={"OnNodeConfigured": two})
    both = queues("a", CustomActions={"OnNodeConfigured": {"Sequence": [two, one]}})
    swapped = queues("a", CustomActions={"OnNodeConfigured": {"Sequence": [one, two]}})

    actions = "Scheduling.SlurmQueues[a].CustomActions"
    drains = "QUEUE_UPDATE_STRATEGY"
    assert found(both, swapped) == {f"{actions}.OnNodeConfigured.Sequence": drains}
    assert found(alone, both) == {f"{actions}.OnNodeConfigured": drains, f"{actions}.Args": drains}


def test_what_parallelcluster_does_not_know_is_not_updated():
    assert found({"New": 1}, {"New": 2}) == {"New": "UNSUPPORTED"}


def test_the_policies_are_those_of_the_version_that_is_deployed():
    about = read_table(FILE).about

    assert about["source"].startswith(f"aws-parallelcluster {FACTS.version},")
    assert about["as_of"] >= "2026-11-22"


@pytest.mark.parametrize("seed", seeds_of("parallelcluster"), ids=lambda seed: seed.stem)
def test_every_key_that_petal_writes_has_a_policy(seed):
    plan = plan_of(seed)

    for written in keys(cluster_config(plan, placeholders(plan))):
        # ParallelCluster's schema knows a sequence of scripts as one that stands alone.
        path = written.removesuffix("/Sequence")
        assert read_table(FILE).cells(path) or read_table(FILE).cells(f"{path}[]"), path


def keys(tree, above=""):
    """Each parameter as the catalog names it; settings without parameters of their own end it."""
    for key, value in tree.items():
        path = f"{above}{key}"
        yield path
        inside = value if isinstance(value, list) else [value]
        if rule(path.replace("[]", "")).is_section:
            mark = "[]" if rule(path.replace("[]", "")).list_key else ""
            for part in inside:
                yield from keys(part, f"{path}{mark}/")
