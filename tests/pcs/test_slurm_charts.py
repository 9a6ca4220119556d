"""What the operator, Slurm and the scaler read in petal's Slurm manifests."""

from __future__ import annotations

import json

import pytest

from petal_constructs.platforms.pcs import names, users
from petal_constructs.platforms.pcs.charts.login import login
from petal_constructs.platforms.pcs.charts.mounts import claim_name, claims
from petal_constructs.platforms.pcs.charts.node_sets import node_sets
from petal_constructs.platforms.pcs.charts.scaler import scaler
from petal_constructs.platforms.pcs.charts.slurm import slurm
from petal_constructs.render.accounts import SCRIPT_KEY
from tests.manifests import crds
from tests.manifests.rbac import Who, may
from tests.need import need_oracles
from tests.pcs.plans import BIO, GPU, TENANTS, plan_of

HOST = "database.internal"


def charts_of(text):
    plan = plan_of(text)
    for cluster in plan.clusters:
        yield slurm(plan, cluster, database_host=HOST if plan.accounting else None)
        yield login(plan, cluster, public=False)
        yield scaler(cluster)
    for queue in plan.queues:
        yield node_sets(plan, queue)


def objects(text):
    return [made for chart in charts_of(text) for made in chart.objects]


def one(text, kind, name=None, namespace="hpc-jobs"):
    found = [
        made
        for made in objects(text)
        if made["kind"] == kind
        and made["metadata"]["namespace"] == namespace
        and name in (None, made["metadata"]["name"])
    ]
    assert len(found) == 1
    return found[0]


def containers(value):
    """All containers, wherever the operator or Kubernetes looks for them."""
    if isinstance(value, list):
        for part in value:
            yield from containers(part)
    elif isinstance(value, dict):
        if "image" in value:
            yield value
        for part in value.values():
            yield from containers(part)


@pytest.mark.parametrize("text", [BIO, GPU, TENANTS], ids=["bio", "gpu", "tenants"])
def test_the_api_server_takes_every_object(text):
    folder = need_oracles("crds")

    assert [e for made in objects(text) for e in crds.errors(made, "1.36", folder)] == []


@pytest.mark.parametrize("text", [BIO, GPU, TENANTS], ids=["bio", "gpu", "tenants"])
def test_no_object_is_made_twice(text):
    keys = [
        (made["kind"], made["metadata"]["namespace"], made["metadata"]["name"])
        for made in objects(text)
    ]

    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("text", [BIO, GPU, TENANTS], ids=["bio", "gpu", "tenants"])
def test_every_container_has_a_pinned_image_a_request_and_a_limit_of_memory(text):
    found = [container for made in objects(text) for container in containers(made)]

    assert found
    for container in found:
        registry, _, tag = container["image"].rpartition(":")
        assert registry.startswith(("ghcr.io/", "public.ecr.aws/"))
        assert tag != "latest"
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]


def test_only_slurmd_is_left_the_rights_that_the_operator_gives_it():
    for made in [*objects(BIO), *objects(TENANTS)]:
        slurmd = made.get("spec", {}).get("slurmd")
        for container in containers(made):
            context = container.get("securityContext", {})
            assert ("capabilities" in context) != (container is slurmd)
            assert container is slurmd or context["seccompProfile"] == {"type": "RuntimeDefault"}


def test_only_the_login_pod_keeps_capabilities_that_a_container_has_by_default():
    for made in [*objects(BIO), *objects(TENANTS)]:
        for container in containers(made):
            dropped = container.get("securityContext", {}).get("capabilities", {}).get("drop")
            login = container is made.get("spec", {}).get("login")
            assert dropped == ["NET_RAW", "MKNOD"] if login else dropped in (None, ["ALL"])


def test_the_operator_leaves_no_container_to_its_own_images():
    spec = one(BIO, "Controller")["spec"]
    assert {"slurmctld", "reconfigure", "logfile"} <= spec.keys()
    assert {"login", "initconf"} <= one(BIO, "LoginSet")["spec"].keys()
    assert {"slurmd", "logfile"} <= one(BIO, "NodeSet", "compute-cpu16")["spec"].keys()
    assert "slurmrestd" in one(BIO, "RestApi")["spec"]
    assert "slurmdbd" in one(GPU, "Accounting")["spec"]


