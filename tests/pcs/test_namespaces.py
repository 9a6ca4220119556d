"""The namespace of a Slurm: its security labels, quotas, roles and service account."""

from __future__ import annotations

import dataclasses

import pytest

from petal_constructs.plan.tenants import Limits
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts import namespace as charts
from petal_constructs.platforms.pcs.charts.node_sets import node_sets
from tests.pcs.judged import every, mistakes, only
from tests.pcs.plans import BIO, GPU, TENANTS, plan_of

ROLE = "arn:aws:iam::123456789012:role/pharma"
FULL = Limits(cpus=64, memory_mib=262144, gpus=8, nodes=4, storage_gib=2048)


def chart(text=TENANTS, index=-1, **parts):
    plan = plan_of(text)
    cluster = dataclasses.replace(plan.clusters[index], **parts)
    return charts.namespace(plan, cluster, vpc_cidrs=("10.0.0.0/16",))


@pytest.mark.parametrize("text", [BIO, GPU, TENANTS])
def test_the_api_server_takes_every_object(text):
    whole = chart(text, limits=FULL, iam_roles=(ROLE,), accounting=True)

    assert mistakes(whole, charts.priority_class()) == []


def test_privileged_slurmd_is_let_in_and_everything_else_is_warned_of():
    labels = only(chart(BIO), "Namespace")["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"
    assert labels["pod-security.kubernetes.io/warn"] == "baseline"
    assert names.TENANT_LABEL not in labels


def test_a_dedicated_tenant_is_named_on_its_namespace():
    found = only(chart(), "Namespace")["metadata"]

    assert found["name"] == "hpc-pharma"
    assert found["labels"][names.TENANT_LABEL] == "pharma"


def test_jobs_get_no_token_for_the_api_server():
    account = only(chart(BIO), "ServiceAccount")

    assert account["metadata"]["name"] == names.JOBS_ACCOUNT
    assert account["automountServiceAccountToken"] is False


def test_a_quota_counts_slurmd_pods_alone_so_that_it_never_stops_slurm_itself():
    whole = chart(limits=FULL)
    (nodes, others) = (quota["spec"] for quota in every(whole, "ResourceQuota"))

    assert nodes["hard"] == {"requests.cpu": "64", "requests.memory": "262144Mi", "pods": "4"}
    (scope,) = nodes["scopeSelector"]["matchExpressions"]
    assert scope["values"] == [only(charts.priority_class(), "PriorityClass")["metadata"]["name"]]
    assert others["hard"] == {
        "requests.nvidia.com/gpu": "8",
        "gp3.storageclass.storage.k8s.io/requests.storage": "2052Gi",
    }


def test_kubernetes_lets_a_quota_of_some_pods_count_nothing_but_their_cpu_memory_and_number():
    """API validation, IsResourceQuotaScopeValidForResource: no extended resources, no storage."""
    assert set(charts.slurmd_quota(FULL)) <= {"requests.cpu", "requests.memory", "pods"}


def test_every_slurmd_pod_is_counted():
    for text in (BIO, GPU, TENANTS):
        plan = plan_of(text)
        for queue in plan.queues:
            for node_set in every(node_sets(plan, queue), "NodeSet"):
                pod = node_set["spec"]["template"]["spec"]
                assert pod["priorityClassName"] == names.JOBS_PRIORITY


def test_a_quota_holds_as_many_nodes_as_it_has_room_for_their_cpus():
    """A pod asks for less than its node has, so that 16 vCPU of quota hold a node with 16."""
    for text in (BIO, GPU, TENANTS):
        for queue in plan_of(text).queues:
            for node_set in queue.node_sets:
                assert node_set.pod.cpu_request_millicores < node_set.pod.cpus * 1000


def test_containers_that_ask_for_nothing_are_let_in_under_a_quota():
    limits = only(chart(limits=FULL), "LimitRange")["spec"]["limits"]

    assert limits == [{"type": "Container", "defaultRequest": {"cpu": "10m", "memory": "32Mi"}}]


@pytest.mark.parametrize("index", [0, -1])
def test_without_a_quota_nothing_is_limited_and_a_former_limit_is_lifted(index):
    """The CDK deletes no quota that is gone from a manifest, but it does empty one."""
    quotas = every(chart(index=index), "ResourceQuota")

    assert [quota["spec"]["hard"] for quota in quotas] == [{}, {}]


def test_a_changed_seed_leaves_no_rule_behind():
    """Kinds that the CDK does not delete: their names must not depend on the seed."""
    changes = {"limits": FULL, "iam_roles": (ROLE,), "accounting": True}
    before, after = (
        {(body["kind"], body["metadata"]["name"]) for body in found.objects}
        for found in (chart(), chart(**changes))
    )

    assert before == after


def test_the_role_is_bound_to_the_group_of_the_namespace():
    binding = only(chart(iam_roles=(ROLE,)), "RoleBinding")

    assert binding["subjects"][0]["name"] == "petal:hpc-pharma"
