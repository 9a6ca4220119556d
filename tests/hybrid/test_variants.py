"""Hybrid clusters of other kinds than the seed to copy, before the judges of both sides."""

from __future__ import annotations

import pytest

from petal_constructs.planning import plan_seed
from tests.hybrid.seeds import seed_of, tree
from tests.hybrid.test_stack import EXISTING, storage_on_ec2, storage_on_eks
from tests.manifests import crds, graph, judge
from tests.need import need_oracles
from tests.oracles.parallelcluster import ParallelClusterOracle
from tests.oracles.templates import cfn_lint_errors
from tests.oracles.test_seeds import deployed, zones
from tests.stacks import synthesised

pytestmark = pytest.mark.oracle

TENANTS = [
    {"name": "physics", "users": ["ada"], "queues": ["mpi"], "quota": {"cpus": 512}},
    {"name": "biology", "users": ["grace"], "quota": {"memory": "2Ti"}},
]
VARIANTS = {
    "existing": EXISTING,
    "automatic": {"eks": {"karpenter": "auto-mode"}, "accounting": None, "monitoring": True},
    "managed": {
        "eks": {"managed_node_groups": True, "karpenter": False},
        "network": {"network_policy": "calico", "zones": ["us-east-1b", "us-east-1c"]},
        "tenants": TENANTS,
        "budget": None,
        "alert_emails": None,
    },
}


@pytest.fixture(scope="module")
def parallelcluster():
    with ParallelClusterOracle() as oracle:
        yield oracle


@pytest.fixture(scope="module", params=VARIANTS)
def built(request, tmp_path_factory):
    changed = tree(**VARIANTS[request.param])
    changed["platforms"]["parallelcluster"]["login_nodes"] = [
        {"name": "people", "instance_type": "t3.medium", "count": 1}
    ]
    plan = plan_seed(seed_of(tmp_path_factory.mktemp("seed"), changed))
    return plan, synthesised(plan)


def test_parallelcluster_accepts_its_side(built, parallelcluster):
    plan, template = built
    config = deployed(template)

    assert parallelcluster.errors(config, plan.name, zones=zones(config)) == []


def test_the_api_server_would_take_every_object_of_the_other_side(built):
    plan, template = built
    folder, version = need_oracles("crds"), plan.pcs.kubernetes.version

    found = judge.objects(template)

    assert found
    assert [error for body in found for error in crds.errors(body, version, folder)] == []


def test_the_template_is_sound(built):
    _, template = built

    assert cfn_lint_errors(template, "us-east-1") == []
    assert graph.cycle(template) == []


def test_both_sides_mount_the_same_file_systems(built):
    _, template = built

    assert storage_on_ec2(template) == storage_on_eks(template) != {}