def test_daemons_run_on_system_nodes_and_jobs_on_those_of_their_queue():
    for kind in ("Controller", "RestApi", "Accounting", "LoginSet"):
        pod = one(TENANTS, kind)["spec"]["template"]["spec"]
        assert pod["nodeSelector"] == {names.ROLE_LABEL: "system"}
        assert "tolerations" not in pod
    pod = one(TENANTS, "NodeSet", namespace="hpc-pharma")["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {names.NODE_POOL_LABEL: "secret.hpc-pharma"}
    assert pod["tolerations"] == [
        {
            "key": names.NAMESPACE_TAINT,
            "operator": "Equal",
            "value": "hpc-pharma",
            "effect": "NoSchedule",
        }
    ]


def test_a_changed_partition_restarts_no_slurmctld():
    spec = one(BIO, "Controller")["spec"]

    assert spec["inplaceReconfigure"] is True
    assert "PartitionName=compute " in spec["extraConf"]
    assert "compute" not in json.dumps(spec | {"extraConf": ""})


def test_slurm_refers_to_what_exists_beside_it():
    spec = one(TENANTS, "Controller")["spec"]
    maps = {m["metadata"]["name"] for m in objects(TENANTS) if m["kind"] == "ConfigMap"}

    assert {ref["name"] for ref in spec["configFileRefs"]} <= maps
    assert spec["accountingRef"] == {"name": one(TENANTS, "Accounting")["metadata"]["name"]}
    assert one(TENANTS, "RestApi")["metadata"]["name"] + "-restapi" == names.REST_API


def test_without_accounting_nothing_asks_for_a_database():
    assert not [made for made in objects(BIO) if made["kind"] == "Accounting"]
    assert "accountingRef" not in one(BIO, "Controller")["spec"]


def test_records_of_two_tenants_lie_in_two_databases():
    plan = plan_of(TENANTS.replace("tenants:", "accounting: true\ntenants:"))
    specs = [
        made["spec"]["storageConfig"]
        for cluster in plan.clusters
        for made in slurm(plan, cluster, database_host=HOST).objects
        if made["kind"] == "Accounting"
    ]

    assert [s["database"] for s in specs] == ["slurm_hpc_jobs", "slurm_hpc_pharma"]
    assert {s["host"] for s in specs} == {HOST}
    assert all(s["passwordKeyRef"] == {"name": "slurm-database", "key": "password"} for s in specs)


def test_lists_of_array_tasks_are_not_cut_short():
    env = one(BIO, "RestApi")["spec"]["slurmrestd"]["env"]

    assert env == [{"name": "SLURM_BITSTR_LEN", "value": "0"}]


def test_the_scaler_may_look_at_jobs_and_only_the_drain_may_cancel_them():
    tokens = {
        made["spec"]["secretRef"]["name"]: made["spec"]["username"]
        for made in objects(BIO)
        if made["kind"] == "Token"
    }

    assert tokens == {names.SCALER_TOKEN[0]: "nobody", names.DRAIN_TOKEN[0]: "slurm"}


def test_tenants_that_share_a_slurm_have_their_accounts_kept_by_a_container_of_their_own():
    pod = one(TENANTS, "Controller")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    mounts = {m["mountPath"]: m["name"] for m in container["volumeMounts"]}

    assert container["command"][-1] == f"{names.ACCOUNTS_FOLDER}/{SCRIPT_KEY}"
    assert mounts[names.ACCOUNTS_FOLDER] == names.ACCOUNTS_FILES
    assert not any("subPath" in m for m in container["volumeMounts"])
    assert "containers" not in one(BIO, "Controller")["spec"]["template"]["spec"]


def test_an_empty_queue_has_no_pods():
    replicas = {
        made["metadata"]["name"]: made["spec"]["replicas"]
        for made in objects(BIO)
        if made["kind"] == "NodeSet"
    }

    assert replicas == {"compute-cpu16": 1, "compute-cpu36": 0, "scratch-cpu16": 0}


def test_the_scaler_finds_in_a_node_set_what_it_must_know():
    metadata = one(BIO, "NodeSet", "compute-cpu36")["metadata"]

    assert metadata["labels"][names.QUEUE_LABEL] == "compute"
    assert json.loads(metadata["annotations"][names.SIZE_ANNOTATION]) == {
        "cpus": 36,
        "threads_per_core": 2,
        "memory_mib": plan_of(BIO).queues[0].node_sets[1].pod.memory_mib,
        "gpus": 0,
        "min": 0,
        "max": 20,
        "order": 1,
    }


def test_a_changed_maximum_replaces_no_pod():
    spec = one(BIO, "NodeSet", "compute-cpu16")["spec"]

    assert (
        spec
        == one(BIO.replace("max_count: 20", "max_count: 30"), "NodeSet", "compute-cpu16")["spec"]
    )


def test_slurm_sees_the_whole_node_and_kubernetes_reserves_what_is_left():
    node_set = plan_of(BIO).queues[0].node_sets[0]
    wanted = one(BIO, "NodeSet", "compute-cpu16")["spec"]["slurmd"]["resources"]

    memory = f"{node_set.pod.limit_mib}Mi"
    assert wanted["limits"] == {"cpu": "16", "memory": memory}
    assert wanted["requests"] == {
        "cpu": f"{node_set.pod.cpu_request_millicores}m",
        "memory": memory,
    }


def test_a_job_with_all_the_memory_stays_below_the_limit_of_its_pod():
    """At that limit the kernel ends the whole container, with every job of the node."""
    node_set = plan_of(BIO).queues[0].node_sets[0]
    [offered] = one(BIO, "NodeSet", "compute-cpu16")["spec"]["slurmd"]["env"]
    [shapes] = [
        line
        for line in one(BIO, "Controller", "slurm")["spec"]["extraConf"].splitlines()
        if line.startswith("NodeName=compute-cpu16-")
    ]

    assert offered == {"name": "POD_MEMORY", "value": str(node_set.pod.memory_mib)}
    assert f" RealMemory={node_set.pod.memory_mib} " in shapes
    assert node_set.pod.memory_mib < node_set.pod.limit_mib


def test_gpus_and_adapters_are_asked_of_kubernetes_and_gpus_told_to_slurm():
    gpu = one(GPU, "NodeSet", "gpu-gpu4-cpu48")["spec"]
    mpi = one(GPU, "NodeSet", "mpi-cpu192")["spec"]

    assert gpu["slurmd"]["resources"]["limits"]["nvidia.com/gpu"] == "4"
    assert gpu["extraConf"].split() == ["Gres=gpu:4", "Weight=48"]
    assert mpi["slurmd"]["resources"]["limits"]["vpc.amazonaws.com/efa"] == "2"
    assert mpi["extraConf"] == "Weight=192"


def test_pods_of_a_size_start_on_its_instance_types_only():
    affinity = one(BIO, "NodeSet", "compute-cpu36")["spec"]["template"]["spec"]["affinity"]

    required = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    [expression] = required["nodeSelectorTerms"][0]["matchExpressions"]
    assert expression["values"] == ["c5.9xlarge"]


def test_nothing_takes_a_node_while_it_may_get_a_job():
    spec = one(BIO, "NodeSet", "compute-cpu16")["spec"]

    assert spec["template"]["metadata"]["annotations"] == {"karpenter.sh/do-not-disrupt": "true"}
    assert spec["workloadDisruptionProtection"] is True
    assert "updateStrategy" not in spec


def test_login_and_compute_pods_see_the_same_folders():
    shown = [
        one(BIO, "LoginSet")["spec"]["login"],
        one(BIO, "NodeSet", "compute-cpu16")["spec"]["slurmd"],
    ]
    for container in shown:
        mounts = {m["mountPath"]: m.get("readOnly") for m in container["volumeMounts"]}
        assert {"/home": False, "/work": False, "/shared/reads": True}.items() <= mounts.items()


def test_each_mount_has_its_volume():
    for made in objects(BIO):
        spec = made["spec"] if made["kind"] in ("NodeSet", "LoginSet") else None
        if spec is None:
            continue
        volumes = {volume["name"] for volume in spec["template"]["spec"]["volumes"]}
        container = spec.get("slurmd") or spec["login"]
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_local_disks_appear_where_every_type_has_some():
    def folders(name):
        mounts = one(BIO, "NodeSet", name)["spec"]["slurmd"]["volumeMounts"]
        return {mount["mountPath"] for mount in mounts}

    assert names.LOCAL_SCRATCH in folders("scratch-cpu16")
    assert names.LOCAL_SCRATCH not in folders("compute-cpu16")


def test_half_of_the_memory_is_for_ranks_that_share_it():
    spec = one(BIO, "NodeSet", "compute-cpu16")["spec"]
    [shm] = [v for v in spec["template"]["spec"]["volumes"] if v["name"] == "shm"]

    half = plan_of(BIO).queues[0].node_sets[0].pod.memory_mib // 2
    assert shm["emptyDir"] == {"medium": "Memory", "sizeLimit": f"{half}Mi"}


def test_claims_have_names_that_hold_for_folders_alike():
    folders = ["/data/a", "/data-a", "/data_a", "/DATA/a", "/_", "/" + "x" * 190]
    found = [claim_name(folder) for folder in folders]

    assert len(set(found)) == len(found)
    assert all(len(name) <= 63 and name.strip("-") == name for name in found)
    assert {c.mount_point for c in claims(plan_of(BIO))} == {"/home", "/work", "/shared/reads"}


@pytest.mark.parametrize("text", [BIO, TENANTS])
def test_no_pod_starts_anew_because_kubectl_noted_what_it_applied(text):
    """The operator copies annotations of a resource to its pods; those of the template win."""
    kinds = {"Controller", "RestApi", "LoginSet", "Accounting"}
    found = [made for made in objects(text) if made["kind"] in kinds]

    assert found
    for made in found:
        assert made["spec"]["template"]["metadata"]["annotations"] == {
            "kubectl.kubernetes.io/last-applied-configuration": "{}"
        }


def test_a_new_user_reaches_the_login_pod_without_a_restart():
    more = TENANTS.replace("{name: bob", "{name: eve, uid: 5003, gid: 5003}\n  - {name: bob")

    assert one(TENANTS, "LoginSet") == one(more, "LoginSet")
    assert one(TENANTS, "ConfigMap", names.USERS_FILES) != one(more, "ConfigMap", names.USERS_FILES)
    mounts = one(TENANTS, "LoginSet")["spec"]["login"]["volumeMounts"]
    assert {"name": names.USERS_FILES, "mountPath": users.USERS_FOLDER, "readOnly": True} in mounts


def test_the_scaler_may_list_and_scale_node_sets_of_its_namespace_and_nothing_else():
    known = objects(TENANTS)
    who = Who.service_account("hpc-jobs", names.SCALER_ACCOUNT)

    def asked(verb, what, namespace="hpc-jobs"):
        return may(known, who, verb, what, namespace=namespace)

    assert asked("list", "nodesets.slinky.slurm.net")
    assert asked("patch", "nodesets.slinky.slurm.net/scale")
    assert not asked("patch", "nodesets.slinky.slurm.net")
    assert not asked("get", "secrets")
    assert not asked("create", "pods")
    assert not asked("patch", "nodesets.slinky.slurm.net/scale", namespace="hpc-pharma")


def test_the_scaler_can_write_nowhere_but_into_its_own_state():
    pod = one(BIO, "Deployment")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    env = {variable["name"]: variable["value"] for variable in container["env"]}
    writable = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]

    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert [env["PETAL_ALIVE_FILE"].rpartition("/")[0]] == writable
    assert env["PETAL_ALIVE_FILE"] in container["livenessProbe"]["exec"]["command"][-1]


def test_another_queue_changes_nothing_of_the_scaler():
    plans = [plan_of(text) for text in (BIO, GPU)]

    assert scaler(plans[0].clusters[0]) == scaler(plans[1].clusters[0])


def test_new_programs_start_a_new_scaler():
    made = one(BIO, "Deployment")["spec"]

    assert made["template"]["metadata"]["annotations"]["petal.dev/programs"]
    assert made["strategy"] == {"type": "Recreate"}


def test_one_chart_holds_one_queue():
    charts = [node_sets(plan_of(BIO), queue) for queue in plan_of(BIO).queues]

    assert [chart.name for chart in charts] == ["compute.hpc-jobs-slurm", "scratch.hpc-jobs-slurm"]
    assert [len(chart.objects) for chart in charts] == [2, 1]
