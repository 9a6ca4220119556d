"""Homes of a hybrid cluster: on EFS, since both sides must reach them."""

from __future__ import annotations

from typing import Final

from petal_constructs.platforms.seed_rules import HOME
from petal_constructs.seed.data import SharedStorage
from petal_constructs.seed.model import Seed

# Not validated: no name of a seed may have a capital letter, so that this one is always free.
_HOMES: Final = SharedStorage.model_construct(name="Home", type="efs", mount_point=HOME)


def with_homes(seed: Seed) -> Seed:
    """The seed with a file system for /home behind its own ones, unless it has one."""
    shared = seed.data.shared
    if any(folder.mount_point == HOME for folder in shared):
        return seed
    data = seed.data.model_copy(update={"shared": (*shared, _HOMES)})
    return seed.model_copy(update={"data": data})
