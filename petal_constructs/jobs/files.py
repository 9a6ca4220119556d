"""Files and folders that somebody named -> job scripts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.errors import UsageError

_SUFFIXES: Final = (".sh", ".sbatch", ".slurm")
_HEAD: Final = 65_536
"""Bytes of a file of another name that are searched for an #SBATCH line."""


def job_files(paths: Iterable[Path]) -> list[Path]:
    """Files as named; of folders those that look like job scripts, without hidden ones.

    Raises:
        UsageError: There is no such file, or it is no file; or a folder holds no script.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(_in_folder(path))
            if not inside:
                raise UsageError(
                    f"{path}: holds no job script\n"
                    f"hint: they end in {', '.join(_SUFFIXES)}, or have an #SBATCH line"
                )
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            what = "is no file" if path.exists() else "no such file"
            raise UsageError(f"{path}: {what}\nhint: name job scripts, or folders of them")
    return list(dict.fromkeys(found))


def read_bytes(path: Path) -> bytes:
    """A script, or a little more of it than Slurm takes.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(facts().limits.script_bytes + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _in_folder(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(root) / name
            if not name.startswith(".") and path.is_file() and _is_script(path):
                yield path


def _is_script(path: Path) -> bool:
    if path.suffix in _SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return head.startswith(b"#!") and b"\n#SBATCH" in head
