"""Where software is built and for which processor, held against the nodes of the seed."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog.cpu_targets import TARGETS
from petal_constructs.errors import Problem
from petal_constructs.plan.sizes import known_types
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.platforms.parallelcluster.software import (
    HEAD,
    has_accelerators,
    node_types,
)
from petal_constructs.seed.compute import Compute
from petal_constructs.seed.model import Seed
from petal_constructs.seed.software import AUTO
from petal_constructs.seed.suggest import did_you_mean, one_of


def check(seed: Seed) -> list[Problem]:
    """Every problem of these keys."""
    part = seed.parts[PLATFORM]
    return [*_build_on(seed, part), *_target(seed, part), *_without_packages(seed)]


def _build_on(seed: Seed, part: Compute) -> Iterator[Problem]:
    wish = seed.software.build_on
    if wish is None or wish == HEAD:
        return
    queue = next((queue for queue in part.queues if queue.name == wish), None)
    where = "software.build_on"
    names = [HEAD, *(queue.name for queue in part.queues if queue.max_count)]
    if queue is None:
        hint = did_you_mean(wish, names) or one_of(names)
        yield Problem("P336", where, f"there is no queue {wish}", hint)
    elif not queue.max_count:
        message = f"{wish} starts no nodes: its max_count is 0"
        yield Problem("P336", where, message, one_of(n for n in names if n != wish))
    elif queue.capacity_type == "CAPACITY_BLOCK" or has_accelerators(queue.instance_types):
        message = f"each build would keep a whole node of {wish}, with its accelerators"
        hint = "name a queue without, or head"
        yield Problem("P337", where, message, hint, level="warning")


def _target(seed: Seed, part: Compute) -> Iterator[Problem]:
    wish, where = seed.software.target, "software.target"
    if wish is None:
        return
    if wish == AUTO:
        yield from _auto(part)
        return
    types = list(node_types(part))
    architectures = {kind.architecture for kind in known_types(types)}
    fitting = [t for a in sorted(architectures) for t in TARGETS.of(a)]
    if wish not in fitting:
        known = wish in TARGETS.architectures
        message = f"no node has its architecture: {wish}" if known else f"unknown target {wish}"
        hint = did_you_mean(wish, fitting) or one_of(fitting)
        yield Problem("P338", where, message, hint)
        return
    yield from _who_runs(wish, types)


def _who_runs(wish: str, types: list[str]) -> Iterator[Problem]:
    families = sorted({name.partition(".")[0] for name in types})
    cannot = [f for f in families if TARGETS.runs(f, wish) is False]
    unknown = [f for f in families if TARGETS.runs(f, wish) is None]
    if cannot:
        best = TARGETS.best(name for name in types if TARGETS.processor(name))
        message = f"{', '.join(cannot)} cannot run what is built for {wish}"
        hint = f"write {best}, or choose other instance types" if best else "leave target out"
        yield Problem("P338", "software.target", message, hint)
    elif unknown and not _general(wish):
        message = f"petal does not know whether {', '.join(unknown)} can run {wish}"
        hint = "ask their processors (lscpu), or leave target out"
        yield Problem("P338", "software.target", message, hint, level="warning")


def _auto(part: Compute) -> Iterator[Problem]:
    types = sorted(node_types(part))
    unknown = sorted({t.partition(".")[0] for t in types if TARGETS.processor(t) is None})
    if unknown:
        message = f"AWS does not name the processors of {', '.join(unknown)}: the default is taken"
        hint = "choose other instance types, or name the target"
        yield Problem("P338", "software.target", message, hint, level="warning")


def _general(target: str) -> bool:
    """Whether all EC2 types of use run it, as petal's own default."""
    return target in {"x86_64_v2", "x86_64_v3", "aarch64"}


def _without_packages(seed: Seed) -> Iterator[Problem]:
    if seed.software.spack_packages:
        return
    for key in ("build_on", "build_cache", "compiler", "target"):
        if getattr(seed.software, key) is not None:
            message = "nothing is built: spack_packages is empty"
            hint = f"add spack_packages:, or remove {key}"
            yield Problem("P339", f"software.{key}", message, hint, level="warning")
