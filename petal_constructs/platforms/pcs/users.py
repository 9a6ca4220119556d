"""People in the login pod: accounts, homes and keys, made by the scripts of ParallelCluster nodes.

Compute pods need no accounts: Slurm carries who somebody is from the login pod to the job. Which
lines of Slurm's source say so is written down in `docs/design/pcs-users.md`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

from petal_constructs.platforms.pcs.values import SlurmCluster
from petal_constructs.render.node import user_tables

USERS_FOLDER: Final = "/etc/petal/users"
"""Where `login_files` is mounted: the folder, so that it follows the ConfigMap."""
SCRIPTS_FOLDER: Final = "/etc/petal/login"
"""Where `login_scripts` is mounted: the folder, for the same reason."""
PROGRAM_KEY: Final = "petal-users.conf"
PROGRAM_FILE: Final = "/etc/supervisor/conf.d/petal-users.conf"
"""Where that one of `login_scripts` is mounted by `subPath`: supervisord reads it at its start."""

EXTRA_SSHD_CONFIG: Final = """\
# the first value counts: X11Forwarding yes, UsePAM yes and sftp stand above this
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthenticationMethods publickey
# load balancers forget a connection that is silent for 350 s
ClientAliveInterval 120
"""
"""`extraSshdConfig` of the LoginSet. Keys are read from the homes, where sshd's default looks."""

NSSWITCH_KEY: Final = "nsswitch.conf"
NSSWITCH_FILE: Final = "/etc/nsswitch.conf"
"""Where that one of `node_files` is mounted by `subPath` in slurmd pods."""
_NSSWITCH: Final = """\
passwd: slurm files
group: slurm files
shadow: files
gshadow: files
hosts: files dns
networks: files
protocols: files
services: files
ethers: files
rpc: files
"""

_TEMPLATES: Final = (
    "node/lib.sh",
    "node/authorized-keys.sh",
    "node/steps/10-users.sh",
    "slurm/petal-users.sh",
    "slurm/petal-users.conf",
)


def login_files(cluster: SlurmCluster) -> dict[str, str]:
    """Tables of who has an account: `users.tsv` and `keys.tsv`, text by ConfigMap key.

    Raises:
        ValueError: A field holds a tab, a line end or another control character.
    """
    return user_tables(cluster.users)


def node_files() -> dict[str, str]:
    """Files of slurmd pods by ConfigMap key: where names of people come from, nss_slurm first.

    The image cannot be relied on for it: its Dockerfile writes nss_slurm into the file, and then
    calls `authselect select --force`, which writes the file anew.
    """
    return {NSSWITCH_KEY: _NSSWITCH}


@lru_cache
def _scripts() -> dict[str, str]:
    templates = files("petal_constructs").joinpath("templates")
    return {
        path.rpartition("/")[2]: templates.joinpath(path).read_text("utf-8") for path in _TEMPLATES
    }


def login_scripts() -> dict[str, str]:
    """The scripts that apply the tables and supervisord's program file, by ConfigMap key."""
    return dict(_scripts())
