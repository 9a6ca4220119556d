"""Node pools: what Karpenter or EKS Auto Mode may start for a queue, and when it takes it away."""

from __future__ import annotations

import dataclasses

import pytest

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.node_pools import NodeReferences, node_pool
from petal_constructs.platforms.pcs.charts.node_sets import node_sets
from tests.pcs.judged import every, mistakes, only
from tests.pcs.plans import BIO, GPU, TENANTS, plan_of

NODES = NodeReferences(
    role_name="petal-bio-nodes",
    security_group_id="sg-0123456789abcdef0",
    subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
    placement_group=None,
    cluster_name="bio",
)


def charts(text=BIO, starter="karpenter", **queue_parts):
    plan = plan_of(text)
    kubernetes = dataclasses.replace(plan.kubernetes, node_starter=starter)
    plan = dataclasses.replace(plan, kubernetes=kubernetes)
    queues = [dataclasses.replace(queue, **queue_parts) for queue in plan.queues]
    group = NODES if not any(queue.placement_group for queue in queues) else close()
    return [node_pool(plan, queue, nodes=group) for queue in queues]


def close():
    return dataclasses.replace(NODES, placement_group="petal-mpi")


def first(kind, *args, **parts):
    return only(charts(*args, **parts)[0], kind)


def requirements(pool):
    found = pool["spec"]["template"]["spec"]["requirements"]
    assert {rule["operator"] for rule in found} == {"In"}
    return {rule["key"]: rule["values"] for rule in found}


@pytest.mark.parametrize("text", [BIO, GPU, TENANTS])
@pytest.mark.parametrize("starter", ["karpenter", "auto-mode"])
@pytest.mark.parametrize("capacity", ["ONDEMAND", "SPOT", "CAPACITY_BLOCK"])
def test_karpenters_own_rules_accept_every_object(text, starter, capacity):
    assert mistakes(*charts(text, starter, capacity_type=capacity)) == []


def test_a_pool_starts_the_types_of_its_queue_and_no_more_nodes_than_it_may_have():
    pool = first("NodePool")

    assert pool["metadata"]["name"] == "compute.hpc-jobs"
    assert requirements(pool) == {
        "node.kubernetes.io/instance-type": ["c5.4xlarge", "c5.9xlarge"],
        "karpenter.sh/capacity-type": ["on-demand"],
        "kubernetes.io/arch": ["amd64"],
    }
    assert pool["spec"]["limits"] == {"nodes": "20", "cpu": "720"}


def test_spot_is_never_replaced_by_on_demand():
    pool = first("NodePool", capacity_type="SPOT")

    assert requirements(pool)["karpenter.sh/capacity-type"] == ["spot"]


def test_no_node_that_runs_a_job_is_taken_away():
    for chart in [*charts(BIO), *charts(GPU), *charts(TENANTS)]:
        spec = only(chart, "NodePool")["spec"]
        budgets = {
            reason: budget["nodes"]
            for budget in spec["disruption"]["budgets"]
            for reason in budget["reasons"]
        }

        assert spec["disruption"]["consolidationPolicy"] == "WhenEmpty"
        assert budgets == {"Empty": "100%", "Drifted": "0", "Underutilized": "0"}
        assert spec["template"]["spec"]["expireAfter"] == "Never"
        assert "terminationGracePeriod" not in spec["template"]["spec"]


@pytest.mark.parametrize("text", [BIO, GPU, TENANTS])
def test_slurmd_pods_fit_their_own_pool_and_no_other(text):
    plan = plan_of(text)
    made = zip(plan.queues, charts(text), strict=True)
    pools = {queue: only(chart, "NodePool") for queue, chart in made}
    for queue, pool in pools.items():
        template = pool["spec"]["template"]
        (taint,) = template["spec"]["taints"]
        for node_set in every(node_sets(plan, queue), "NodeSet"):
            pod = node_set["spec"]["template"]["spec"]
            own = pod["nodeSelector"].items()

            assert own <= template["metadata"]["labels"].items()
            assert {**taint, "operator": "Equal"} in pod["tolerations"]
            assert not any(
                own <= other["spec"]["template"]["metadata"]["labels"].items()
                for other in pools.values()
                if other is not pool
            )


def test_a_dedicated_tenants_nodes_let_nobody_else_in():
    pools = [only(chart, "NodePool")["spec"]["template"]["spec"] for chart in charts(TENANTS)]

    assert [pool["taints"][0]["value"] for pool in pools] == ["hpc-jobs", "hpc-pharma"]
    assert {pool["taints"][0]["effect"] for pool in pools} == {"NoSchedule"}
    assert {pool["taints"][0]["key"] for pool in pools} == {names.NAMESPACE_TAINT}


def test_nodes_are_pinned_encrypted_and_keep_their_rights_to_themselves():
    spec = first("EC2NodeClass")["spec"]

    assert spec["amiSelectorTerms"] == [{"alias": FACTS.ami_alias}]
    assert spec["metadataOptions"]["httpTokens"] == "required"
    assert spec["metadataOptions"]["httpPutResponseHopLimit"] == 1
    (disk,) = spec["blockDeviceMappings"]
    assert disk["ebs"]["encrypted"] is True
    assert spec["kubelet"] == FACTS.kubelet.settings


def test_nodes_carry_the_tags_of_the_seed():
    plan = dataclasses.replace(plan_of(BIO), tags=(("project", "genomes"),))
    found = only(node_pool(plan, plan.queues[0], nodes=NODES), "EC2NodeClass")

    assert found["spec"]["tags"] == {
        "project": "genomes",
        "petal:cluster": "bio",
        "petal:queue": "compute.hpc-jobs",
    }


def test_local_disks_become_one_scratch_space_where_every_type_has_some():
    compute, scratch = (only(chart, "EC2NodeClass")["spec"] for chart in charts(BIO))

    assert scratch["instanceStorePolicy"] == "RAID0"
    assert "instanceStorePolicy" not in compute


def test_nodes_that_must_be_close_stand_in_one_zone_and_one_placement_group():
    mpi = only(charts(GPU)[1], "EC2NodeClass")["spec"]

    assert mpi["subnetSelectorTerms"] == [{"id": NODES.subnet_ids[0]}]
    assert mpi["placementGroupSelector"] == {"name": "petal-mpi"}
    plan = plan_of(GPU)
    apart = only(node_pool(plan, plan.queues[0], nodes=NODES), "EC2NodeClass")["spec"]
    assert len(apart["subnetSelectorTerms"]) == 2
    assert "placementGroupSelector" not in apart


def test_auto_mode_makes_its_own_nodes_and_tells_when_it_replaces_them():
    (chart, *_) = charts(BIO, "auto-mode")
    node = only(chart, "NodePool")["spec"]["template"]["spec"]

    assert every(chart, "EC2NodeClass") == []
    assert node["nodeClassRef"] == {
        "group": "eks.amazonaws.com",
        "kind": "NodeClass",
        "name": "default",
    }
    hours = [int(node[key].removesuffix("h")) for key in ("expireAfter", "terminationGracePeriod")]
    assert sum(hours) == 21 * 24


def test_charts_of_queues_have_names_of_their_own():
    found = [chart.name for chart in charts(TENANTS)]

    assert len(set(found)) == len(found)
