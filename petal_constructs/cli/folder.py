"""The output folder: what petal wrote is replaced, what others wrote there is never touched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from petal_constructs.cli.output import cannot_write
from petal_constructs.errors import UsageError

LISTING: Final = ".petal.json"
"""Names what petal wrote into the folder; its presence says that the folder is petal's."""


@contextmanager
def new_content(folder: Path, *, whole: str) -> Iterator[Path]:
    """A temporary folder beside the output folder, whose files move there if all goes well.

    Files that petal wrote earlier and that are not there any more are removed.

    Args:
        folder: The output folder; it is made.
        whole: Subfolder that is replaced as one, with all that is in it.

    Raises:
        UsageError: The folder holds something that petal did not write, or cannot be written.
    """
    try:
        earlier = _written_earlier(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
            new, old = Path(made, "new"), Path(made, "old")
            new.mkdir()
            yield new
            names = _entries(new, whole)
            _refuse_to_replace(folder, names - earlier)
            with _uninterrupted():
                _move(earlier, folder, old)
                _move(names, new, folder)
                _remove_empty_folders(folder, earlier - names)
                listing = json.dumps({"written": sorted(names)}, indent=2)
                Path(folder, LISTING).write_text(f"{listing}\n", encoding="utf-8")
    except OSError as error:
        raise cannot_write(folder, error) from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until all files are moved: half of them are no output."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _written_earlier(folder: Path) -> frozenset[str]:
    """Relative paths of what petal wrote."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return frozenset()
    if not folder.is_dir():
        raise UsageError(f"{folder}: not a folder\nhint: name another one with -o")
    try:
        names = json.loads(Path(folder, LISTING).read_text("utf-8"))["written"]
        return frozenset(name for name in names if _lies_inside(name))
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{folder}: holds files that petal did not write\n"
            "hint: name an empty folder with -o, or one that does not exist"
        ) from None


def _lies_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _entries(new: Path, whole: str) -> frozenset[str]:
    paths = (path.relative_to(new) for path in new.rglob("*") if path.is_file())
    return frozenset(whole if path.parts[0] == whole else path.as_posix() for path in paths)


def _refuse_to_replace(folder: Path, added: frozenset[str]) -> None:
    for name in sorted(added):
        if os.path.lexists(folder / name):
            raise UsageError(
                f"{folder / name}: petal did not write this and would have to replace it\n"
                "hint: move it away, or name another folder with -o"
            )


def _move(names: frozenset[str], source: Path, target: Path) -> None:
    for name in names:
        if os.path.lexists(source / name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(source / name, target / name)


def _remove_empty_folders(folder: Path, removed: frozenset[str]) -> None:
    for name in removed:
        for parent in (folder / name).parents:
            if parent == folder or not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()
