"""Options of sbatch -> what slurmrestd's `job/submit` takes.

Source: slurmrestd's published schemas v0.0.38 and v0.0.44 (job_desc_msg) and, for what sbatch makes
of its options, SchedMD/slurm 284c3b9, src/common/slurm_opt.c, 2026-11-23.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import quantities
from .notices import OLD_FIELDS, mail_events, old_signal, warning
from .options import Option
from .script import with_arguments

Json = dict[str, Any]

_HERE = frozenset(
    {"parsable", "quiet", "verbose", "wrap", "export", "chdir", "comment", "ignore-pbs"}
)
"""This program's own business, or done elsewhere."""
_TEXTS = {
    "account": "account",
    "array": "array",
    "constraint": "constraints",
    "dependency": "dependency",
    "error": "standard_error",
    "input": "standard_input",
    "job-name": "name",
    "licenses": "licenses",
    "mail-user": "mail_user",
    "output": "standard_output",
    "partition": "partition",
    "prefer": "prefer",
    "qos": "qos",
    "reservation": "reservation",
    "wckey": "wckey",
}
_COUNTS = {
    "cpus-per-task": "cpus_per_task",
    "mincpus": "minimum_cpus_per_node",
    "ntasks": "tasks",
    "ntasks-per-node": "tasks_per_node",
    "threads-per-core": "threads_per_core",
}
_AMOUNTS: dict[str, tuple[str, Callable[[str], int | None], str]] = {
    "time": ("time_limit", quantities.minutes, "write a time such as 2:00:00 or 1-12"),
    "time-min": ("time_minimum", quantities.minutes, "write a time such as 2:00:00 or 1-12"),
    "mem": ("memory_per_node", quantities.mebibytes, "write a size such as 4G"),
    "mem-per-cpu": ("memory_per_cpu", quantities.mebibytes, "write a size such as 4G"),
    "begin": (
        "begin_time",
        lambda text: quantities.moment(text, dt.datetime.now()),  # noqa: DTZ005 - as people mean it
        "write a time such as now+2hours, 18:30 or 2027-01-31T12:00",
    ),
}
_GPUS = ("gpus", "gpus-per-node", "gpus-per-task", "gres", "cpus-per-gpu", "mem-per-gpu")
_OTHERS = frozenset(
    {"nodes", "hold", "requeue", "exclusive", "oversubscribe", "nice", "signal", "mail-type"}
) | {"open-mode", "kill-on-invalid-dep", *_GPUS}
_INSTEAD = {
    "clusters": "choose a side by the name of a queue",
    "hint": "write --threads-per-core=1 for nomultithread",
    "wait": "submit, then look with petal-queue",
    "test-only": "the other side has no such question",
}


@dataclass(frozen=True)
class Job:
    """One job, ready for any version of slurmrestd."""

    script: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    options: Mapping[str, Option]
    folder: str
    comment: str

    def body(self, *, old: bool) -> Json:
        """What is sent.

        Args:
            old: Whether for Slurm 22.05, where numbers are plain and most values are words.

        Raises:
            Refusal: An option cannot be carried over.
        """
        job: Json = {
            "environment": dict(self.environment)
            if old
            else [f"{key}={value}" for key, value in self.environment.items()],
            "current_working_directory": self.folder,
            "comment": self.comment,
        }
        script = self.script
        if old:
            script = with_arguments(script, self.arguments)
        else:
            # The first is replaced by the script's path on the node.
            job["argv"] = ["script", *self.arguments]
        check(self.options)
        job.update(_plain(self.options, old=old))
        job.update(_sizes(self.options, old=old))
        job.update(_gpus(self.options, old=old))
        job.update((_old_rest if old else _rest)(self.options))
        return {"script": script, "job": job}


def check(options: Mapping[str, Option]) -> None:
    """Refuse what the other side would never hear of."""
    known = {*_HERE, *_TEXTS, *_COUNTS, *_AMOUNTS, *_OTHERS}
    for name, option in options.items():
        if name not in known:
            why = _INSTEAD.get(name, "leave it out, or name a queue of this side")
            raise option.refused(f"is not carried over to the other side: {why}")


def _plain(options: Mapping[str, Option], *, old: bool) -> Json:
    found: Json = {key: options[name].value for name, key in _TEXTS.items() if name in options}
    for name, key in _COUNTS.items():
        if name in options:
            found[key] = _number(options[name], quantities.count, "write a number of 1 or more")
    for name, (key, read, instead) in _AMOUNTS.items():
        if name in options:
            number = _number(options[name], read, instead)
            found[key] = _old_amount(options[name], number) if old else _amount(number)
    return found


def _amount(number: int) -> Json:
    if number == quantities.UNLIMITED:
        return {"set": False, "infinite": True, "number": 0}
    return {"set": True, "infinite": False, "number": number}


def _old_amount(option: Option, number: int) -> object:
    if option.name == "begin":
        return f"uts{number}"
    return "UNLIMITED" if number == quantities.UNLIMITED else number


