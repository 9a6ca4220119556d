"""The documents keep their promises: links lead somewhere, commands print what is shown."""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from petal_constructs.cli.main import command_line
from petal_constructs.planning import inspect_seed
from tests.docs.pages import (
    PAGES,
    ROOT,
    commands,
    links,
    name,
    section_links,
    sections,
    shown_files,
)

OFFLINE = {
    "validate",
    "plan",
    "check-jobs",
    "synth",
    "schema",
    "explain",
    "extract-software",
    "convert",
    "import",
}
ONLY = {"--validate-only", "--context-only"}
"""Options with which a command stays offline, and needs no other tool."""
WRONG = {"wrong.yaml", "align.sh"}
"""Files that are shown for their mistakes."""
FOREIGN = {"cluster-config.yaml", "spack.yaml"}
"""Files that are shown to be read by other commands: no seeds."""

PETAL = [c for page in PAGES for c in commands(page) if c.words[0] == "petal"]
RUN_PAGES = [
    page
    for page in PAGES
    if shown_files(page) and any(c.words[0] == "petal" for c in commands(page))
]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_between_documents_lead_somewhere(page):
    dead = [target for target in links(page) if not (page.parent / target).exists()]

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_to_sections_lead_somewhere(page):
    dead = [section for other, section in section_links(page) if section not in sections(other)]

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_seeds_that_are_shown_load(page, tmp_path):
    for file, text in shown_files(page).items():
        if file in FOREIGN or file.endswith(".sh"):
            continue
        (tmp_path / file).write_text(text, encoding="utf-8")

        loaded = inspect_seed(tmp_path / file)

        assert bool(loaded.errors) == (file in WRONG), "\n".join(map(str, loaded.problems))


@pytest.mark.parametrize("command", PETAL, ids=str)
def test_commands_and_their_options_exist(command):
    known = typer.main.get_command(command_line())
    called = known.commands[command.words[1]]
    called = getattr(called, "commands", {}).get("".join(command.words[2:3]), called)
    options = {o for parameter in called.params for o in parameter.opts}

    assert {word for word in command.words if word.startswith("-")} <= options


def test_make_targets_exist():
    shown = {c.words[1] for page in PAGES for c in commands(page) if c.words[0] == "make"}
    targets = {line.split(":")[0] for line in (ROOT / "Makefile").read_text("utf-8").splitlines()}

    assert shown
    assert shown <= targets


@pytest.mark.parametrize("page", RUN_PAGES, ids=name)
def test_offline_commands_run_and_print_what_is_shown(page, tmp_path):
    for file, text in shown_files(page).items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    outputs = doctest.OutputChecker()

    for command in commands(page):
        if is_offline(command.words):
            done = petal(command.words[1:], tmp_path)

            assert done.returncode == bool(WRONG & set(command.words)), done.stdout
            if command.printed:
                # Progress of long commands goes to stderr and is not shown.
                assert outputs.check_output(command.printed, done.stdout, doctest.ELLIPSIS), (
                    f"{command}\n{done.stdout}"
                )


def is_offline(words: tuple[str, ...]) -> bool:
    return words[0] == "petal" and (words[1] in OFFLINE or bool(ONLY & set(words)))


def petal(arguments: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "petal_constructs", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
