"""Options that warn people or programs: mail and signals."""

from __future__ import annotations

import re
import signal
from typing import Any

from .options import Option

OLD_FIELDS = {"mail-type": "mail_type", "open-mode": "open_mode"}
"""Taken by Slurm 22.05 as people write them."""
_EVENTS = {
    "BEGIN": "BEGIN",
    "END": "END",
    "FAIL": "FAIL",
    "REQUEUE": "REQUEUE",
    "INVALID_DEPEND": "INVALID_DEPENDENCY",
    "STAGE_OUT": "STAGE_OUT",
    "ARRAY_TASKS": "ARRAY_TASKS",
    "TIME_LIMIT": "TIME=100%",
    "TIME_LIMIT_90": "TIME=90%",
    "TIME_LIMIT_80": "TIME=80%",
    "TIME_LIMIT_50": "TIME=50%",
}
_ALL = ("BEGIN", "END", "FAIL", "REQUEUE", "INVALID_DEPEND", "STAGE_OUT")
_SIGNAL = re.compile(r"(?:([RB]+):)?([A-Za-z]+\d?|\d{1,2})(?:@(\d{1,5}))?")
_DEFAULT_DELAY_S = 60


def mail_events(option: Option) -> list[str]:
    """`END,FAIL` -> what slurmrestd calls them.

    Raises:
        Refusal: There is no such event.
    """
    found: list[str] = []
    for word in option.value.upper().split(","):
        if word == "ALL":
            found += [_EVENTS[event] for event in _ALL]
        elif word in _EVENTS:
            found.append(_EVENTS[word])
        elif word != "NONE":
            raise option.refused(f"there is no event {word}")
    return found


def warning(option: Option) -> dict[str, Any]:
    """`B:USR1@120` -> signal, seconds before the end, and who gets it.

    Raises:
        Refusal: It is no signal.
    """
    letters, name, seconds = _signal(option)
    who = {"B": "BATCH_JOB", "R": "RESERVATION_JOB"}
    return {
        "kill_warning_signal": name,
        "kill_warning_delay": {"set": True, "infinite": False, "number": seconds},
        "kill_warning_flags": [who[letter] for letter in letters],
    }


def old_signal(option: Option) -> str:
    """As people write it; `B:` is sbatch's alone there.

    Raises:
        Refusal: It is no signal, or for the batch shell.
    """
    letters, _, _ = _signal(option)
    if "B" in letters:
        raise option.refused("the Slurm of the other side is too old for B:")
    return option.value


def _signal(option: Option) -> tuple[str, str, int]:
    found = _SIGNAL.fullmatch(option.value)
    name = found[2].upper().replace("SIG", "") if found else ""
    known = name.isdigit() or f"SIG{name}" in signal.Signals.__members__
    if found is None or not known:
        raise option.refused("is no signal: write USR1@120 or B:USR1@120")
    return found[1] or "", name, int(found[3] or _DEFAULT_DELAY_S)