def _sizes(options: Mapping[str, Option], *, old: bool) -> Json:
    """Nodes, and the tasks that sbatch counts from them."""
    found: Json = {}
    least = 1
    if "nodes" in options:
        least, most = _read(options["nodes"], quantities.node_range, "write a number or 2-4")
        found["nodes"] = f"{least}-{most}"
    per_node, per_task, tasks = (
        quantities.count(options[name].value) if name in options else None
        for name in ("ntasks-per-node", "cpus-per-task", "ntasks")
    )
    if per_node and not tasks and "nodes" in options:
        tasks = found["tasks"] = least * per_node
    if not old and (tasks or per_task):
        found["minimum_cpus"] = (tasks or least) * (per_task or 1)
    return found


def _gpus(options: Mapping[str, Option], *, old: bool) -> Json:
    asked = {name: options[name].value for name in _GPUS if name in options}
    if "mem-per-gpu" in asked:
        size = _number(options["mem-per-gpu"], quantities.mebibytes, "write a size such as 4G")
        asked["mem-per-gpu"] = str(size)
    if old:
        names = {name: name.replace("-", "_") for name in asked}
        names["mem-per-gpu"] = "memory_per_gpu"
        return {names[name]: value for name, value in asked.items()}
    per_node = (_gres(asked.get("gpus-per-node")), _listed(asked))
    found = {
        "tres_per_job": _gres(asked.get("gpus")),
        "tres_per_node": ",".join(filter(None, per_node)),
        "tres_per_task": _gres(asked.get("gpus-per-task")),
        "cpus_per_tres": _gres(asked.get("cpus-per-gpu")),
        "memory_per_tres": _gres(asked.get("mem-per-gpu")),
    }
    return {key: value for key, value in found.items() if value}


def _gres(value: str | None) -> str:
    return f"gres/gpu:{value}" if value else ""


def _listed(asked: Mapping[str, str]) -> str:
    """`gpu:2,scratch:1` with the type of resource before each name."""
    parts = [part.strip() for part in asked.get("gres", "").split(",") if part.strip()]
    names = (part if part.startswith("gres") else f"gres/{part}" for part in parts)
    return "" if [part.lower() for part in parts] == ["none"] else ",".join(names)


def _rest(options: Mapping[str, Option]) -> Json:
    found = _switches(options)
    if "exclusive" in options:
        found["shared"] = [_sharing(options["exclusive"])]
    elif "oversubscribe" in options:
        found["shared"] = ["oversubscribe"]
    if "mail-type" in options:
        found["mail_type"] = mail_events(options["mail-type"])
    if "open-mode" in options:
        found["open_mode"] = [_open_mode(options["open-mode"]).upper()]
    if "signal" in options:
        found.update(warning(options["signal"]))
    if "kill-on-invalid-dep" in options:
        kills = _yes(options["kill-on-invalid-dep"])
        found["flags"] = ["KILL_INVALID_DEPENDENCY" if kills else "NO_KILL_INVALID_DEPENDENCY"]
    return found


def _old_rest(options: Mapping[str, Option]) -> Json:
    found = _switches(options)
    for name, key in OLD_FIELDS.items():
        if name in options:
            found[key] = options[name].value
    if "exclusive" in options:
        kind = _sharing(options["exclusive"])
        found["exclusive"] = "exclusive" if kind == "none" else kind
    elif "oversubscribe" in options:
        found["oversubscribe"] = True
    if found.get("requeue") is False:
        # Version 22.05 takes the word and requeues.
        raise options["requeue"].refused("the Slurm of the other side is too old for it")
    if "kill-on-invalid-dep" in options:
        found["kill_on_invalid_dependency"] = _yes(options["kill-on-invalid-dep"])
    if "signal" in options:
        found["signal"] = old_signal(options["signal"])
    return found


def _switches(options: Mapping[str, Option]) -> Json:
    found: Json = {}
    if "hold" in options:
        found["hold"] = True
    if "requeue" in options:
        found["requeue"] = options["requeue"].value == "yes"
    if "nice" in options:
        found["nice"] = _read(options["nice"], _nice, "write a number")
    return found


def _nice(text: str) -> int | None:
    try:
        return int(text or "100")
    except ValueError:
        return None


def _sharing(option: Option) -> str:
    kinds = {"": "none", "user": "user", "mcs": "mcs"}
    return str(_read(option, kinds.get, "write it alone, or user behind it"))


def _open_mode(option: Option) -> str:
    modes = {"a": "append", "t": "truncate"}
    return str(_read(option, lambda text: modes.get(text[:1]), "write append or truncate"))


def _yes(option: Option) -> bool:
    answers = {"yes": True, "no": False}
    return bool(_read(option, lambda text: answers.get(text.lower()), "write yes or no"))


def _number(option: Option, read: Callable[[str], int | None], instead: str) -> int:
    return int(_read(option, read, instead))


def _read(option: Option, read: Callable[[str], Any], instead: str) -> Any:
    found = read(option.value)
    if found is None:
        raise option.refused(f"is not understood: {instead}")
    return found
