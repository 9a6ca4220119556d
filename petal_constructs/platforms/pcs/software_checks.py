"""Software that pods will not have, as far as a seed and its lock tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from petal_constructs.errors import Problem
from petal_constructs.platforms.pcs.software import LOGIN_MACHINE, MountedImage, Software
from petal_constructs.platforms.pcs.values import PcsPlan
from petal_constructs.seed.compute import Compute
from petal_constructs.seed.model import Seed

_PACKAGES = "software.spack_packages"
_PUSH = "petal build-container, then petal push-container"


def check(seed: Seed, path: str, part: Compute, plan: PcsPlan) -> Iterator[Problem]:
    """Warnings alone: the cluster works without any software.

    Args:
        seed: What somebody wrote.
        path: Where the seed has `part`.
        part: The queues.
        plan: What became of them.
    """
    yield from _beside_containers(seed)
    yield from _waiting(seed, plan)
    yield from _without_image(path, part, plan)
    yield from _not_on_login(seed, plan)
    if plan.kubernetes.node_starter == "auto-mode":
        yield from _without_namespaces(seed, path, part, plan)


def _beside_containers(seed: Seed) -> Iterator[Problem]:
    if seed.software.spack_packages and seed.software.containers:
        message = "pcs leaves it aside: it takes all software from containers if there are any"
        hint = f"list them as packages of a container; remove {_PACKAGES} if only pcs uses the seed"
        yield Problem("P402", _PACKAGES, message, hint, level="warning")


def _waiting(seed: Seed, plan: PcsPlan) -> Iterator[Problem]:
    for name in plan.software.waiting:
        message = f"pcs leaves {name} aside until its image is pushed"
        if not seed.software.containers:
            message = "pcs takes them from an image, and leaves them aside until it is pushed"
        yield Problem("P406", _place(seed, name), message, f"run {_PUSH}", level="warning")


def _without_image(path: str, part: Compute, plan: PcsPlan) -> Iterator[Problem]:
    nodes = {queue.name: {size.machine for size in queue.node_sets} for queue in plan.queues}
    for number, queue in enumerate(part.queues):
        has = nodes.get(queue.name, set())
        for machines, reason, hint in _images(queue.name, plan.software):
            if has and not has & machines:
                where = f"{path}.queues[{number}]"
                message = f"jobs of {queue.name} run on {_all(has)}, but {reason}"
                yield Problem("P425", where, message, hint, level="warning")


def _images(queue: str, software: Software) -> Iterator[tuple[set[str], str, str]]:
    """Machines of each image that a queue uses, why those, and what to do about it."""
    own = [image for name, image in software.slurmd if name == queue]
    for image in (*software.mounted_for(queue), *own):
        yield {*image.machines}, _pushed_for(image), f"on such a machine run {_PUSH}"
    for name in software.pulled_for(queue):
        hint = f"choose {LOGIN_MACHINE} types, or list containers for the queue without {name}"
        yield {LOGIN_MACHINE}, f"{name} is pulled for {LOGIN_MACHINE} alone", hint


def _not_on_login(seed: Seed, plan: PcsPlan) -> Iterator[Problem]:
    for image in plan.software.mounted:
        if LOGIN_MACHINE not in image.machines:
            yield Problem(
                "P426",
                _place(seed, image.name),
                f"the login node is {LOGIN_MACHINE}, but {_pushed_for(image)}: only jobs have it",
                "nothing is to be done; to try it out, take a shell in a job: srun --pty bash",
                level="warning",
            )


def _without_namespaces(seed: Seed, path: str, part: Compute, plan: PcsPlan) -> Iterator[Problem]:
    """Nodes of EKS Auto Mode run Bottlerocket.

    It sets `user.max_user_namespaces = 0` (bottlerocket-core-kit 2024-10-24, release-sysctl.conf),
    and Auto Mode takes no settings for it. Apptainer and pyxis need user namespaces.
    """
    jobs = {queue.name: queue.job_image for queue in plan.queues}
    needing = [(_place(seed, image.name), image.name) for image in plan.software.pulled]
    for number, queue in enumerate(part.queues):
        if image := jobs.get(queue.name):
            needing.append((f"{path}.queues[{number}].containers_mode", image))
    for place, name in needing:
        message = f"{name} may not run: on EKS Auto Mode's nodes nobody makes user namespaces"
        hint = "remove eks.karpenter to let Karpenter start nodes"
        yield Problem("P407", place, message, hint, level="warning")


def _place(seed: Seed, name: str) -> str:
    names = [container.name for container in seed.software.containers]
    return f"software.containers[{names.index(name)}]" if name in names else _PACKAGES


def _pushed_for(image: MountedImage) -> str:
    return f"{image.name} was pushed for {_all(image.machines)} alone"


def _all(machines: Iterable[str]) -> str:
    return " and ".join(sorted(machines))
