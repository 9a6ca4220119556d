"""A changed seed changes what it must: which resources of the stack, and which objects in them."""

from __future__ import annotations

import re
from functools import lru_cache

import yaml

from tests.manifests import graph, judge
from tests.pcs.plans import plan_of
from tests.stacks import ROOT, synthesised

ACCOUNTS = "ConfigMap hpc-jobs/petal-accounts"
"""What accounts may do, and where: queues too may be named in it."""
TEXT = (ROOT / "seeds/pcs-tenants.yaml").read_text()


@lru_cache
def _template_of(text):
    return synthesised(plan_of(text))


def _short(names):
    """Logical ids without what the CDK puts before and behind them."""
    return {
        re.sub(r"^(Cluster)?(Eks)?(Cluster)?(Slurm(?!hpc))?|[0-9A-F]{8}$", "", n) for n in names
    }


def after(change):
    """What a change of the seed does: ids that came, went and changed, and all such objects."""
    seed = yaml.safe_load(TEXT)
    change(seed)
    before, now = _template_of(TEXT), _template_of(yaml.safe_dump(seed, sort_keys=False))
    came, went, changed = map(_short, graph.differences(before, now))
    old, new = ({judge.name_of(o): o for o in judge.objects(t)} for t in (before, now))
    touched = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return came, went, changed, touched


def test_a_new_user_changes_tables_alone():
    def add_a_user(seed):
        seed["users"].append({"name": "leon", "uid": 5004, "gid": 5004})
        seed["tenants"][0]["users"].append("leon")

    came, went, changed, objects = after(add_a_user)

    assert came == went == set()
    assert changed == {"Slurmhpcjobs"}
    assert objects == {"ConfigMap hpc-jobs/petal-users", ACCOUNTS}


def test_a_new_queue_brings_its_own_and_changes_slurms_configuration_alone():
    def add_a_queue(seed):
        seed["compute"]["queues"].append({"name": "added", "instance_types": ["c7i.4xlarge"]})
        seed["tenants"][0]["queues"].append("added")

    came, went, changed, objects = after(add_a_queue)

    assert came == {"Nodesaddedhpcjobs", "Queueaddedhpcjobs"}
    assert went == set()
    assert changed == {"Slurmhpcjobs"}
    assert objects - {ACCOUNTS} == {
        "EC2NodeClass added.hpc-jobs",
        "NodePool added.hpc-jobs",
        "NodeSet hpc-jobs/added-cpu16",
        "Controller hpc-jobs/slurm",
    }


def test_a_queue_that_goes_takes_its_own_and_changes_slurms_configuration_alone():
    def remove_a_queue(seed):
        del seed["compute"]["queues"][1]
        seed["tenants"][0]["queues"].remove("large-memory")

    came, went, changed, objects = after(remove_a_queue)

    assert came == set()
    assert went == {"Nodeslargememoryhpcjobs", "Queuelargememoryhpcjobs"}
    assert changed == {"Slurmhpcjobs"}
    assert objects - {ACCOUNTS} == {
        "EC2NodeClass large-memory.hpc-jobs",
        "NodePool large-memory.hpc-jobs",
        "NodeSet hpc-jobs/large-memory-cpu32",
        "Controller hpc-jobs/slurm",
    }


def test_a_queue_that_grows_changes_its_own_and_slurms_configuration_alone():
    def grow(seed):
        seed["compute"]["queues"][0]["max_count"] = 30

    came, went, changed, objects = after(grow)

    assert came == went == set()
    assert changed == {"Nodesgeneralhpcjobs", "Queuegeneralhpcjobs", "Slurmhpcjobs"}
    assert objects == {
        "NodePool general.hpc-jobs",
        "NodeSet hpc-jobs/general-cpu16",
        "Controller hpc-jobs/slurm",
    }


def test_a_tenant_that_shared_a_slurm_takes_its_access_and_changes_accounts_and_partitions_alone():
    def remove_chemistry(seed):
        del seed["tenants"][0]

    came, went, changed, objects = after(remove_chemistry)

    assert came == set()
    assert went == {"Access123456789012roleChemistry"}
    assert changed == {"Slurmhpcjobs"}
    assert objects == {ACCOUNTS, "Controller hpc-jobs/slurm"}


def test_a_dedicated_tenant_takes_all_of_its_own_and_changes_nothing():
    def remove_medicine(seed):
        for part in (seed["tenants"], seed["users"], seed["compute"]["queues"]):
            part.pop()

    came, went, changed, objects = after(remove_medicine)

    assert came == changed == set()
    assert went == {
        "Access123456789012roleClinic",
        "Namespacehpcmedicine",
        "Keyshpcmedicine",
        "Slurmhpcmedicine",
        "Nodesclinichpcmedicine",
        "Queueclinichpcmedicine",
        "Drainhpcmedicine",
        "Loginhpcmedicine",
    }
    assert {name for name in objects if "hpc-medicine" not in name} == set()
