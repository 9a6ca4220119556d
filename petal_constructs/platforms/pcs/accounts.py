"""Slurm accounts of tenants: a script for sacctmgr and the tables that it reads."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

from petal_constructs.platforms.pcs.values import Account, SlurmCluster
from petal_constructs.render.tsv import tsv

ACCOUNTS_FOLDER: Final = "/etc/petal/accounts"
"""Where `accounts_files` is mounted: the folder, so that it follows the ConfigMap."""
SCRIPT_KEY: Final = "accounts.sh"


def accounts_files(cluster: SlurmCluster) -> dict[str, str]:
    """The script and its tables, text by ConfigMap key; the scaler reads two of them too.

    `bash accounts.sh` runs for ever and follows the tables; with the argument `once` it ends. It
    calls `sacctmgr` as whoever runs it, who must be Slurm's user or root.

    Raises:
        ValueError: A field holds a tab, a line end or another control character.
    """
    return {
        SCRIPT_KEY: _script(),
        "cluster.tsv": tsv([(cluster.cluster_name,)]),
        "accounts.tsv": tsv(map(_account_row, cluster.accounts)),
        "queues.tsv": tsv((q.name, name) for q in cluster.queues for name in q.allowed_accounts),
        "members.tsv": tsv((user, a.name) for a in cluster.accounts for user in a.users),
    }


def _account_row(account: Account) -> tuple[str, ...]:
    limits = account.limits
    numbers = (limits.cpus, limits.memory_mib, limits.gpus, limits.nodes)
    return (account.name, *("-" if number is None else str(number) for number in numbers))


@lru_cache
def _script() -> str:
    folder = files("petal_constructs").joinpath("templates", "slurm")
    return folder.joinpath(SCRIPT_KEY).read_text("utf-8")
