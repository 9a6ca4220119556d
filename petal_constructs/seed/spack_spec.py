"""What a Spack spec says of the package itself: its name, its version, and the rest.

Grammar: Spack's documentation, "Spec syntax", v1.2, 2026-11-22. Only the first node counts;
what stands behind it (`%gcc@14`, `^openmpi`) is about other packages and stays text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NODE: Final = re.compile(
    r"(?:[a-z][a-z0-9_]*\.)?(?P<name>[a-z0-9_][a-z0-9_-]*)"
    r"(?P<at>@=?)?(?P<versions>(?(at)[A-Za-z0-9_:][A-Za-z0-9_.:,=-]*))(?P<rest>.*)",
    re.DOTALL,
)
_OTHER: Final = re.compile(r"(?P<sigil>[%^]) *(?:[a-z][a-z0-9_]*\.)?(?P<name>[a-z0-9_][a-z0-9_-]*)")
_ONE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class SpackSpec:
    """A spec, taken apart."""

    text: str
    """As written."""
    name: str
    versions: str
    """Behind the `@` or `@=`: a version, a range or a list; empty for any."""
    rest: str
    """Variants, compiler, dependencies, as written."""

    @property
    def version(self) -> str | None:
        """The one version that users expect in the module's name; None where any will do."""
        return self.versions if _ONE.fullmatch(self.versions) else None

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """Packages that it is built with or depends on: `%` or `^`, and the name."""
        return tuple(_OTHER.findall(self.rest))

    @property
    def module(self) -> str:
        """What users load: `samtools/1.17`, or `samtools` alone."""
        return f"{self.name}/{self.version}" if self.version else self.name


def parse(text: str) -> SpackSpec:
    """Take a spec apart.

    Raises:
        ValueError: It does not start with the name of a package.
    """
    text = text.strip()
    found = _NODE.fullmatch(text)
    if found is None:
        msg = f"{text!r} does not start with the name of a Spack package"
        raise ValueError(msg)
    return SpackSpec(text, found["name"], found["versions"], found["rest"])
