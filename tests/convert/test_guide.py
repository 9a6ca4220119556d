"""The migration guide goes from a traditional seed to pcs, to hybrid and back to the same seed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from petal_constructs.planning import inspect_seed
from tests.convert.seeds import ROOT
from tests.docs.pages import commands, shown_files

GUIDE = ROOT / "docs/guides/migration.md"
STEPS = [
    "petal build-container -t traditional-cluster.yaml --output containers",
    "petal convert --from parallelcluster --to pcs traditional-cluster.yaml",
    "petal create -t pcs-cluster.yaml --validate-only",
    "petal create -t pcs-cluster.yaml",
    "petal extract-software --from containers/ --to spack-packages.yaml",
    "petal create -t traditional-cluster.yaml",
]
"""Of the document in which users met petal, in its order."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the conversions and imports of the guide leave behind."""
    here = tmp_path_factory.mktemp("guide")
    for name, text in shown_files(GUIDE).items():
        (here / name).write_text(text)
    for command in commands(GUIDE):
        quick = command.words[1] in {"convert", "extract-software", "validate"}
        if quick or "--context-only" in command.words:
            arguments = [sys.executable, "-m", "petal_constructs", *command.words[1:]]
            subprocess.run(arguments, cwd=here, check=True, capture_output=True, timeout=60)
    yield here
    shutil.rmtree(here)


def test_the_steps_of_the_document_are_commands_of_the_guide():
    shown = [" ".join(command.words) for command in commands(GUIDE)]

    assert [step for step in STEPS if not any(line.startswith(step) for line in shown)] == []


@pytest.mark.parametrize("name", ["back.yaml", "again.yaml"])
def test_the_last_seed_is_the_first_one(folder, name):
    assert (folder / name).read_bytes() == (folder / "traditional-cluster.yaml").read_bytes()


@pytest.mark.parametrize("platform", ["traditional", "pcs", "hybrid"])
def test_each_seed_of_the_way_can_be_built(folder, platform):
    loaded = inspect_seed(folder / f"{platform}-cluster.yaml")

    assert loaded.errors == ()


def test_the_software_of_the_way_back_is_what_the_first_seed_asked_for(folder):
    text = Path(folder / "spack-packages.yaml").read_text()

    assert "- samtools@1.17" in text
    assert "- bwa@0.7.17" in text
