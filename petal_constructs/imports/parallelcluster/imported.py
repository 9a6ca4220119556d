"""What an import gives: the seed, and the report that goes with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

from petal_constructs.errors import Problem
from petal_constructs.imports.parallelcluster.comments import head
from petal_constructs.imports.parallelcluster.ledger import Entry
from petal_constructs.imports.parallelcluster.writing import seed_text

_NOTES: Final = {
    "cluster.custom_ami": "made by pcluster build-image of petal's own version, or build it anew",
    "cluster.resource_prefix": "a path lies below /parallelcluster/, unless provider: is named too",
    "data.shared": "file systems with an id are those of before; others are made new, and empty",
    "data.s3_mounts": "nodes had rights to these buckets; petal mounts them",
    "network.public_subnets": "the head node stands here and has an address of its own",
    "network.private_subnets": "the first is for queues that name none, and for what petal makes",
    "accounting": "a new database: the job records of before stay where they are",
}


@dataclass(frozen=True)
class Imported:
    """A seed, and what became of each value of the file it was made from."""

    file: str
    sections: dict[str, Any]
    """The seed as plain values."""
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    """What petal says about the seed; errors are left for a person."""
    open_problems: tuple[Problem, ...]
    """Its errors, without those that the missing VPC alone brings."""

    @cached_property
    def text(self) -> str:
        """The seed with its comments, without its last line end."""
        comments = head(self.file, self.entries, self.open_problems)
        return f"{comments}\n\n{seed_text(self.sections, self._notes)}"

    @property
    def _notes(self) -> dict[str, str]:
        """Comments at keys of the seed."""
        usual = "ParallelCluster's default, which is not petal's"
        strategies = {
            f"compute.queues[{number}].allocation_strategy": usual
            for number, queue in enumerate(self.sections.get("compute", {}).get("queues", ()))
            if queue.get("allocation_strategy")
        }
        kept = {entry.seed for entry in self.entries if entry.fate == "kept"}
        return _NOTES | {path: note for path, note in strategies.items() if path not in kept}

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the seed from being built as it is."""
        return tuple(problem for problem in self.problems if problem.is_error)

    @property
    def counts(self) -> dict[str, int]:
        """Fate -> number of values and remarks that have it; those that are told of alone."""
        fates = [entry.fate for entry in self.entries]
        return {fate: fates.count(fate) for fate in ("changed", "lost", "decide")}

    def to_json(self) -> dict[str, Any]:
        """Seed and report for programs, without the problems."""
        return {
            "file": self.file,
            "seed": f"{self.text}\n",
            "values": [asdict(entry) for entry in self.entries],
        }
