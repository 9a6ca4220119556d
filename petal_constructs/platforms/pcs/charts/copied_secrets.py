"""Pods that bring secrets of AWS Secrets Manager into the cluster, and what they may do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.containers import (
    as_nobody,
    config_map,
    on_system_nodes,
    read_only,
    resources,
)
from petal_constructs.platforms.pcs.charts.objects import Chart, add, add_account
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster

_SCRIPT: Final = "database-password.sh"
_SCRIPTS: Final = "/opt/petal"
_MEMORY: Final = "/run/petal"


@dataclass(frozen=True, slots=True)
class _Copy:
    """Field `password` of a secret in AWS, and the Secret that it becomes."""

    account: str
    """Service account of the pod; its deployment and script have the same name."""
    container: str
    secret: tuple[str, str]
    """Name of the Secret, and its key."""
    region: str
    secret_arn: str


def database_password(plan: PcsPlan, cluster: SlurmCluster, *, secret_arn: str) -> Chart:
    """A pod that copies the password from AWS Secrets Manager into `names.DATABASE_PASSWORD`.

    Args:
        plan: Says in which region the password is.
        cluster: The Slurm of the namespace.
        secret_arn: Of the password in Secrets Manager.
    """
    secret = names.DATABASE_PASSWORD
    copy = _Copy(names.DATABASE_ACCOUNT, "password", secret, plan.region, secret_arn)
    return _chart(f"{cluster.namespace}-database", cluster.namespace, copy)


def token_key(plan: PcsPlan, cluster: SlurmCluster, *, secret_arn: str) -> Chart:
    """A pod that copies the key of tokens, which another cluster has too, into `names.SHARED_KEY`.

    Args:
        plan: Says in which region the key is.
        cluster: The Slurm of the namespace.
        secret_arn: Of the key in Secrets Manager.
    """
    secret = names.SHARED_KEY
    copy = _Copy(names.KEY_ACCOUNT, "key", secret, plan.region, secret_arn)
    return _chart(f"{cluster.namespace}-token-key", cluster.namespace, copy)


def _chart(name: str, place: str, copy: _Copy) -> Chart:
    """The pod's image has what the script calls: aws, jq and, of Amazon Linux 2023, bash and curl.

    Source: aws-cli 2.31.0, docker/Dockerfile; Amazon Linux 2023 User Guide, curl-minimal.
    """
    made = Chart(name)
    add_account(made, copy.account, namespace=place, rules=_rules(copy))
    add(made, "v1", "ConfigMap", copy.account, namespace=place, data={_SCRIPT: script()})
    add(made, "apps/v1", "Deployment", copy.account, namespace=place, spec=_deployment(copy))
    return made


@lru_cache
def script() -> str:
    """The text of `database-password.sh`."""
    folder = files("petal_constructs").joinpath("templates", "slurm")
    return folder.joinpath(_SCRIPT).read_text("utf-8")


def _rules(copy: _Copy) -> list[dict[str, Any]]:
    """RBAC cannot narrow `create` to a name; the pod reads no Secret, not even its own."""
    secrets: dict[str, Any] = {"apiGroups": [""], "resources": ["secrets"]}
    return [
        {**secrets, "verbs": ["create"]},
        {**secrets, "verbs": ["patch"], "resourceNames": [copy.secret[0]]},
    ]


def _deployment(copy: _Copy) -> dict[str, Any]:
    label = {"app.kubernetes.io/name": copy.account}
    digest = hashlib.sha256(script().encode()).hexdigest()[:12]
    return {
        "replicas": 1,
        "selector": {"matchLabels": label},
        "template": {
            # A new script needs a new pod.
            "metadata": {"labels": label, "annotations": {"petal.dev/programs": digest}},
            **_pod(copy),
        },
    }


def _pod(copy: _Copy) -> dict[str, Any]:
    return on_system_nodes(
        serviceAccountName=copy.account,
        automountServiceAccountToken=True,
        securityContext=as_nobody(),
        containers=[_container(copy)],
        volumes=[
            config_map(copy.account),
            {"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "8Mi"}},
        ],
    )


def _container(copy: _Copy) -> dict[str, Any]:
    name, key = copy.secret
    variables = {
        "HOME": _MEMORY,
        "PETAL_MEMORY": _MEMORY,
        "PETAL_REGION": copy.region,
        "PETAL_SECRET_ARN": copy.secret_arn,
        "PETAL_SECRET_NAME": name,
        "PETAL_SECRET_KEY": key,
    }
    return {
        "name": copy.container,
        "image": FACTS.images.aws_cli,
        "command": ["bash", f"{_SCRIPTS}/{_SCRIPT}"],
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "resources": resources("10m", "64Mi", "256Mi"),
        "securityContext": read_only(),
        "volumeMounts": [
            {"name": copy.account, "mountPath": _SCRIPTS, "readOnly": True},
            {"name": "memory", "mountPath": _MEMORY},
        ],
    }
