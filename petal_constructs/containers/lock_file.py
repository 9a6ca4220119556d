"""Writing `petal.lock.yaml`: wholly, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from petal_constructs.errors import UsageError
from petal_constructs.plan.images import Image
from petal_constructs.seed.lock import NAME, Lock, Locked, key, read_lock


def write_lock(folder: Path, lock: Lock) -> Path:
    """Put a lock in place of the folder's earlier one, in one step.

    Raises:
        UsageError: It cannot be written; the earlier one stays.
    """
    file = folder / NAME
    try:
        descriptor, new = tempfile.mkstemp(dir=folder, prefix=f".{NAME}-")
    except OSError as error:
        raise _not_written(file, error) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(lock.text)
            opened.flush()
            os.fsync(opened.fileno())
            os.fchmod(opened.fileno(), _mode(file))
        Path(new).replace(file)
    except OSError as error:
        raise _not_written(file, error) from None
    finally:
        Path(new).unlink(missing_ok=True)
    return file


def add_to_lock(folder: Path, cluster: str, done: Iterable[tuple[Image, Locked]]) -> Path:
    """Write down images of a cluster beside what the folder's lock says already.

    Raises:
        UsageError: The lock cannot be read or written.
    """
    now = {key(cluster, image.name): locked for image, locked in done}
    return write_lock(folder, Lock({**read_lock(folder).images, **now}))


def _mode(file: Path) -> int:
    """Rights of the earlier file, else what the user's umask leaves of everybody's."""
    if file.exists():
        return file.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _not_written(file: Path, error: OSError) -> UsageError:
    why = (error.strerror or str(error)).lower()
    return UsageError(
        f"{file}: cannot be written: {why}\n"
        "hint: make room or change its rights, and run the same again: images that are in the "
        "registry are not pushed twice"
    )
