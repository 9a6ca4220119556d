"""The pod that sizes the queues of one namespace, and what it may do."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.containers import (
    as_nobody,
    config_map,
    on_system_nodes,
    read_only,
    resources,
    single_pod,
)
from petal_constructs.platforms.pcs.charts.objects import Chart, add, add_account
from petal_constructs.platforms.pcs.programs import scaler_program
from petal_constructs.platforms.pcs.values import SlurmCluster

_PROGRAMS: Final = "/opt/petal"
_TOKEN: Final = "/run/petal/token"  # noqa: S105
_STATE: Final = "/run/petal/state"


def scaler(cluster: SlurmCluster) -> Chart:
    """The scaler of one namespace. It finds NodeSets by label: no queue stands in here."""
    made = Chart(f"{cluster.namespace}-scaler")
    place = cluster.namespace
    account = names.SCALER_ACCOUNT
    add_account(made, account, namespace=place, rules=_rules())
    # Two would answer one another's changes.
    spec = single_pod(account, scaler_program(), _pod())
    add(made, "apps/v1", "Deployment", account, namespace=place, spec=spec)
    return made


def _rules() -> list[dict[str, Any]]:
    group = ["slinky.slurm.net"]
    return [
        {"apiGroups": group, "resources": ["nodesets"], "verbs": ["list"]},
        {"apiGroups": group, "resources": ["nodesets/scale"], "verbs": ["patch"]},
    ]


def _pod() -> dict[str, Any]:
    token, _ = names.SCALER_TOKEN
    return on_system_nodes(
        serviceAccountName=names.SCALER_ACCOUNT,
        automountServiceAccountToken=True,
        securityContext=as_nobody(),
        containers=[_container()],
        volumes=[
            config_map(names.SCALER_FILES),
            {"name": "token", "secret": {"secretName": token, "defaultMode": 0o440}},
            {"name": "state", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
            _limits(),
        ],
    )


def _limits() -> dict[str, Any]:
    """What tenants may use at once; only a Slurm that tenants share has it."""
    name = names.ACCOUNTS_FILES
    return {"name": name, "configMap": {"name": name, "optional": True}}


def _container() -> dict[str, Any]:
    variables = {
        "PETAL_SLURMRESTD": f"http://{names.REST_API}:6820",
        "PETAL_TOKEN_FILE": f"{_TOKEN}/{names.SCALER_TOKEN[1]}",
        "PETAL_SLURM_USER": "nobody",
        "PETAL_ALIVE_FILE": f"{_STATE}/alive",
        "PETAL_ACCOUNTS": names.ACCOUNTS_FOLDER,
    }
    return {
        "name": "scaler",
        "image": FACTS.images.python,
        "command": ["python", "-u", "-B", "-m", "scaler.scaler"],
        "workingDir": _PROGRAMS,
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "resources": resources("50m", "64Mi", "512Mi"),
        "securityContext": read_only(),
        "livenessProbe": _alive(),
        "volumeMounts": [
            {"name": names.SCALER_FILES, "mountPath": f"{_PROGRAMS}/scaler", "readOnly": True},
            {"name": "token", "mountPath": _TOKEN, "readOnly": True},
            {"name": "state", "mountPath": _STATE},
            {"name": names.ACCOUNTS_FILES, "mountPath": names.ACCOUNTS_FOLDER, "readOnly": True},
        ],
    }


def _alive() -> dict[str, Any]:
    """Fails when the scaler has finished no round, good or bad, for five minutes."""
    fresh = f'test -n "$(find {_STATE}/alive -mmin -5)"'
    return {
        "exec": {"command": ["sh", "-c", fresh]},
        "initialDelaySeconds": 60,
        "periodSeconds": 60,
        "timeoutSeconds": 5,
    }
