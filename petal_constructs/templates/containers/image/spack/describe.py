"""describe.py TREE GROUPS: what Spack installed, as the files that users' commands are made from.

TREE/packages.tsv  module, version that was asked for or -, version that came of it, spec
TREE/commands.tsv  module, version, command, path of the program
TREE/env/MODULE/VERSION  what `spack load` would set, as shell

What was only needed to build it is removed.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

THERE = "/petal-what-was-there"
EXPORT = re.compile(r"^export ([A-Za-z_][A-Za-z0-9_]*)=(.*?);?$", re.MULTILINE)
NAME = re.compile(r"(?:[a-z][a-z0-9_]*\.)?([a-z0-9_][a-z0-9_-]*)")
BASE = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


class Package(NamedTuple):
    """A package that the seed asks for."""

    name: str
    asked: str
    version: str
    spec: str
    digest: str
    """Spack's hash of what came of it."""


def spack(*arguments: str, env: Mapping[str, str] | None = None) -> str:
    """What Spack says; it raises where Spack fails."""
    run = subprocess.run(  # noqa: S603  # no shell
        ["spack", *arguments],  # noqa: S607  # setup.sh put it on PATH
        env=env,
        check=True,
        stdout=subprocess.PIPE,
    )
    return run.stdout.decode()


def of_group(group: Path) -> Iterator[Package]:
    """The packages of one layer; a compiler's has none."""
    rows = [line.split("\t") for line in (group / "packages.tsv").read_text().splitlines()]
    lock = json.loads((group / "spack.lock").read_text())
    roots = [(NAME.match(root["spec"]), root["hash"]) for root in lock["roots"]]
    for name, asked, spec in rows:
        place = next(i for i, (found, _) in enumerate(roots) if found and found[1] == name)
        _, digest = roots.pop(place)
        version = str(lock["concrete_specs"][digest]["version"])
        yield Package(name, asked, version, spec, digest)


def keep(packages: list[Package]) -> None:
    """Remove all that they do not need to run."""
    spack("mark", "--all", "--implicit")
    spack("mark", "--explicit", *(f"/{package.digest}" for package in packages))
    spack("gc", "--yes-to-all")


def loaded(digest: str, before: Mapping[str, str]) -> dict[str, str]:
    """What `spack load` sets in an environment."""
    text = spack("load", "--sh", f"/{digest}", env=before)
    values = {name: "".join(shlex.split(value)) for name, value in EXPORT.findall(text)}
    return {name: value for name, value in values.items() if not name.startswith("SPACK_")}


def environment(digest: str) -> Iterator[str]:
    """Lines of shell that set the same later, whatever the variables then hold."""
    was = dict.fromkeys(loaded(digest, BASE), THERE) | BASE
    for name, value in loaded(digest, was).items():
        yield f"export {name}={_now(name, value.replace(was.get(name, THERE), THERE))}\n"


def _now(name: str, value: str) -> str:
    first, there, last = value.partition(THERE)
    if not there:
        return shlex.quote(value)
    before, after = first.rstrip(":"), last.lstrip(":")
    if not before:
        return f'"${{{name}:+${name}:}}"{shlex.quote(after)}'
    return shlex.quote(before) + f'"${{{name}:+:${name}}}"' + shlex.quote(last)


def commands(package: Package) -> Iterator[Path]:
    """Programs that a package brings."""
    prefix = Path(spack("location", "--install-dir", f"/{package.digest}").strip())
    for path in sorted((prefix / "bin").glob("*")):
        if path.is_file() and os.access(path, os.X_OK):
            yield path


def main(tree: Path, groups: Path) -> None:
    """Write all files below the tree."""
    folders = sorted(path for path in groups.iterdir() if path.is_dir())
    packages = [package for folder in folders for package in of_group(folder)]
    keep(packages)
    with (tree / "packages.tsv").open("w") as table:
        for name, asked, version, spec, _ in packages:
            print(name, asked, version, spec, sep="\t", file=table)
    with (tree / "commands.tsv").open("w") as table:
        for package in {(p.name, p.version): p for p in reversed(packages)}.values():
            file = tree / "env" / package.name / package.version
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(environment(package.digest)))
            for path in commands(package):
                print(package.name, package.version, path.name, path, sep="\t", file=table)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
