"""Commands of a script that a cluster may not have, or not let a job run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.jobs.commands import Command
from petal_constructs.jobs.findings import Finding, Spot, cannot, change, note
from petal_constructs.jobs.modules import check_modules
from petal_constructs.jobs.options import Word, read_options
from petal_constructs.jobs.site import Site

_MODULES: Final = frozenset({"module", "ml"})
_HOST_NETWORK: Final = re.compile(r"--net(?:work)?(?:=host)?$|--publish(?:=|$)|-p$|-p\d")
_SSH_LAUNCH: Final = re.compile(r"(?:plm_rsh\w*|plm|-?bootstrap|-?launcher|I_MPI_HYDRA_BOOTSTRAP)$")
_EFA: Final = re.compile(r"FI_PROVIDER=efa|FI_EFA_\w+=|OFI_NCCL\w*=|NCCL_NET=.*[Oo]fi")
_FABRIC: Final = re.compile(
    r"FI_PROVIDER=(?:verbs|psm2?|psm3|mlx|opx)|I_MPI_FABRICS=\S*(?:dapl|ofa|tmi)|UCX_NET_DEVICES=mlx"
    r"|NCCL_IB_HCA=|btl_openib\w*|PSM2_\w+="
)
_ELSEWHERE: Final = re.compile(r"(?:ssh://)?(?:[^@/]+@)?[\w-]+(?:\.[\w-]+)+(?::\d+)?")
_VALUE_FOLLOWS: Final = re.compile(r"-[A-Za-z]*[BbcDEeFIiJLlmOoPpQRSWw]")
"""Of ssh: an option whose value is the next word. Source: ssh(1), OpenSSH 9.2."""
_LONGEST: Final = 1_000
"""Letters of a word that are looked at for settings of the network."""
_LISTENS: Final = frozenset(
    {"jupyter", "jupyter-lab", "jupyter-notebook", "rserver", "tensorboard"}
)


@dataclass(frozen=True, slots=True)
class Job:
    """What a command runs in."""

    site: Site
    efa: bool
    """Whether the job's queue has Elastic Fabric Adapters."""
    own_modules: bool = False
    """Whether its script names a folder with modules of its own."""


def check_command(command: Command, job: Job) -> Iterator[Finding]:
    """What stands in the way of one command."""
    program = command.program
    if program in _MODULES:
        yield from check_modules(command, job.site, more=job.own_modules)
    elif check := _CHECKS.get(program):
        yield from check(command, job)
    elif program in job.site.missing:
        yield from _missing(command, job)
    elif program in facts().commands.remote_shells and not job.site.node_logins:
        if not _leaves(command):
            yield _ssh(command.spot, program)
    elif program in _LISTENS and job.site.opens_ports:
        yield note("J143", f"{program}: {job.site.opens_ports}", spot=command.spot)


def check_words(words: tuple[Word, ...], job: Job) -> Iterator[Finding]:
    """What any command's words say of the network that it expects."""
    for word in words:
        text = word.text[:_LONGEST]
        if "=" not in text and "btl_openib" not in text:
            continue
        if _EFA.search(text) and not job.efa:
            message = f"{word.text[:60]} expects EFA, which nodes of the job's queue do not have"
            names = [queue.name for queue in job.site.partitions if queue.efa]
            if names:
                yield change("J144", message, f"write #SBATCH --partition={names[0]}", word.spot)
            else:
                yield cannot("J144", message, "write efa: true in a queue of the seed", word.spot)
        elif _FABRIC.search(text):
            message = f"{word.text[:60]} expects a network that AWS does not have"
            yield change("J145", message, "remove it: the default is right", word.spot)


def _missing(command: Command, job: Job) -> Iterator[Finding]:
    program = command.program
    lacks = job.site.missing[program]
    code = "J135" if program in facts().commands.container_programs else "J136"
    make = change if lacks.mends else cannot
    yield make(code, f"{program}: {lacks.why}", lacks.hint, command.spot)
    hosted = [w for w in command.words if _HOST_NETWORK.match(w.text)]
    if program in facts().commands.container_programs and hosted:
        message = f"{program} with a network of the host, or a port of it"
        yield note("J143", message, job.site.opens_ports, hosted[0].spot)


