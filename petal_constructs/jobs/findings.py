"""What was found out about a job script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """Whether a script runs; a later one outweighs those before it."""

    UNCHANGED = "runs unchanged"
    CHANGE = "runs with this change"
    CANNOT = "cannot run"


_WEIGHT = {verdict: weight for weight, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a script. Both count from 1; column 0 is the whole line, line 0 the whole file."""

    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a script on one platform."""

    code: str
    """Stable name, such as `J111`."""
    verdict: Verdict
    """What it means for the job: `UNCHANGED` is a note, a `CHANGE` is what the hint says."""
    message: str
    hint: str = ""
    spot: Spot = Spot()

    @property
    def stops(self) -> bool:
        """Whether the script as it is does not do its work."""
        return self.verdict is not Verdict.UNCHANGED

    @property
    def level(self) -> str:
        """`error` or `note`."""
        return "error" if self.stops else "note"

    def to_json(self) -> dict[str, Any]:
        """Plain values for programs."""
        return {
            "code": self.code,
            "verdict": self.verdict.name.lower(),
            "message": self.message,
            "hint": self.hint,
            "line": self.spot.line or None,
            "column": self.spot.column or None,
        }


def worst(findings: Iterable[Finding]) -> Verdict:
    """What they mean together."""
    verdicts = (finding.verdict for finding in findings)
    return max(verdicts, key=_WEIGHT.__getitem__, default=Verdict.UNCHANGED)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By place, without repetition."""
    found = dict.fromkeys(findings)
    return tuple(sorted(found, key=lambda each: (each.spot.line, each.spot.column)))


def note(code: str, message: str, hint: str = "", spot: Spot = Spot()) -> Finding:
    """Something to know of a script that runs."""
    return Finding(code, Verdict.UNCHANGED, message, hint, spot)


def change(code: str, message: str, hint: str, spot: Spot = Spot()) -> Finding:
    """Something that the script's owner can mend."""
    return Finding(code, Verdict.CHANGE, message, hint, spot)


def cannot(code: str, message: str, hint: str = "", spot: Spot = Spot()) -> Finding:
    """Something that no change of the script mends."""
    return Finding(code, Verdict.CANNOT, message, hint, spot)
