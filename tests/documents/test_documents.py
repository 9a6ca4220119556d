"""The YAML blocks of the document in which users met the seed language, and petal's answers.

Each `NN-name.yaml` is a block as it stands there, `NN-name.txt` the exact answer (make golden).
A block that shows only a part of a seed is told which part is missing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from petal_constructs import planning
from petal_constructs.seed import load
from tests.need import need_oracles

BLOCKS = sorted(Path(__file__).parent.glob("*.yaml"))

ANSWERS = {
    # block: what the language says, and what is added by asking the platform
    "01-platform-alone": (["P102 compute"], []),
    "02-option-a-unified": (
        [],
        [
            "P313 network.ssh_from",
            "P317 users",
            "P402 compute.head_node",
            "P402 software.spack_packages",
        ],
    ),
    "03-option-b-traditional": (
        ["P102 compute"],
        [],
    ),
    "04-option-b-pcs": (["P207 kubernetes.version"], ["P313 network.ssh_from", "P317 users"]),
    "05-container-native": (["P102 cluster.region", "P102 compute"], []),
    "06-hybrid": (
        ["P201 platforms.pcs.queues[0].containers[0]"],
        ["P313 network.ssh_from", "P317 users"],
    ),
    "07-eks-management": (
        ["P102 cluster.region", "P207 eks.version"],
        ["P313 network.ssh_from", "P317 users"],
    ),
}


def _told(loaded):
    return sorted(f"{problem.code} {problem.path}" for problem in loaded.problems)


@pytest.mark.parametrize("path", BLOCKS, ids=lambda path: path.stem)
def test_the_language_answers_as_written_down(path):
    assert _told(load.inspect_seed(path, environment={})) == ANSWERS[path.stem][0]


@pytest.mark.parametrize("path", BLOCKS, ids=lambda path: path.stem)
def test_the_platform_adds_what_is_written_down(path):
    language, platform = ANSWERS[path.stem]

    assert _told(planning.inspect_seed(path, environment={})) == sorted(language + platform)


@pytest.mark.parametrize("path", BLOCKS, ids=lambda path: path.stem)
def test_the_user_reads_exactly_this(path, pytestconfig):
    found = planning.inspect_seed(path, environment={}).problems
    places = [p.place and replace(p.place, file=path.name) for p in found]
    texts = [str(replace(p, place=place)) for p, place in zip(found, places, strict=True)]
    text = "\n\n".join(texts) + "\n"
    expected = path.with_suffix(".txt")
    if pytestconfig.getoption("update_snapshots"):
        expected.write_text(text, encoding="utf-8")

    assert text == expected.read_text("utf-8")


def test_the_blocks_are_those_of_the_document():
    document = need_oracles("seed-document.md").read_text("utf-8")

    blocks = re.findall(r"^```yaml\n(.*?)^```", document, re.MULTILINE | re.DOTALL)

    assert [path.read_text("utf-8") for path in BLOCKS] == blocks


def test_with_a_region_and_queues_of_today_the_blocks_load():
    environment = {"AWS_REGION": "us-east-1"}
    for name, old, new in (
        ("04-option-b-pcs", '"1.28"', '"1.36"'),
        ("06-hybrid", "bio-tools:v1.0", "quay.io/lab/bio-tools:v1.0"),
        ("07-eks-management", '"1.28"', '"1.36"'),
    ):
        text = (BLOCKS[0].parent / f"{name}.yaml").read_text("utf-8").replace(old, new)

        loaded = load.inspect_source(load.Source(name, text), environment=environment)

        assert loaded.problems == (), name
