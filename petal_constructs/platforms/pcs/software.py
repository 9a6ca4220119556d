"""Seed -> how pods get the software that comes in images."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from petal_constructs.plan.image_list import ListedImage, listed
from petal_constructs.plan.images import Image, Shown, images, shown_images
from petal_constructs.plan.pulled_images import PulledImage, pulled_images
from petal_constructs.plan.registry import caches
from petal_constructs.render.pod_images import SOFTWARE_FOLDER
from petal_constructs.seed.compute import Queue
from petal_constructs.seed.lock import Locked
from petal_constructs.seed.model import Seed

LOGIN_MACHINE: Final = "x86_64"
"""Of the system nodes, where the login pod runs."""


@dataclass(frozen=True, slots=True)
class MountedImage:
    """An image that petal built, whose folder pods see as it is."""

    name: str
    reference: str
    """With its digest."""
    folder: str
    """Where its software lies, in the image and in pods: `/opt/petal/<name>`."""
    machines: tuple[str, ...]
    """It was pushed for, as `uname -m` says them."""


@dataclass(frozen=True, slots=True)
class Software:
    """The images of a seed; none by default."""

    mounted: tuple[MountedImage, ...] = ()
    """Petal built and pushed them: the kubelet mounts them."""
    pulled: tuple[PulledImage, ...] = ()
    """Others with modules: the pod `petal-images` makes files of them, for jobs. What no module
    leads to is left to pyxis."""
    waiting: tuple[str, ...] = ()
    """Names of those that petal builds and nobody pushed yet."""
    slurmd: tuple[tuple[str, MountedImage], ...] = ()
    """Queues whose pods run an image of petal's in place of Slurm's own, and that."""
    shown: Shown = ()
    """Queues whose jobs see some of `names` alone."""
    listed: tuple[ListedImage, ...] = ()
    """All of them, for people."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the images that pods get."""
        own = dict.fromkeys(image.name for _, image in self.slurmd)
        return (*(i.name for i in self.mounted), *(i.name for i in self.pulled), *own)

    @property
    def trees(self) -> dict[str, str]:
        """Folder of each in pods."""
        pulled = {image.name: f"{SOFTWARE_FOLDER}/containers/{image.name}" for image in self.pulled}
        own = {image.name: image.folder for _, image in self.slurmd}
        return {image.name: image.folder for image in self.mounted} | pulled | own

    @property
    def in_ecr(self) -> bool:
        """Whether the pod that pulls needs passwords of Amazon ECR."""
        return any(image.repository for image in self.pulled)

    def mounted_for(self, queue: str) -> tuple[MountedImage, ...]:
        """What jobs of a queue use."""
        return tuple(image for image in self.mounted if image.name in self._shown_in(queue))

    def slurmd_of(self, queue: str, machine: str) -> str | None:
        """What pods of a queue run in place of Slurm's own image, if there is one for a machine."""
        image = dict(self.slurmd).get(queue)
        return image.reference if image and machine in image.machines else None

    def pulled_for(self, queue: str) -> tuple[str, ...]:
        """Names of the others that jobs of a queue use."""
        return tuple(i.name for i in self.pulled if i.name in self._shown_in(queue))

    def within(self, queues: Collection[str], others: Iterable[str]) -> Software:
        """What one of several Slurms has: all but images that queues of others alone use."""
        mine = {name for queue in queues for name in self._shown_in(queue)}
        apart = {name for queue in others for name in self._shown_in(queue)} - mine
        return replace(
            self,
            mounted=tuple(image for image in self.mounted if image.name not in apart),
            pulled=tuple(image for image in self.pulled if image.name not in apart),
            slurmd=tuple(each for each in self.slurmd if each[0] in queues),
            shown=tuple(each for each in self.shown if each[0] in queues),
        )

    def _shown_in(self, queue: str) -> tuple[str, ...]:
        return dict(self.shown).get(queue, self.names)


NO_SOFTWARE: Final = Software()


def plan_software(seed: Seed, platform: str) -> Software:
    """All images of one platform."""
    found = images(seed, platform)
    software = Software(
        mounted=tuple(
            _mounted(i, i.locked) for i in found if i.built and i.locked and not i.slurmd
        ),
        pulled=pulled_images(
            (i for i in found if i.modules and not (i.slurmd or (i.built and i.locked))),
            (cache.prefix for cache in caches(seed)),
        ),
        waiting=tuple(image.name for image in found if image.waits),
        slurmd=tuple(_slurmd(seed.parts[platform].queues, found)),
        listed=listed(seed, found),
    )
    return replace(software, shown=shown_images(seed.parts[platform].queues, software.names))


def _slurmd(queues: Iterable[Queue], found: Iterable[Image]) -> Iterator[tuple[str, MountedImage]]:
    pushed = {i.name: _mounted(i, i.locked) for i in found if i.slurmd and i.locked}
    for queue in queues:
        if queue.slurmd_image in pushed:
            yield queue.name, pushed[queue.slurmd_image]


def _mounted(image: Image, locked: Locked) -> MountedImage:
    return MountedImage(image.name, locked.reference, image.folder, tuple(sorted(locked.machines)))
