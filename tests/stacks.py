"""Every seed of the library, planned and synthesised once for each test process."""

from __future__ import annotations

import copy
import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from petal_constructs.app import new_app
from petal_constructs.planning import load_seed, plan_seed
from petal_constructs.platforms import platform

ROOT = Path(__file__).parents[1]
SEEDS = sorted((ROOT / "seeds").glob("*.yaml"))
BIO = ROOT / "seeds/bio.yaml"

Template = dict[str, Any]


@lru_cache
def plan_of(seed: Path) -> Any:
    """The plan of a seed file."""
    return plan_seed(load_seed(seed, environment={}))


def synthesised(plan: Any) -> Template:
    """The template of a plan's stack."""
    with tempfile.TemporaryDirectory() as folder:
        app = new_app(folder)
        stack = platform(plan.platform).make_stack(app, plan)
        app.synth()
        return json.loads(Path(folder, f"{stack.stack_name}.template.json").read_text())


@lru_cache
def _template_of(seed: Path) -> Template:
    return synthesised(plan_of(seed))


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
