"""Write the catalog's names of Spack's packages from a clone of spack-packages.

    python tools/refresh_spack_packages.py CLONE v2026.10.0 2026-11-23

The clone may be bare. The second argument is a tag, a branch or a commit of it, the third the date
of today; a fourth one names another file. Names of the release that `catalog/versions.toml` pins
make an unknown package an error; others make it a warning. Review the diff before you commit it.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parents[1] / "petal_constructs/catalog/spack_packages.tsv"
REPOSITORY: Final = "repos/spack_repo/builtin"
PACKAGES: Final = f"{REPOSITORY}/packages/"
COMPILERS: Final = {
    "arm": "acfl",
    "clang": "llvm",
    "intel": "intel-oneapi-compilers-classic",
    "oneapi": "intel-oneapi-compilers",
    "rocmcc": "llvm-amdgpu",
}
"""What may stand after a `%` for a compiler -> its package; source: spack v1.2,
lib/spack/spack/aliases.py."""


def git(clone: Path, *arguments: str) -> str:
    """What git says of the clone."""
    command = ["git", "-C", str(clone), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def packages(clone: Path, revision: str) -> Iterator[str]:
    """Names of all packages, as specs say them."""
    for path in git(clone, "ls-tree", "-r", "--name-only", revision, PACKAGES).splitlines():
        folder, _, file = path.removeprefix(PACKAGES).partition("/")
        if file == "package.py":
            yield folder.removeprefix("_").replace("_", "-")


def virtuals(clone: Path, revision: str) -> Iterator[str]:
    """Names that packages provide, such as `mpi`."""
    found = git(clone, "grep", "-l", "-E", r"\bprovides\(", revision, "--", f"{REPOSITORY}/*.py")
    for place in found.splitlines():
        yield from provides(git(clone, "show", place))


def provides(recipe: str) -> Iterator[str]:
    """Names in the calls of `provides` of a recipe; what is computed is read up to that."""
    for node in ast.walk(ast.parse(recipe)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "provides":
            for argument in node.args:
                first = _first(argument)
                text = first.value if isinstance(first, ast.Constant) else ""
                yield from re.findall(r"^[a-z][a-z0-9_-]*", str(text))


def _first(node: ast.expr) -> ast.expr:
    """The first part of `"pil@" + version` or `f"libllvm@{version}"`."""
    while isinstance(node, ast.BinOp | ast.JoinedStr):
        node = node.left if isinstance(node, ast.BinOp) else node.values[0]
    return node


def text(clone: Path, revision: str, as_of: str) -> str:
    """The file."""
    commit, date = git(clone, "log", "-1", "--format=%H %cs", revision).split()
    provided = sorted(set(virtuals(clone, revision)))
    head = {
        "source": f"github.com/spack/spack-packages at {commit}, {REPOSITORY}",
        "as_of": as_of,
        "date": date,
        "release": revision if re.fullmatch(r"v[0-9.]+", revision) else "none",
        "virtual": " ".join(provided),
        "compilers": " ".join(f"{name}={package}" for name, package in COMPILERS.items()),
        "written by": "tools/refresh_spack_packages.py; do not edit",
    }
    names = sorted(set(packages(clone, revision)) - set(provided))
    return "\n".join([*(f"# {key}: {value}" for key, value in head.items()), "name", *names, ""])


def main(clone: Path, revision: str, as_of: str, file: Path = FILE) -> None:
    """Write the file."""
    file.write_text(text(clone, revision, as_of), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:4], *map(Path, sys.argv[4:]))
