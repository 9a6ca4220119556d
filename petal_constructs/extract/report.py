"""What became of all that was found: the section of a seed, and the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from petal_constructs.extract.found import Note, shown
from petal_constructs.extract.names import Answer, Verdict
from petal_constructs.plan.tables import Table
from petal_constructs.seed import spack_spec
from petal_constructs.seed.spack_spec import SpackSpec

_HEAD: Final = """\
# Written by {by}, whose report tells what is not in it, and why.
"""
_UNCHECKED: Final = """\
# Names were not checked: --names takes a list of Spack's packages, or a checkout of spack-packages.
"""


@dataclass(frozen=True, slots=True)
class Package:
    """One entry of the section."""

    spec: str
    answers: tuple[Answer, ...]
    """What it was found as."""

    @property
    def places(self) -> tuple[str, ...]:
        """Where it was found."""
        return tuple(dict.fromkeys(answer.found.where for answer in self.answers))

    @property
    def remark(self) -> str:
        """What to look at; empty for nothing."""
        reasons = (a.reason for a in self.answers if a.spec == self.spec and a.reason)
        return "; ".join(dict.fromkeys(reasons))


@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything that was found, each thing once in `packages`, `not_needed` or `no_package`."""

    packages: tuple[Package, ...]
    not_needed: tuple[Answer, ...]
    no_package: tuple[Answer, ...]
    notes: tuple[Note, ...]
    checked: bool
    """Whether Spack's names were known."""

    def section(self, by: str = "petal extract-software") -> str:
        """The section of a seed, in YAML, without its last line end; `by` is the command."""
        lines = [f"{_HEAD.format(by=by)}{'' if self.checked else _UNCHECKED}software:"]
        lines.append("  spack_packages:" if self.packages else "  spack_packages: []")
        lines += map(_entry, self.packages)
        return "\n".join(lines)

    def tables(self) -> tuple[Table, ...]:
        """The report for people."""
        return tuple(table for table in self._tables() if table.rows)

    def _tables(self) -> Iterator[Table]:
        columns = ("spec", "found as", "where", "remark")
        packages = (
            (package.spec, _name(answer), shown(answer.found.where), answer.reason)
            for package in self.packages
            for answer in package.answers
        )
        unchecked = "" if self.checked else " (names not checked)"
        yield Table(f"packages: {len(self.packages)}{unchecked}", columns, tuple(packages))
        for title, answers in (
            ("no Spack package", self.no_package),
            ("not needed", self.not_needed),
        ):
            rows = ((_name(a), shown(a.found.where), shown(a.reason)) for a in answers)
            yield Table(f"{title}: {len(answers)}", ("found", "where", "why"), tuple(rows))
        notes = ((shown(n.where), shown(n.text), n.hint) for n in self.notes)
        yield Table(
            f"not read, or not sure: {len(self.notes)}", ("where", "what", "hint"), tuple(notes)
        )

    def to_json(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "checked": self.checked,
            "packages": [
                {
                    "spec": package.spec,
                    "found": [_found(answer) for answer in package.answers],
                }
                for package in self.packages
            ],
            "no_package": [_found(answer) for answer in self.no_package],
            "not_needed": [_found(answer) for answer in self.not_needed],
            "notes": [{"where": n.where, "text": n.text, "hint": n.hint} for n in self.notes],
        }


def _entry(package: Package) -> str:
    """A line of the list; a spec such as `hdf5@1.14:` needs quotes, a comment holds any text."""
    spec = yaml.safe_dump([package.spec], width=1000).strip()
    first, *others = package.places
    more = f" and {len(others)} more" if others else ""
    remark = f": {package.remark}" if package.remark else ""
    return f"    {spec}  # {shown(first)}{more}{shown(remark)}"


def _name(answer: Answer) -> str:
    found = answer.found
    return shown(f"{found.kind} {found.name} {found.version}")


def _found(answer: Answer) -> dict[str, str]:
    found = answer.found
    return {
        "kind": found.kind,
        "name": found.name,
        "version": found.version,
        "where": found.where,
        "reason": answer.reason,
    }


def extraction(answers: Sequence[Answer], notes: Iterable[Note], *, checked: bool) -> Extraction:
    """Sort what was found, and lay together what means the same package."""
    return Extraction(
        packages=_merged([a for a in answers if a.verdict == "package"]),
        not_needed=_of(answers, "not-needed"),
        no_package=_of(answers, "no-package"),
        notes=tuple(dict.fromkeys(notes)),
        checked=checked,
    )


def _of(answers: Iterable[Answer], verdict: Verdict) -> tuple[Answer, ...]:
    return tuple(dict.fromkeys(answer for answer in answers if answer.verdict == verdict))


@dataclass(slots=True)
class _Same:
    """What means one package, while it is laid together."""

    spec: str
    written: bool
    """Whether somebody wrote this spec, which is then kept as it is."""
    answers: dict[Answer, None] = field(default_factory=dict)


def _merged(answers: Sequence[Answer]) -> tuple[Package, ...]:
    """Specs that somebody wrote, all of them, then what else there is and they do not cover."""
    packages: dict[str, dict[str, _Same]] = {}
    written = [a for a in answers if a.found.kind == "spack"]
    for answer in (*written, *(a for a in answers if a.found.kind != "spack")):
        _join(packages.setdefault(spack_spec.parse(answer.spec).name, {}), answer)
    return tuple(
        Package(same.spec, tuple(same.answers))
        for group in packages.values()
        for same in group.values()
    )


def _join(group: dict[str, _Same], answer: Answer) -> None:
    """Add what was found to the package that it is, or as one more; the key is its first spec."""
    written = answer.found.kind == "spack"
    for same in () if written or _is(group, answer) else group.values():
        if spec := _common(same, answer):
            same.spec = spec
            same.answers[answer] = None
            return
    same = group.setdefault(answer.spec, _Same(answer.spec, written))
    same.answers[answer] = None


def _is(group: dict[str, _Same], answer: Answer) -> bool:
    """Whether a package has just this spec."""
    return answer.spec in group and group[answer.spec].spec == answer.spec


def _common(same: _Same, answer: Answer) -> str:
    """The spec of both; empty where they are two."""
    kept, new = spack_spec.parse(same.spec), spack_spec.parse(answer.spec)
    if same.written and not kept.versions and new.versions:
        return same.spec if answer.found.kind == "spack-installed" else ""
    if _covers(kept, new):
        return same.spec if same.written or kept.rest else answer.spec
    return same.spec if _covers(new, kept) and not new.rest else ""


def _covers(wide: SpackSpec, narrow: SpackSpec) -> bool:
    """Whether one who asked for the first is served by the second."""
    if not wide.versions or wide.versions == narrow.versions:
        return True
    return bool(wide.version) and narrow.versions.startswith(f"{wide.version}.")
