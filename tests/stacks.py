"""Every seed of the library, planned once for each process and synthesised once for all tests."""

from __future__ import annotations

import copy
import fcntl
import json
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petal_constructs.app import new_app
from petal_constructs.planning import load_seed, plan_seed
from petal_constructs.platforms import platform

if TYPE_CHECKING:
    from tests.oracles.templates import NagFinding

ROOT = Path(__file__).parents[1]
SEEDS = sorted((ROOT / "seeds").glob("*.yaml"))
BIO = ROOT / "seeds/bio.yaml"
Template = dict[str, Any]


@lru_cache
def plan_of(seed: Path) -> Any:
    """The plan of a seed file."""
    return plan_seed(load_seed(seed, environment={}))


def seeds_of(name: str) -> list[Path]:
    """The seed files of one platform."""
    return [seed for seed in SEEDS if plan_of(seed).platform == name]


def side_of(seed: Path, name: str) -> Any:
    """The plan of one platform, be it the whole plan or a side of it; None if it is neither."""
    plan = plan_of(seed)
    return plan if plan.platform == name else getattr(plan, name, None)


def seeds_with(name: str) -> list[Path]:
    """The seed files of one platform, and those where it is a side."""
    return [seed for seed in SEEDS if side_of(seed, name)]


def of_every_kind(name: str) -> list[Path]:
    """Seeds of one platform that have every kind of queue between them: for slow judges."""
    seen: set[tuple[object, ...]] = set()
    chosen = [BIO]
    for seed in seeds_of(name):
        kinds = {_kind(queue) for queue in plan_of(seed).queues}
        if not kinds <= seen:
            chosen.append(seed)
        seen |= kinds
    return list(dict.fromkeys(chosen))


def _kind(queue: Any) -> tuple[object, ...]:
    sizes = queue.compute_resources
    gpus = any(size.gpus for size in sizes)
    return (queue.capacity_type, queue.efa, queue.placement_group, len(sizes) > 1, gpus)


@lru_cache
def assembly_of(seed: Path) -> Path:
    """The cloud assembly of a seed file, to read only; who asks first makes it for all."""
    folder = Path(os.environ["PETAL_TEST_SESSION"], seed.stem)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _synthesise(plan_of(seed), folder)
    return folder


def _synthesise(plan: Any, folder: Path) -> None:
    """Under cdk-nag, which leaves a report and the same template; whole, or not at all."""
    from tests.oracles.templates import nag

    with tempfile.TemporaryDirectory(dir=folder.parent) as private:
        app = new_app(Path(private, "cdk.out"))
        platform(plan.platform).make_stack(app, plan)
        nag(app)
        Path(app.outdir).rename(folder)


def findings_of(seed: Path) -> tuple[NagFinding, ...]:
    """What cdk-nag found when the seed was synthesised."""
    from tests.oracles.templates import nag_report

    return nag_report(assembly_of(seed))


def synthesised(plan: Any) -> Template:
    """The template of a plan's stack."""
    with tempfile.TemporaryDirectory() as folder:
        app = new_app(folder)
        platform(plan.platform).make_stack(app, plan)
        app.synth()
        return _template_in(Path(folder))


@lru_cache
def _template_of(seed: Path) -> Template:
    return _template_in(assembly_of(seed))


def _template_in(assembly: Path) -> Template:
    (file,) = assembly.glob("*.template.json")
    return json.loads(file.read_text())


def template_of(seed: Path) -> Template:
    """The template of a seed file, to read and to change."""
    return copy.deepcopy(_template_of(seed))


def resources(template: Template, kind: str) -> dict[str, Any]:
    """Resources of one type by logical id."""
    return {k: v for k, v in template["Resources"].items() if v["Type"] == kind}


def cluster_configuration(template: Template) -> dict[str, Any]:
    """The configuration that the custom resource hands to ParallelCluster, with its references."""
    (cluster,) = resources(template, "Custom::PclusterCluster").values()
    return cluster["Properties"]["ClusterConfiguration"]
