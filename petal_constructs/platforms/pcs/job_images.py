"""Queues whose batch jobs run as a whole in an image, by pyxis."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Final

from petal_constructs.errors import Problem
from petal_constructs.platforms.queue_rules import Placed
from petal_constructs.seed.compute import Queue
from petal_constructs.seed.image_names import named_host
from petal_constructs.seed.software import Container

_ECR: Final = re.compile(r"\d{12}\.dkr\.ecr\.")
_DOCKER_HUB: Final = ("docker.io", "index.docker.io")
_QUEUE: Final = re.compile(r"[a-z][a-z0-9-]*")
_IMAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]*")


def check(queues: Placed, containers: Sequence[Container]) -> Iterator[Problem]:
    """Queues that ask for it and have no image that nodes can pull by themselves."""
    for where, queue in queues:
        reason, hint = _refused(queue, containers) or ("", "")
        if queue.containers_mode == "whole-job" and reason:
            yield Problem("P427", f"{where}.containers_mode", reason, hint)


def _refused(queue: Queue, containers: Sequence[Container]) -> tuple[str, str] | None:
    hint = "write containers_mode: modules, or an image of a public registry"
    if not queue.containers:
        return f"{queue.name} has no containers to run jobs in", "name one under containers"
    found = _container(queue, containers)
    if found and found.packages:
        return f"{found.name} is built by petal: its commands come as modules", hint
    image = _first(queue, containers)
    if _ECR.match(image):
        return f"pyxis has no password of Amazon ECR, where {queue.containers[0]} lies", hint
    if "@" in image:
        return f"pyxis pulls images by a tag, and {queue.containers[0]} has a digest", hint
    return None


def job_image(queue: Queue, containers: Sequence[Container]) -> str | None:
    """What its batch jobs run in, as enroot names it; None for the node itself."""
    if queue.containers_mode == "modules" or not queue.containers:
        return None
    return enroot_name(_first(queue, containers))


def _container(queue: Queue, containers: Sequence[Container]) -> Container | None:
    first = queue.containers[0]
    name = first.partition("@")[0].partition(":")[0]
    return None if named_host(first) else next((c for c in containers if c.name == name), None)


def _first(queue: Queue, containers: Sequence[Container]) -> str:
    found = _container(queue, containers)
    return (found.image if found else None) or queue.containers[0]


def enroot_name(reference: str) -> str:
    """`quay.io#lab/tools:1.0` of `quay.io/lab/tools:1.0`.

    Source: NVIDIA/enroot, doc/cmd/import.md, 2026-11-22: `[USER@][REGISTRY#]IMAGE[:TAG]`; without a
    registry it is Docker Hub's.
    """
    host = named_host(reference)
    if host is None:
        return reference
    image = reference[len(host) + 1 :]
    return image if host in _DOCKER_HUB else f"{host}#{image}"


class _Lua(Template):
    delimiter = "@"


@lru_cache
def _template() -> str:
    folder = files("petal_constructs").joinpath("templates", "slurm")
    return folder.joinpath("job_submit.lua").read_text("utf-8")


def job_submit(images: Mapping[str, str], default: str) -> str:
    """Text of job_submit.lua.

    Args:
        images: Queues of a Slurm, and the image of each as enroot names it.
        default: Its queue of jobs that name none.

    Raises:
        ValueError: A name is none that a seed may have.
    """
    rows = [f'  ["{_plain(q, _QUEUE)}"] = "{_plain(i, _IMAGE)}",' for q, i in images.items()]
    return _Lua(_template()).substitute(
        images="\n".join(rows), default=f'"{_plain(default, _QUEUE)}"'
    )


def _plain(text: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(text):
        msg = f"{text!r} cannot stand in job_submit.lua"
        raise ValueError(msg)
    return text
