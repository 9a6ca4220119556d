from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from petal_constructs import __version__
from petal_constructs.cli import seeds
from petal_constructs.cli.main import COMMANDS
from tests.cli.conftest import PETAL

SEED_COMMANDS = ("validate", "plan", "synth", "create", "delete")


def test_without_a_command_the_help_lists_all(petal):
    code, out, err = petal()

    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.split("Commands:\n")[1].splitlines()] == [*COMMANDS]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(petal, command):
    code, out, err = petal(command, "--help")

    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: petal {command} ")


def test_the_version_is_told(petal):
    assert petal("--version") == (0, f"petal {__version__}\n", "")


@pytest.mark.parametrize("command", SEED_COMMANDS)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "error: no seed is given\nhint: name a YAML file, e.g. seeds/bio.yaml\n"),
        (
            ("small.yaml", "-t", "bad.yaml"),
            "error: two seeds are given: small.yaml and bad.yaml\nhint: name one of them\n",
        ),
        (("nowhere.yaml",), "error: nowhere.yaml: no such file\n"),
        (("folder",), "error: folder: a folder, not a seed file\n"),
    ],
)
def test_a_seed_that_is_not_there_is_wrong_usage(petal, here, command, arguments, words):
    (here / "folder").mkdir()

    assert petal(command, *arguments) == (2, "", words)


@pytest.mark.parametrize("command", ["plan", "synth", "create", "delete"])
def test_no_command_goes_on_with_a_bad_seed(petal, here, command):
    before = sorted(here.iterdir())

    code, out, err = petal(command, "bad.yaml")

    assert (code, out) == (1, "")
    assert "error[P101]: cluster.platforrm: no such key" in err
    assert "Traceback" not in err
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("command", ["validate", "plan", "synth"])
def test_what_stays_offline_does_not_load_the_library_for_aws(here, command):
    program = f"""
import sys
from petal_constructs.cli.main import run
print(run([{command!r}, "small.yaml"]), sorted({{"boto3", "botocore"}} & set(sys.modules)))
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=here, capture_output=True, text=True, check=False
    )

    assert ended.stdout.endswith("\n0 []\n"), ended.stderr


def test_a_seed_that_cannot_be_opened_is_wrong_usage(petal, here):
    (here / "loop.yaml").symlink_to("loop.yaml")

    code, out, err = petal("validate", "loop.yaml")

    assert (code, out) == (2, "")
    assert err == "error: loop.yaml: too many levels of symbolic links\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("vvalidate",), "error: no such command 'vvalidate'\nhint: did you mean 'validate'?\n"),
        (
            ("plan", "--fromat", "json"),
            "error: no such option: --fromat\nhint: did you mean --format?\n",
        ),
        (
            ("plan", "small.yaml", "--format", "xml"),
            """error: invalid value for '--format': 'xml' is not one of 'text', 'json', 'yaml'
hint: --help shows what can be written
""",
        ),
    ],
)
def test_a_slip_of_the_pen_gets_a_hint(petal, arguments, words):
    assert petal(*arguments) == (2, "", words)


@pytest.mark.parametrize("output", ["nowhere/plan.json", "small.yaml/plan.json"])
def test_output_that_cannot_be_written_is_wrong_usage(petal, output):
    code, out, err = petal("plan", "small.yaml", "-o", output)

    assert (code, out) == (2, "")
    assert err.startswith(f"error: {output}: cannot be written: ")


@pytest.mark.parametrize("command", ["plan", "validate"])
@pytest.mark.parametrize("output", ["small.yaml", "./small.yaml", "link.yaml"])
def test_a_seed_is_never_overwritten(petal, here, command, output):
    (here / "link.yaml").symlink_to("small.yaml")
    before = (here / "small.yaml").read_text()

    code, out, err = petal(command, "small.yaml", "-o", output)

    assert (code, out) == (2, "")
    assert err.endswith(": this is the seed\nhint: name another file with -o\n")
    assert (here / "small.yaml").read_text() == before


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_a_dash_is_standard_output(petal, here, command):
    assert petal(command, "small.yaml", "-o", "-") == petal(command, "small.yaml")
    assert not (here / "-").exists()


@pytest.mark.parametrize("command", ["synth", "create"])
def test_a_folder_cannot_go_to_standard_output(petal, here, command):
    code, out, err = petal(command, "small.yaml", "-o", "-")

    assert (code, out) == (2, "")
    assert err == "error: -o -: a folder is written, which standard output cannot hold\n"
    assert not (here / "-").exists()


def test_a_name_that_is_no_text_is_told_all_the_same(here):
    ended = subprocess.run(
        [*PETAL, "validate", b"s\xff.yaml"], cwd=here, capture_output=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (2, b"error: s\\udcff.yaml: no such file\n")


def test_a_bug_is_one_line_and_says_where_to_report(petal, monkeypatch):
    def broken(*_):
        raise KeyError("x")

    monkeypatch.setattr(seeds, "plan_file", broken)

    code, out, err = petal("plan", "small.yaml")

    assert (code, out) == (3, "")
    assert err.startswith("error: this is a bug in petal, not in your seed (KeyError: 'x')\nhint:")
    assert "PETAL_DEBUG=1" in err

    monkeypatch.setenv("PETAL_DEBUG", "1")
    with pytest.raises(KeyError):
        petal("plan", "small.yaml")


def test_a_reader_that_leaves_early_is_no_error(here):
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "w") as nobody:
        ended = subprocess.run(
            [*PETAL, "schema"], stdout=nobody, stderr=subprocess.PIPE, cwd=here, check=False
        )

    assert (ended.returncode, ended.stderr) == (141, b"")


def test_completion_works_for_commands_and_scripts(here, process):
    # Typer asks which shell started it.
    in_bash = ("bash", "-c", '"$@"; exit', "bash", *PETAL, "--show-completion")
    script = subprocess.run(in_bash, cwd=here, capture_output=True, text=True, check=False)
    words = process(_PETAL_COMPLETE="complete_bash", COMP_WORDS="petal val", COMP_CWORD=1)

    assert (script.returncode, script.stderr) == (0, "")
    assert "complete -o default -F _petal_completion petal" in script.stdout
    assert words.stdout.split() == ["validate"]


def test_the_installed_command_is_the_same_as_the_module(here):
    petal = Path(sys.executable).with_name("petal")
    ended = subprocess.run(
        [petal, "validate", "small.yaml"], cwd=here, capture_output=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (0, b"small.yaml: fine\n")
