"""Slurm accounts of tenants: a script for sacctmgr and the tables that it reads."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Final

from petal_constructs.plan.tenants import Account
from petal_constructs.render.tsv import tsv

SCRIPT_KEY: Final = "accounts.sh"


def accounts_files(
    cluster_name: str,
    accounts: Iterable[Account],
    queues: Iterable[tuple[str, str]] | None = None,
) -> dict[str, str]:
    """The script and its tables, by the names under which it finds them beside itself.

    `bash accounts.sh` runs for ever and follows the tables; with the argument `once` it ends. It
    calls `sacctmgr` as whoever runs it, who must be Slurm's user or root.

    Args:
        cluster_name: Slurm's ClusterName, in lower case.
        accounts: All of petal's; those that are missing here go.
        queues: Queue and account that may use it, of queues that are not open to all, for the
            scaler of pcs. Default: no such table.

    Raises:
        ValueError: A field holds a tab, a line end or another control character.
    """
    all_accounts = tuple(accounts)
    reserved = {} if queues is None else {"queues.tsv": tsv(queues)}
    return {
        SCRIPT_KEY: _script(),
        "cluster.tsv": tsv([(cluster_name,)]),
        "accounts.tsv": tsv(map(_row, all_accounts)),
        "members.tsv": tsv((user, a.name) for a in all_accounts for user in a.users),
        **reserved,
    }


def _row(account: Account) -> tuple[str, ...]:
    limits = account.limits
    numbers = (limits.cpus, limits.memory_mib, limits.gpus, limits.nodes)
    return (account.name, *("-" if number is None else str(number) for number in numbers))


@lru_cache
def _script() -> str:
    folder = files("petal_constructs").joinpath("templates", "slurm")
    return folder.joinpath(SCRIPT_KEY).read_text("utf-8")
