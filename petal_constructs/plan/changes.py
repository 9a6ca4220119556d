"""What a changed seed means for the cluster that runs: values shared by all platforms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from petal_constructs.plan.values import SharedFolder, User

IF_ALLOWED: Final = "with its data, if the cluster was last deployed with --destroy-data"


class Consequence(StrEnum):
    """What a change does to a running cluster, from harmless to impossible."""

    LIVE = "live"
    """Jobs run on, nodes stay."""
    DRAIN = "drain"
    """Nodes end their jobs and are replaced."""
    STOP = "stop"
    """Accepted only while no compute node runs, or none of the login nodes concerned."""
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
    """What becomes of the file systems that petal's own stack makes.

    CloudFormation knows one by its name and its type, so another of either is another file system.
    FSx for Lustre grows but does not shrink, and links a folder to one bucket alone (FSx for Lustre
    User Guide, managing storage capacity; CloudFormation, AWS::FSx::DataRepositoryAssociation).
    """
    stay = {(folder.name, folder.kind): folder for folder in new}
    for folder in old:
        part = f"file system {folder.name}"
        kept = stay.get((folder.name, folder.kind))
        if kept is None:
            yield _gone(folder, part)
        elif (kept.size_gib or 0) < (folder.size_gib or 0):
            yield Effect(part, Consequence.REFUSED, f"{folder.name} can grow, but not shrink")
        elif folder.import_from and folder.import_from != kept.import_from:
            why = f"{folder.name} stays linked to its bucket: make another file system"
            yield Effect(part, Consequence.REFUSED, why)


def _gone(folder: SharedFolder, part: str) -> Effect:
    if folder.keep:
        why = f"the cluster lets go of {folder.name}: it stays in the account, with its data"
        return Effect(part, Consequence.REPLACE, why)
    return Effect(part, Consequence.DATA_LOSS, f"{folder.name} is deleted {IF_ALLOWED}")


def id_effects(old: Sequence[User], new: Sequence[User]) -> Iterator[Effect]:
    """Accounts keep their ids (`templates/node/steps/10-users.sh`), for files carry them."""
    before = {user.name: (user.uid, user.gid) for user in old}
    for user in new:
        if before.get(user.name, (user.uid, user.gid)) != (user.uid, user.gid):
            why = "nodes refuse it, since files keep the old ids: make a user of another name"
            yield Effect(f"ids of {user.name}", Consequence.REFUSED, why)


def record_effects(*, old: bool, new: bool) -> Iterator[Effect]:
    """What becomes of job records, where a plan has them or not."""
    if old and not new:
        why = "the database of job records is deleted; its last snapshot stays"
        yield Effect("job records", Consequence.REPLACE, why)
