"""What every seed becomes before AWS sees it: golden folders, read in review."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from petal_constructs.platforms import platform
from petal_constructs.render import node
from tests.stacks import SEEDS, plan_of

HERE = Path(__file__).parent


def rendered(seed: Path) -> dict[str, str]:
    """The plan and every rendered text, without the scripts, which are the same for all seeds."""
    plan = plan_of(seed)
    texts = platform(plan.platform).files(plan)
    varying = {
        path: text.replace(node.boot_hash(), "<boot hash>")
        for path, text in texts.items()
        if _varies(re.sub(r"^(parallelcluster|pcs)/", "", path))
    }
    return {"plan.json": json.dumps(asdict(plan), indent=2) + "\n"} | varying


def _varies(path: str) -> bool:
    return (
        "/" not in path
        or path.startswith("manifests/")
        or (path.startswith("node/data/") and not path.endswith(".sh"))
    )


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_a_seed_becomes_the_agreed_files(seed: Path, request: pytest.FixtureRequest) -> None:
    folder, texts = HERE / seed.stem, rendered(seed)
    if request.config.getoption("update_snapshots"):
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)

    for path, text in texts.items():
        assert (folder / path).read_text() == text, f"{path}: see `make golden`"
    assert {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} == set(texts)
