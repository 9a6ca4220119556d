"""What `petal diff` says, before the judges that decide when the change is deployed.

ParallelCluster's own update policy gets the configurations of the synthesised templates, with ids
that change as CloudFormation's rules of replacement say.
"""

from __future__ import annotations

import os
import re
import subprocess
from functools import lru_cache
from ipaddress import ip_network
from itertools import product

import pytest

from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.catalog.parallelcluster_updates import FILE
from petal_constructs.catalog.tables import read_table
from petal_constructs.changes import seed_changes
from petal_constructs.planning import plan_checked
from petal_constructs.platforms.parallelcluster.config_changes import config_changes
from tests.live_changes import ROWS, after, before
from tests.oracles.deployed import Deployed
from tests.oracles.parallelcluster import ROOT, interpreter
from tests.stacks import synthesised

pytestmark = pytest.mark.oracle

REPLACES_NODES = {"QUEUE_UPDATE_STRATEGY", "MANAGED_PLACEMENT_GROUP", "MANAGED_FSX"}
"""Policies whose name promises new nodes where `QueueUpdateStrategy` lets the change pass."""


@lru_cache
def deployed_after(row):
    return deployed(after(row.edits))


def deployed(seed):
    return Deployed(synthesised(plan_checked(seed)), seed.cluster.region)


@lru_cache
def running():
    return deployed(before())


def addresses_clash(old, new):
    """Whether a new subnet would get addresses of one that is deleted only afterwards."""
    kept = {name for name in old.subnets if old.subnets[name] == new.subnets.get(name)}
    going = [block for name, (_, block) in old.subnets.items() if name not in kept]
    coming = [block for name, (_, block) in new.subnets.items() if name not in kept]
    return any(ip_network(a).overlaps(ip_network(b)) for a, b in product(going, coming))


def replaces_nodes(change):
    """Existing file systems come and go on nodes that run; other storage wants new nodes."""
    if change.policy != "SHARED_STORAGE_UPDATE_POLICY":
        return change.policy in REPLACES_NODES
    entry = change.new or change.old
    return not {"FileSystemId", "VolumeId"} & {*entry[f"{entry['StorageType']}Settings"]}


def verdict(oracle, old, new):
    """The judges' answer, in the words of `petal diff`."""
    answer = oracle.update(old.config, new.config)
    if addresses_clash(old, new):
        return "refused"
    if answer.allowed:
        return "drain" if any(map(replaces_nodes, answer.rows)) else "live"
    stopped = oracle.update(old.config, new.config, running=False)
    return "stop" if stopped.allowed else "refused"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_petal_diff_agrees_with_those_who_decide(parallelcluster, row):
    new = deployed_after(row)

    found = seed_changes(before(), after(row.edits))

    said = max(found, key=lambda change: change.consequence.severity)
    decided = verdict(parallelcluster, running(), new)

    assert said.consequence == row.consequence
    assert decided == (row.update or row.consequence)
    if row.consequence in {"live", "drain", "stop"}:
        assert running().stateful.items() <= new.stateful.items()


def test_the_judges_of_replacement_are_awake():
    new = deployed(after({"cluster.name": "lab2"}))

    assert not running().stateful.items() <= new.stateful.items()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_petal_sees_each_parameter_that_parallelcluster_sees(parallelcluster, row):
    old, new = running().config, deployed_after(row).config

    found = config_changes(old, new)

    # Entries that come and go are told by the name of their list there.
    seen = [(re.sub(r"\[[^]]*\]$", "", c.path) if c.is_entry else c.path, c.policy) for c in found]
    rows = parallelcluster.update(old, new).rows
    assert sorted(seen) == sorted((change.path, change.policy) for change in rows)


def test_the_catalog_holds_the_policies_of_the_version_that_is_deployed(tmp_path):
    about = read_table(FILE).about

    subprocess.run(
        [interpreter(), "-B", ROOT / "tools/refresh_update_policies.py", about["as_of"], "now.tsv"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1"},
        check=True,
    )

    assert (tmp_path / "now.tsv").read_text() == FILE.read_text()
    assert about["source"].startswith(f"aws-parallelcluster {FACTS.version},")
