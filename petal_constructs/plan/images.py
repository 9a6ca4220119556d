"""Seed -> the container images that its software comes in. Shared by all platforms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from petal_constructs.catalog import instance_types, kubernetes, versions
from petal_constructs.catalog.cpu_targets import MACHINES, TARGETS
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.seed.compute import Queue
from petal_constructs.seed.image_names import named_host
from petal_constructs.seed.lock import Locked, key
from petal_constructs.seed.model import Seed
from petal_constructs.seed.software import AUTO, Container
from petal_constructs.seed.spack_spec import SpackSpec, parse

PACKAGES_IMAGE: Final = "software"
"""Name of the image that holds `software.spack_packages` where they come in one."""
ROOT: Final = "/opt/petal"
"""Folder of all images' software, in images and in pods."""


@dataclass(frozen=True, slots=True)
class Image:
    """A container image."""

    name: str
    reference: str | None
    """Where it lies or is pushed to, as the seed says; None for a repository of petal's own."""
    packages: tuple[SpackSpec, ...]
    """What petal builds it from; empty for somebody else's."""
    modules: tuple[str, ...]
    """`name/version` or `name` of what users load from it, without repetition."""
    entrypoint: str | None
    """Program that starts with the container; None for the image's own."""
    targets: tuple[tuple[str, str], ...]
    """Machine, as `uname -m` says it, and the processor that it is built for, by archspec's
    names."""
    efa: bool = False
    """Whether a queue that uses it has Elastic Fabric Adapters."""
    cuda: bool = False
    """Whether a queue that uses it has NVIDIA GPUs."""
    pins: versions.Spack = field(default_factory=lambda: versions.SPACK)
    slurmd: str | None = None
    """Slurm's own image that it starts from: pods of a queue run it as slurmd. Default: none do."""
    locked: Locked | None = None
    """What was pushed of it last; None for an image that never was."""

    @property
    def built(self) -> bool:
        """Whether petal builds it."""
        return bool(self.packages)

    @property
    def made_of(self) -> tuple[str, ...]:
        """What decides its content: specs, and of a queue's slurmd what it starts from."""
        specs = tuple(spec.text for spec in self.packages)
        return (*specs, f"on {self.slurmd}") if self.slurmd else specs

    @property
    def digest(self) -> str | None:
        """Of what was pushed, e.g. `sha256:4f0d...`."""
        return self.locked.digest if self.locked else None

    @property
    def place(self) -> str | None:
        """What nodes pull: what was pushed, else what the seed names; None for nothing.

        An image that petal builds is in no registry that its name does not say: container tools
        would look for a name alone at Docker Hub, and find somebody else's.
        """
        if self.locked:
            return self.locked.reference
        return None if self.built and not named_host(self.reference or "") else self.reference

    @property
    def waits(self) -> bool:
        """Whether it is nowhere to be pulled from until it is pushed."""
        return self.built and (self.place is None or bool(self.slurmd and not self.locked))

    @property
    def folder(self) -> str:
        """Where its software lies: the same in the image, in pods and when it is built."""
        return f"{ROOT}/{self.name}"


def images(seed: Seed, platform: str | None = None) -> tuple[Image, ...]:
    """The images of a seed, in its order.

    Args:
        seed: A seed without errors.
        platform: Whose queues use them: a key of `seed.parts`. Default: those of all.
    """
    parts = seed.parts.values() if platform is None else [seed.parts[platform]]
    queues = [queue for part in parts for queue in part.queues]
    listed = seed.software.containers
    if not listed and seed.software.spack_packages:
        listed = (Container(name=PACKAGES_IMAGE, packages=seed.software.spack_packages),)
    found = (_image(container, queues, seed.software.target) for container in listed)
    pushed = seed.lock.images
    return tuple(_with_lock(i, pushed.get(key(seed.cluster.name, i.name))) for i in found)


def _with_lock(image: Image, locked: Locked | None) -> Image:
    """Slurm's pods do not start from an image without slurmd, nor from one of another release."""
    if locked and image.slurmd and image.made_of[-1] not in locked.packages:
        return image
    return replace(image, locked=locked)


def uses(queue: Queue, name: str) -> bool:
    """Whether a queue's jobs may use the container; a queue that names none may use all."""
    return not queue.containers or name in {_listed_name(ref) for ref in queue.containers}


Shown = tuple[tuple[str, tuple[str, ...]], ...]
"""Queues that do not show all images to their jobs, and the names of those that each shows."""


def shown_images(queues: Iterable[Queue], names: Sequence[str]) -> Shown:
    """Which queues show fewer than these images. What one runs as slurmd no other shows."""
    found = tuple(queues)
    own = {queue.slurmd_image for queue in found}
    shown = (
        (q.name, tuple(n for n in names if n == q.slurmd_image or (n not in own and uses(q, n))))
        for q in found
    )
    return tuple((queue, some) for queue, some in shown if len(some) < len(names))


def _listed_name(ref: str) -> str:
    """`bio-tools` of `bio-tools:v1.0`; an image with its registry stays as it is."""
    return ref if "/" in ref else ref.partition("@")[0].partition(":")[0]


def _image(container: Container, queues: Sequence[Queue], target: str | None) -> Image:
    on = [queue for queue in queues if queue.max_count > 0]
    of_slurmd = [queue for queue in queues if queue.slurmd_image == container.name]
    using = of_slurmd or [queue for queue in on if uses(queue, container.name)]
    users = using or on
    kinds = [k for q in users for n in q.instance_types if (k := instance_types.find(n))]
    packages = tuple(map(parse, container.packages))
    modules = dict.fromkeys((*(spec.module for spec in packages), *container.modules))
    return Image(
        name=container.name,
        reference=container.image,
        packages=packages,
        modules=tuple(modules),
        entrypoint=container.entrypoint,
        targets=tuple(_targets(kinds, target)),
        efa=any(queue.efa for queue in users),
        cuda=any(kind.gpus for kind in kinds),
        slurmd=kubernetes.FACTS.images.slurmd if of_slurmd else None,
    )


def _targets(kinds: Sequence[InstanceType], wanted: str | None) -> Iterator[tuple[str, str]]:
    """For each architecture what the seed asks for, if it is of that one, else what all run."""
    for architecture in sorted({kind.architecture for kind in kinds}, reverse=True):
        names = [kind.name for kind in kinds if kind.architecture == architecture]
        machine = MACHINES[architecture]
        asked = TARGETS.best(names) if wanted == AUTO else wanted
        fits = asked is not None and TARGETS.architectures.get(asked) == architecture
        yield machine, asked if asked and fits else versions.SPACK.targets[machine]
