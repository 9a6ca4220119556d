"""The environment that a job gets, by the rules of `--export`.

Source: SchedMD/slurm 284c3b9, src/sbatch/sbatch.c (`_fill_job_desc_from_opts`) and src/common/env.c
(`env_merge_filter`, `find_quote_token`), 2026-11-23.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from .errors import Refusal
from .options import Option

_OF_THIS_SIDE = re.compile(
    r"SLURM_(CONF|CONF_SERVER|JWT|CLUSTERS?|CLUSTER_NAME|WORKING_CLUSTER|CONTROLLER\w*)$"
    r"|SBATCH_|PETAL_SUBMIT_TABLES$"
)
"""They say where this side's Slurm is, or were this program's own options."""
_OF_A_JOB = re.compile(r"SLURM_")
_OF_SLURM = re.compile(r"SLURM_|SPANK_")
_FROM_OPTIONS = {
    "cpus-per-gpu": "SLURM_CPUS_PER_GPU",
    "cpus-per-task": "SLURM_CPUS_PER_TASK",
    "gpus": "SLURM_GPUS",
    "gpus-per-node": "SLURM_GPUS_PER_NODE",
    "gpus-per-task": "SLURM_GPUS_PER_TASK",
    "ntasks": "SLURM_NTASKS",
    "ntasks-per-node": "SLURM_NTASKS_PER_NODE",
    "threads-per-core": "SLURM_THREADS_PER_CORE",
}
"""What sbatch tells a job of its options, and slurmctld does not."""


def given_environment() -> dict[str, str]:
    """The environment, without the locale that Python sets where there is none (PEP 538)."""
    try:
        entries = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return dict(os.environ)
    given = {os.fsdecode(entry.partition(b"=")[0]) for entry in entries}
    return {name: value for name, value in os.environ.items() if name in given}


def in_utf8(what: str, text: str) -> None:
    """Refuse other bytes, which JSON cannot carry.

    Raises:
        Refusal: The text is not in UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Refusal(f"{what} is not in UTF-8, and cannot be carried over") from error


def job_environment(
    options: Mapping[str, Option], name: str, folder: str, environment: Mapping[str, str]
) -> dict[str, str]:
    """Variables of a job that is called `name` and submitted in `folder`."""
    found = dict(_exported(options.get("export"), _without_this_side(environment)))
    found["SLURM_SUBMIT_DIR"] = folder
    found["SLURM_SUBMIT_HOST"] = socket.gethostname()
    found["SLURM_JOB_NAME"] = name
    found["SLURM_PRIO_PROCESS"] = str(os.getpriority(os.PRIO_PROCESS, 0))
    found["SLURM_UMASK"] = f"{_umask():04o}"
    for option, variable in _FROM_OPTIONS.items():
        if option in options:
            found[variable] = options[option].value
    if "ntasks" in options:
        found["SLURM_NPROCS"] = options["ntasks"].value
    for variable, value in found.items():
        in_utf8(f"the variable {variable!a}", variable + value)
    return found


def _without_this_side(environment: Mapping[str, str]) -> dict[str, str]:
    inside = "SLURM_JOB_ID" in environment
    return {
        key: value
        for key, value in environment.items()
        if not _OF_THIS_SIDE.match(key) and not (inside and _OF_A_JOB.match(key))
    }


def _exported(option: Option | None, environment: dict[str, str]) -> Iterator[tuple[str, str]]:
    rule = option.value if option else "ALL"
    if rule.upper() == "ALL":
        yield from environment.items()
        return
    if rule.upper() not in ("NONE", "NIL"):
        for word in _split(rule):
            name, equals, value = word.partition("=")
            if word.upper() == "ALL":
                yield from environment.items()
            elif equals:
                yield name, value
            elif name in environment:
                yield name, environment[name]
    yield from ((key, value) for key, value in environment.items() if _OF_SLURM.match(key))
    if rule.upper() != "NIL":
        # The node starts a login shell to learn the rest.
        yield "SLURM_GET_USER_ENV", "1"


def _split(rule: str) -> list[str]:
    """Words between commas; commas and quotes may stand in the other kind of quotes."""
    words, quote = [""], ""
    for letter in rule:
        if quote:
            quote = "" if letter == quote else quote
            words[-1] += letter if quote else ""
        elif letter in "\"'":
            quote = letter
        elif letter == ",":
            words.append("")
        else:
            words[-1] += letter
    return [word for word in words if word]


def _umask() -> int:
    now = os.umask(0o077)
    os.umask(now)
    return now
