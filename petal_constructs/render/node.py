"""The scripts that every ParallelCluster node runs, and the data that varies between clusters.

Scripts are static files; what a seed says reaches them as rows of TSV files, which they check again
and never evaluate. A timer on each node applies new data, so that adding a user restarts nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final

from petal_constructs.plan.values import S3Mount, Software, User
from petal_constructs.render.software import software_files
from petal_constructs.render.template_texts import template_texts
from petal_constructs.render.tsv import tsv

NO_ACCOUNTS: Final[Mapping[str, str]] = {}
NO_CONTAINERS: Final[Mapping[str, str]] = {}
NO_SUBMISSION: Final[Mapping[str, str]] = {}


def node_files(
    users: Sequence[User],
    mounts: Sequence[S3Mount],
    software: Software,
    accounts: Mapping[str, str] = NO_ACCOUNTS,
    containers: Mapping[str, str] = NO_CONTAINERS,
    submission: Mapping[str, str] = NO_SUBMISSION,
) -> dict[str, str]:
    """All files below `s3://<bucket>/petal/<cluster>/`, text by key.

    Args:
        users: Accounts; whoever is missing here is locked on the nodes that had the account.
        mounts: Buckets to mount on every node.
        software: Spack packages for the head node to build.
        accounts: Slurm's accounts, as `render.accounts` writes them. Default: Slurm keeps none.
        containers: Scripts and tables of images, by key, as `render.containers` writes them.
            Default: nodes run none.
        submission: Programs and tables for another cluster's queues, by key, as `render.submission`
            writes them. Default: there is no other cluster.

    Raises:
        ValueError: A field holds a tab, a line end or another control character, is empty where it
            must not be, or a Spack spec has no package name.
    """
    data = {f"data/{name}": text for name, text in _data(users, mounts, software)}
    data |= {f"data/accounts/{name}": text for name, text in accounts.items()}
    texts = {**_scripts(), **data, **containers, **submission}
    return texts | {"manifest.sha256": _manifest(texts)}


def user_tables(users: Sequence[User]) -> dict[str, str]:
    """Tables of accounts and of their keys, by file name: what `steps/10-users.sh` reads.

    Raises:
        ValueError: A field holds a tab, a line end or another control character.
    """
    return {
        "users.tsv": tsv((user.name, str(user.uid), str(user.gid)) for user in users),
        "keys.tsv": tsv((user.name, key) for user in users for key in user.ssh_public_keys),
    }


def boot_hash() -> str:
    """12 hex digits over the script files: what asks for a new boot. Data never changes it."""
    return hashlib.sha256(_manifest(_scripts()).encode()).hexdigest()[:12]


@lru_cache
def _scripts() -> Mapping[str, str]:
    templates = files("petal_constructs").joinpath("templates")
    return template_texts(templates.joinpath("node"), "") | template_texts(
        templates.joinpath("modules"), "modules/"
    )


def _manifest(texts: Mapping[str, str]) -> str:
    """What `sha256sum --check` reads: a node uses a snapshot only when all of it has arrived."""
    return "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {key}\n"
        for key, text in sorted(texts.items())
    )


def _data(
    users: Sequence[User], mounts: Sequence[S3Mount], software: Software
) -> Iterator[tuple[str, str]]:
    yield from user_tables(users).items()
    yield "mounts.tsv", tsv(_mount_row(mount) for mount in mounts)
    yield from software_files(software).items()


def _mount_row(mount: S3Mount) -> tuple[str, str, str, str]:
    mode = "ro" if mount.read_only else "rw"
    return mount.bucket, mount.mount_point, mount.prefix or "-", mode
