"""The daemons of a Slurm: slurmctld, slurmrestd and slurmdbd, and tokens for who asks them."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.containers import (
    SLINKY,
    config_map,
    hardened,
    log_reader,
    operated,
    resources,
    secret_key,
)
from petal_constructs.platforms.pcs.charts.namespace import CONTROLLER_VOLUME_GIB
from petal_constructs.platforms.pcs.charts.objects import Chart, add
from petal_constructs.platforms.pcs.charts.storage import STORAGE_CLASS
from petal_constructs.platforms.pcs.slurm_conf import config_files, extra_conf
from petal_constructs.platforms.pcs.users import node_files
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster
from petal_constructs.render.accounts import SCRIPT_KEY, accounts_files

_LIFETIME: Final = "1h"
"""Of a token: the operator renews it after 80 %, and pods see the new one a minute later."""


def slurm(_: PcsPlan, cluster: SlurmCluster, *, database_host: str | None) -> Chart:
    """Controller, RestApi and, with accounting, Accounting of one namespace.

    Partitions, limits and accounts change in running pods: slurmctld reads its files again, and
    no pod starts anew.

    Args:
        cluster: The Slurm of the namespace.
        database_host: Address of the accounting database; needed if the cluster has accounting.
    """
    made = Chart(f"{cluster.namespace}-slurm")
    _config_maps(made, cluster)
    _token(made, cluster, names.SCALER_ACCOUNT, "nobody", names.SCALER_TOKEN)
    _token(made, cluster, names.DRAIN_ACCOUNT, "slurm", names.DRAIN_TOKEN)
    if cluster.accounting and database_host:
        _add(made, cluster, "Accounting", _accounting(cluster, database_host))
    _add(made, cluster, "Controller", _controller(cluster))
    _add(made, cluster, "RestApi", _rest_api())
    return made


def _add(made: Chart, cluster: SlurmCluster, kind: str, spec: dict[str, Any]) -> None:
    add(made, SLINKY, kind, names.CONTROLLER, namespace=cluster.namespace, spec=spec)


def _config_maps(made: Chart, cluster: SlurmCluster) -> None:
    maps = {names.SLURM_FILES: config_files(cluster), names.NODE_FILES: node_files()}
    if cluster.accounts:
        maps[names.ACCOUNTS_FILES] = accounts_files(
            cluster.cluster_name, cluster.accounts, cluster.reserved
        )
    for name, data in maps.items():
        add(made, "v1", "ConfigMap", name, namespace=cluster.namespace, data=data)


def _token(
    made: Chart, cluster: SlurmCluster, name: str, user: str, secret: tuple[str, str]
) -> None:
    spec = {
        "jwtKeyRef": secret_key(_jwt_key(cluster)),
        "username": user,
        "lifetime": _LIFETIME,
        "secretRef": secret_key(secret),
    }
    add(made, SLINKY, "Token", name, namespace=cluster.namespace, spec=spec)


def _keys(cluster: SlurmCluster) -> dict[str, Any]:
    return {
        "slurmKeyRef": secret_key(names.SLURM_KEY),
        "jwtKeyRef": secret_key(_jwt_key(cluster)),
    }


def _jwt_key(cluster: SlurmCluster) -> tuple[str, str]:
    return names.SHARED_KEY if cluster.submission else names.JWT_KEY


def _controller(cluster: SlurmCluster) -> dict[str, Any]:
    spec = {
        **_keys(cluster),
        "clusterName": cluster.cluster_name,
        "extraConf": extra_conf(cluster),
        "configFileRefs": [{"name": names.SLURM_FILES}],
        "inplaceReconfigure": True,
        "persistence": {
            "enabled": True,
            "storageClassName": STORAGE_CLASS,
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": f"{CONTROLLER_VOLUME_GIB}Gi"}},
        },
        "slurmctld": _daemon(FACTS.images.slurmctld, resources("250m", "512Mi", "2Gi")),
        "reconfigure": _daemon(FACTS.images.slurmctld, resources("10m", "32Mi", "128Mi")),
        "logfile": log_reader(),
        "template": operated(),
    }
    if cluster.accounting:
        spec["accountingRef"] = {"name": names.CONTROLLER}
    if cluster.accounts:
        spec["template"] = operated(
            containers=[_accounts()], volumes=[config_map(names.ACCOUNTS_FILES)]
        )
    return spec


def _accounts() -> dict[str, Any]:
    """Tells slurmdbd of tenants, as Slurm's own user, through slurmctld's key and socket.

    The operator adds it to the pod, and names the two volumes. Source: slurm-operator 1.2.1,
    common/pod_template.go and controllerbuilder/controller_app.go (`reconfigureContainer`).
    """
    return {
        "name": "accounts",
        **_daemon(FACTS.images.slurmctld, resources("10m", "32Mi", "128Mi")),
        "command": ["tini", "-g", "--", "bash", f"{names.ACCOUNTS_FOLDER}/{SCRIPT_KEY}"],
        "volumeMounts": [
            {"name": names.ACCOUNTS_FILES, "mountPath": names.ACCOUNTS_FOLDER, "readOnly": True},
            {"name": "slurm-etc", "mountPath": "/etc/slurm", "readOnly": True},
            {"name": "slurm-authsocket", "mountPath": "/run/slurmctld", "readOnly": True},
        ],
    }


def _rest_api() -> dict[str, Any]:
    """slurmrestd; without the variable, it cuts lists of array tasks short."""
    daemon = _daemon(FACTS.images.slurmrestd, resources("100m", "128Mi", "1Gi"))
    return {
        "controllerRef": {"name": names.CONTROLLER},
        "slurmrestd": {**daemon, "env": [{"name": "SLURM_BITSTR_LEN", "value": "0"}]},
        "template": operated(),
    }


def _accounting(cluster: SlurmCluster, host: str) -> dict[str, Any]:
    return {
        **_keys(cluster),
        "slurmdbd": _daemon(FACTS.images.slurmdbd, resources("100m", "256Mi", "1Gi")),
        "storageConfig": {
            "host": host,
            "port": 3306,
            "database": cluster.database,
            "username": "slurm",
            "passwordKeyRef": secret_key(names.DATABASE_PASSWORD),
        },
        "template": operated(),
    }


def _daemon(image: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """A container of Slurm; the operator runs it as user 401, slurmrestd as 65534."""
    return {"image": image, "resources": wanted, "securityContext": hardened()}
