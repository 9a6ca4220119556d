"""The pod that brings the database's password into the cluster, and what it may do."""

from __future__ import annotations

import hashlib
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

_FILES: Final = "petal-database"
_SCRIPT: Final = "database-password.sh"
_SCRIPTS: Final = "/opt/petal"
_MEMORY: Final = "/run/petal"


def database_password(plan: PcsPlan, cluster: SlurmCluster, *, secret_arn: str) -> Chart:
    """A pod that copies the password from AWS Secrets Manager into `names.DATABASE_PASSWORD`.

    Its image has what the script calls: aws, jq and, from Amazon Linux 2023, bash and curl. Source:
    aws-cli 2.31.0, docker/Dockerfile; Amazon Linux 2023 User Guide, curl-minimal.

    Args:
        plan: Says in which region the password is.
        cluster: The Slurm of the namespace.
        secret_arn: Of the password in Secrets Manager.
    """
    made = Chart(f"{cluster.namespace}-database")
    place, account = cluster.namespace, names.DATABASE_ACCOUNT
    add_account(made, account, namespace=place, rules=_rules())
    add(made, "v1", "ConfigMap", _FILES, namespace=place, data={_SCRIPT: script()})
    deployment = _deployment(plan.region, secret_arn)
    add(made, "apps/v1", "Deployment", account, namespace=place, spec=deployment)
    return made


@lru_cache
def script() -> str:
    """The text of `database-password.sh`."""
    folder = files("petal_constructs").joinpath("templates", "slurm")
    return folder.joinpath(_SCRIPT).read_text("utf-8")


def _rules() -> list[dict[str, Any]]:
    """RBAC cannot narrow `create` to a name; the pod reads no Secret, not even its own."""
    secrets: dict[str, Any] = {"apiGroups": [""], "resources": ["secrets"]}
    name, _ = names.DATABASE_PASSWORD
    return [
        {**secrets, "verbs": ["create"]},
        {**secrets, "verbs": ["patch"], "resourceNames": [name]},
    ]


def _deployment(region: str, secret_arn: str) -> dict[str, Any]:
    label = {"app.kubernetes.io/name": names.DATABASE_ACCOUNT}
    digest = hashlib.sha256(script().encode()).hexdigest()[:12]
    return {
        "replicas": 1,
        "selector": {"matchLabels": label},
        "template": {
            # A new script needs a new pod.
            "metadata": {"labels": label, "annotations": {"petal.dev/programs": digest}},
            **_pod(region, secret_arn),
        },
    }


def _pod(region: str, secret_arn: str) -> dict[str, Any]:
    return on_system_nodes(
        serviceAccountName=names.DATABASE_ACCOUNT,
        automountServiceAccountToken=True,
        securityContext=as_nobody(),
        containers=[_container(region, secret_arn)],
        volumes=[
            config_map(_FILES),
            {"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "8Mi"}},
        ],
    )


def _container(region: str, secret_arn: str) -> dict[str, Any]:
    name, key = names.DATABASE_PASSWORD
    variables = {
        "HOME": _MEMORY,
        "PETAL_MEMORY": _MEMORY,
        "PETAL_REGION": region,
        "PETAL_SECRET_ARN": secret_arn,
        "PETAL_SECRET_NAME": name,
        "PETAL_SECRET_KEY": key,
    }
    return {
        "name": "password",
        "image": FACTS.images.aws_cli,
        "command": ["bash", f"{_SCRIPTS}/{_SCRIPT}"],
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "resources": resources("10m", "64Mi", "256Mi"),
        "securityContext": read_only(),
        "volumeMounts": [
            {"name": _FILES, "mountPath": _SCRIPTS, "readOnly": True},
            {"name": "memory", "mountPath": _MEMORY},
        ],
    }
