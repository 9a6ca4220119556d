"""What a changed seed means for the cluster that runs: values shared by all platforms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from petal_constructs.plan.values import SharedFolder


class Consequence(StrEnum):
    """What a change does to a running cluster, from harmless to impossible."""

    LIVE = "live"
    """Jobs run on, nodes stay."""
    DRAIN = "drain"
    """Nodes end their jobs and are replaced."""
    STOP = "stop"
    """Accepted only while no compute node runs."""
    REPLACE = "replace"
    """Something new and empty is made in place of the old; the old data stays."""
    DATA_LOSS = "data-loss"
    """Data is deleted."""
    REFUSED = "refused"
    """It does not happen: the deployment fails, or nodes keep what they have."""

    @property
    def severity(self) -> int:
        """Place in the list above."""
        return list(Consequence).index(self)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing in the cluster that changes."""

    part: str
    """What changes, unique in a comparison: `Scheduling.SlurmQueues[compute].CapacityType`."""
    consequence: Consequence
    why: str
    """What happens, for a person, lower case and without final full stop."""


def worst(effects: Iterable[Effect]) -> Effect | None:
    """The effect that matters most; None where there is none."""
    return max(effects, key=lambda effect: effect.consequence.severity, default=None)


def folder_effects(old: Sequence[SharedFolder], new: Sequence[SharedFolder]) -> Iterator[Effect]:
    """What becomes of file systems that petal's own stack made.

    Its id follows from the name, and its type cannot change: another one of either is another file
    system. An existing one, named by id, is nobody's to delete.
    """
    stay = {(folder.name, folder.kind) for folder in new if folder.id is None}
    for folder in old:
        if folder.id is None and (folder.name, folder.kind) not in stay:
            part = f"file system {folder.name}"
            if folder.keep:
                why = (
                    f"the cluster lets go of {folder.name}: it stays in the account, with its data"
                )
                yield Effect(part, Consequence.REPLACE, why)
            else:
                why = f"{folder.name} is deleted with its data, since keep is false"
                yield Effect(part, Consequence.DATA_LOSS, why)
