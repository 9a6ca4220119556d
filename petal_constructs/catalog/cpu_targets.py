"""Processors that software is built for, and which instance types run what.

Example:
    >>> from petal_constructs.catalog.cpu_targets import TARGETS
    >>> TARGETS.runs("m7i.large", "x86_64_v4")
    True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("cpu_targets.toml")
MACHINES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Architecture, as EC2 says it -> as `uname -m` does."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Targets by archspec's names, as Spack has them."""

    source: str
    as_of: str
    ancestors: Mapping[str, tuple[str, ...]]
    """Target -> what else its processor runs."""
    architectures: Mapping[str, str]
    """Target -> `x86_64` or `arm64`."""
    families: Mapping[str, str]
    """Family of instance types, such as `m7i` -> its processor."""

    def of(self, architecture: str) -> tuple[str, ...]:
        """Every target of an architecture, general ones first."""
        return tuple(name for name, its in self.architectures.items() if its == architecture)

    def processor(self, instance_type: str) -> str | None:
        """Its processor; None where AWS does not name it."""
        return self.families.get(instance_type.partition(".")[0])

    def runs(self, instance_type: str, target: str) -> bool | None:
        """Whether it runs what is built for the target; None where its processor is not known."""
        processor = self.processor(instance_type)
        if processor is None:
            return None
        return target in (processor, *self.ancestors[processor])

    def best(self, instance_types: Iterable[str]) -> str | None:
        """The most special target that all of them run; None if any processor is not known."""
        processors = {self.processor(name) for name in instance_types}
        if not processors or None in processors:
            return None
        common = [t for t in self.ancestors if all(self._has(p, t) for p in processors)]
        return max(common, key=lambda target: len(self.ancestors[target]), default=None)

    def _has(self, processor: str | None, target: str) -> bool:
        return processor is not None and target in (processor, *self.ancestors[processor])


@lru_cache
def _targets() -> Targets:
    table = read_toml(_FILE)
    rows = [(a, t, up) for a, targets in table["targets"].items() for t, up in targets.items()]
    return Targets(
        source=table["source"],
        as_of=table["as_of"],
        ancestors={target: tuple(up) for _, target, up in rows},
        architectures={target: architecture for architecture, target, _ in rows},
        families={f: cpu for cpu, families in table["families"].items() for f in families},
    )


TARGETS: Targets

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Targets:
        """Read the file when `TARGETS` is first asked for (PEP 562)."""
        if name == "TARGETS":
            return _targets()
        raise AttributeError(name)
