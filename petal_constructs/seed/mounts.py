"""Rules for the folders in which data appears."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed


def mount_points(seed: Seed) -> list[tuple[str, str]]:
    """Path in the seed and mount point, for everything that is mounted."""
    s3 = [(f"data.s3_mounts[{i}]", m.mount_point) for i, m in enumerate(seed.data.s3_mounts)]
    shared = [(f"data.shared[{i}]", m.mount_point) for i, m in enumerate(seed.data.shared)]
    return [(f"{path}.mount_point", folder) for path, folder in s3 + shared]


def check_mounts(seed: Seed) -> Iterator[Problem]:
    """Each mount point is its own folder, and none hides another."""
    mounts = mount_points(seed)
    for index, (path, folder) in enumerate(mounts):
        for other_path, other in mounts[:index]:
            if folder == other:
                hint = "give each mount a folder of its own"
                yield Problem("P204", path, f"{folder} is taken by {other_path}", hint)
            elif inside(folder, other) or inside(other, folder):
                inner, outer = (folder, other) if inside(folder, other) else (other, folder)
                message = f"{inner} lies inside {outer} and would be hidden by it ({other_path})"
                yield Problem("P204", path, message, f"move one of them out of {outer}")
    names = {}
    for index, shared in enumerate(seed.data.shared):
        path = f"data.shared[{index}].name"
        if shared.name in names:
            hint = "each of data.shared needs its own"
            yield Problem("P109", path, f"{shared.name} is taken by {names[shared.name]}", hint)
        names.setdefault(shared.name, path)


def inside(inner: str, outer: str) -> bool:
    """Whether a folder lies below another one."""
    return PurePosixPath(outer) in PurePosixPath(inner).parents