def _leaves(command: Command) -> bool:
    """Whether it goes to computers elsewhere, whose names have a domain."""
    words = [word.text for word in command.words[1:]]
    if command.program == "scp":
        hosts = [host for word in words if (host := word.partition(":")[0]) != word]
        return bool(hosts) and all(map(_ELSEWHERE.fullmatch, hosts))
    before = ("", *words)
    for word, option in zip(words, before, strict=False):
        if not word.startswith("-") and not _VALUE_FOLLOWS.fullmatch(option):
            return command.program == "ssh" and _ELSEWHERE.fullmatch(word) is not None
    return False


def _ssh(spot: Spot, program: str) -> Finding:
    message = f"{program} logs in to nodes, which have no keys of the seed's users"
    return change("J137", message, "start processes on other nodes with srun", spot)


def _srun(command: Command, job: Job) -> Iterator[Finding]:
    line = read_options(facts().srun, command.words[1:], _container_options(job.site))
    for option in line.options:
        if option.name == "x11":
            message = "Slurm forwards no X11 here"
            yield change("J139", message, "remove --x11", option.spot)
        elif option.name.startswith(("container-", "no-container-")) and (
            option.name not in job.site.plugins
        ):
            yield _no_pyxis(option.name, option.spot)
    for refused in line.refused:
        yield change("J102", f"srun: {refused.message}", refused.hint, refused.spot)
    if all(option.name != "container-image" for option in line.options):
        yield from _inner(line.rest, job)


def _container_options(site: Site) -> Mapping[str, bool]:
    """Of pyxis, so that its absence is named as such."""
    return site.plugins or facts().pyxis.takes_value


def _no_pyxis(name: str, spot: Spot) -> Finding:
    message = f"Slurm has no option --{name} here, since pyxis is not set up"
    hint = "name the image in software.containers, and load its module"
    return change("J134", message, hint, spot)


def no_pyxis(message: str, spot: Spot, site: Site) -> Finding | None:
    """What `sbatch` would say of an option of pyxis."""
    name = re.search(r"--((?:no-)?container-[a-z-]+)", message)
    return _no_pyxis(name[1], spot) if name and name[1] not in site.plugins else None


def _inner(words: tuple[Word, ...], job: Job) -> Iterator[Finding]:
    if words:
        yield from check_command(Command(words), job)


def _mpi(command: Command, job: Job) -> Iterator[Finding]:
    words = command.words
    by_ssh = () if job.site.node_logins else enumerate(words[1:], 1)
    for index, word in by_ssh:
        name, _, value = word.text.lstrip("-").partition("=")
        value = value or (words[index + 1].text if index + 1 < len(words) else "")
        if _SSH_LAUNCH.search(name) and (value in ("ssh", "rsh") or "rsh_agent" in name):
            yield _ssh(word.spot, f"{command.program} by {value}")
            return
    yield from _container_behind(words, job)


def _container_behind(words: tuple[Word, ...], job: Job) -> Iterator[Finding]:
    for index, word in enumerate(words[1:], 1):
        if word.text in job.site.missing:
            yield from _missing(Command(words[index:]), job)
            return


def _scontrol(command: Command, _: Job) -> Iterator[Finding]:
    order = next((w for w in command.words[1:] if not w.text.startswith("-")), None)
    if order and order.text in facts().commands.scontrol_admin:
        message = f"scontrol {order.text} is for Slurm's administrators alone"
        yield change("J136", message, "remove it", command.spot)


def _source(command: Command, _: Job) -> Iterator[Finding]:
    for word in command.words[1:2]:
        yield note(
            "J108", f"{word.text[:80]} is read when the job runs, and not here", spot=word.spot
        )


def _mail(command: Command, _: Job) -> Iterator[Finding]:
    message = f"{command.program}: nodes have no mail program"
    yield change("J138", message, "write a file instead", command.spot)


_CHECKS: Final[Mapping[str, Callable[[Command, Job], Iterator[Finding]]]] = {
    "srun": _srun,
    "scontrol": _scontrol,
    **dict.fromkeys(("source", "."), _source),
    **dict.fromkeys(("mail", "mailx", "sendmail", "mutt"), _mail),
    **{name: _mpi for name in facts().commands.ways_of_mpi if name != "srun"},
}
