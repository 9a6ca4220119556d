"""The login pod: SSH with keys, the users' accounts and homes, and Slurm's commands."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.plan.submission import Submission
from petal_constructs.platforms.pcs import names, submission, users
from petal_constructs.platforms.pcs.charts import software
from petal_constructs.platforms.pcs.charts.containers import (
    SLINKY,
    config_map,
    operated,
    read_only,
    resources,
    secret_key,
)
from petal_constructs.platforms.pcs.charts.mounts import volumes
from petal_constructs.platforms.pcs.charts.objects import Chart, add
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster

_BALANCER_CLASSES: Final = {"auto-mode": "eks.amazonaws.com/nlb"}
"""Who makes the load balancer, where it is not the AWS Load Balancer Controller (EKS User Guide,
automode-learn-instances and auto-configure-nlb)."""
_SUBMISSION: Final = names.SUBMISSION_FILES
_KEY: Final = names.SHARED_KEY[0]
_BALANCER = "service.beta.kubernetes.io/aws-load-balancer-"


def login(plan: PcsPlan, cluster: SlurmCluster, *, public: bool) -> Chart:
    """LoginSet of one namespace, behind a Network Load Balancer.

    One pod: a second one would take half of somebody's connections to another machine, where
    their tmux and their processes are not. New users reach it without a restart.

    Args:
        plan: For its folders, and for where SSH may come from.
        cluster: The Slurm of the namespace.
        public: Whether the load balancer has public addresses.
    """
    made = Chart(f"{cluster.namespace}-login")
    shown = software.of_login(plan, cluster.namespace)
    people = users.login_files(cluster)
    add(made, "v1", "ConfigMap", names.USERS_FILES, namespace=cluster.namespace, data=people)
    more = [*map(config_map, (names.USERS_FILES, names.LOGIN_FILES))]
    if cluster.submission:
        more += [
            {"name": _SUBMISSION, "configMap": {"name": _SUBMISSION, "defaultMode": 0o755}},
            {"name": _KEY, "secret": {"secretName": _KEY, "defaultMode": 0o400}},
        ]
    spec = {
        "controllerRef": {"name": names.CONTROLLER},
        "replicas": 1,
        "sssdConfRef": secret_key(names.SSSD_CONF),
        "extraSshdConfig": users.EXTRA_SSHD_CONFIG,
        "login": _login(plan, cluster, shown),
        "initconf": _initconf(),
        "service": _service(plan, public=public),
        "template": operated(
            serviceAccountName=names.JOBS_ACCOUNT,
            volumes=[*volumes(plan)[0], *more, *shown.volumes],
            **shown.init_containers,
        ),
    }
    add(made, SLINKY, "LoginSet", names.LOGIN, namespace=cluster.namespace, spec=spec)
    return made


def submission_programs(cluster: SlurmCluster, known: Submission) -> Chart:
    """What the login pod submits to another cluster with; apart, as one call holds so much."""
    made = Chart(f"{cluster.namespace}-submission")
    data = submission.submission_files(known)
    add(made, "v1", "ConfigMap", _SUBMISSION, namespace=cluster.namespace, data=data)
    return made


def _login(plan: PcsPlan, cluster: SlurmCluster, shown: software.Shown) -> dict[str, Any]:
    """Root, because sshd must become its users."""
    program = {"mountPath": users.PROGRAM_FILE, "subPath": users.PROGRAM_KEY}
    return {
        "image": FACTS.images.login,
        "resources": resources("500m", "1Gi", "4Gi"),
        "securityContext": {
            "capabilities": {"drop": ["NET_RAW", "MKNOD"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": [
            *volumes(plan)[1],
            {"name": names.USERS_FILES, "mountPath": users.USERS_FOLDER, "readOnly": True},
            {"name": names.LOGIN_FILES, "mountPath": users.SCRIPTS_FOLDER, "readOnly": True},
            {"name": names.LOGIN_FILES, **program, "readOnly": True},
            *shown.mounts,
            *(_submission() if cluster.submission else ()),
        ],
    }


def _submission() -> tuple[dict[str, Any], ...]:
    single = (
        {"name": _SUBMISSION, "mountPath": path, "subPath": key, "readOnly": True}
        for key, path in submission.SINGLE_FILES
    )
    return (
        {"name": _SUBMISSION, "mountPath": submission.FOLDER, "readOnly": True},
        {"name": _KEY, "mountPath": submission.KEY_FOLDER, "readOnly": True},
        *single,
    )


def _initconf() -> dict[str, Any]:
    """The operator's init container: root copies Slurm's key into memory, and gives it away."""
    context = read_only()
    context["capabilities"]["add"] = ["CHOWN", "DAC_OVERRIDE", "FOWNER"]
    return {
        "image": FACTS.images.shell,
        "resources": resources("10m", "16Mi", "64Mi"),
        "securityContext": context,
    }


def _service(plan: PcsPlan, *, public: bool) -> dict[str, Any]:
    """Port 22 for `network.ssh_from`; sshd sees who calls, not the load balancer."""
    network = plan.network
    subnets = network.public_subnet_ids if public else network.private_subnet_ids
    settings = {
        "scheme": "internet-facing" if public else "internal",
        "nlb-target-type": "ip",
        "target-group-attributes": "preserve_client_ip.enabled=true",
        "attributes": "load_balancing.cross_zone.enabled=true",
    }
    if subnets:  # those of a VPC of petal's own are found by their tags
        settings["subnets"] = ", ".join(subnets)
    return {
        "metadata": {"annotations": {_BALANCER + key: text for key, text in settings.items()}},
        "port": 22,
        "spec": {
            "type": "LoadBalancer",
            "loadBalancerClass": _BALANCER_CLASSES.get(
                plan.kubernetes.node_starter, "service.k8s.aws/nlb"
            ),
            "loadBalancerSourceRanges": list(plan.network.ssh_from),
        },
    }
