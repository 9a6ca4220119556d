"""The software of a plan as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.plan.image_list import image_tables
from petal_constructs.plan.tables import Table
from petal_constructs.platforms.pcs.values import PcsPlan

_PULLED: Final = "jobs run it by Apptainer, from a file on shared storage"
_BY_HAND: Final = "no modules: jobs start it by srun --container-image"
_SLURMD: Final = "pods of the queue run it as slurmd"
_WHOLE: Final = "whole batch jobs run in it, by pyxis"
_WAITS: Final = "left aside until petal build-container and petal push-container are done"


def software_tables(plan: PcsPlan) -> tuple[Table, ...]:
    """The images, the repositories for them, and how pods get them."""
    columns = ("image", "in pods", "queues")
    return (*image_tables(plan.software.listed), Table("software", columns, tuple(_rows(plan))))


def _rows(plan: PcsPlan) -> Iterator[tuple[str, str, str]]:
    software = plan.software
    how = "mounted" if plan.kubernetes.image_volumes else "copied when a pod starts"
    for mounted in software.mounted:
        where = f"{how} at {mounted.folder} on {' and '.join(mounted.machines)}"
        yield mounted.name, where, _queues(plan, mounted.name)
    for pulled in software.pulled:
        yield pulled.name, _PULLED, _queues(plan, pulled.name)
    for queue, own in software.slurmd:
        yield own.name, f"{_SLURMD} on {' and '.join(own.machines)}", queue
    for name in software.waiting:
        yield name, _WAITS, ""
    known = {*software.names, *software.waiting}
    for image in software.listed:
        if image.name not in known:
            yield image.name, _BY_HAND, ""
    for name, job_image in dict.fromkeys((queue.name, queue.job_image) for queue in plan.queues):
        if job_image:
            yield job_image, _WHOLE, name


def _queues(plan: PcsPlan, image: str) -> str:
    shown = dict(plan.software.shown)
    queues = dict.fromkeys(queue.name for queue in plan.queues)
    return ", ".join(name for name in queues if image in shown.get(name, [image])) or "none"
