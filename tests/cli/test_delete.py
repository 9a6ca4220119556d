from __future__ import annotations

import json

from tests.cli.terminal import at_terminal

KEPT = """\
kept, and billed until you delete it yourself:
  shared volume: /petal, gp3, 200 GiB
  homes: /home on the head node's disk
"""
BUCKETS = "buckets that the seed mounts are never touched\n"


def test_without_a_terminal_it_says_what_is_kept_and_wants_a_yes(process):
    ended = process("delete", "small.yaml")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(KEPT)
    assert ended.stderr.endswith(
        f"{BUCKETS}error: nobody can be asked whether to delete small\n"
        "hint: add -y to delete it without asking\n"
    )


def test_it_destroys_the_stack_and_says_first_what_is_kept(process, here, fake_cdk):
    ended = process("delete", "-t", "small.yaml", "-y", PETAL_CDK=fake_cdk)

    asked = json.loads((here / "asked.json").read_text())
    assert ended.returncode == 0
    assert ended.stdout == "small is deleted from us-east-1\n"
    assert ended.stderr.startswith(KEPT)
    assert ended.stderr.endswith(BUCKETS)
    assert asked[:3] == ["destroy", "petal-small", "--app"]
    assert "--force" in asked
    assert not (here / "build").exists()


def test_programs_get_what_is_kept_as_json(process, fake_cdk):
    ended = process("delete", "small.yaml", "-y", "--format", "json", PETAL_CDK=fake_cdk)

    found = json.loads(ended.stdout)
    assert (found["cluster"], found["deleted"]) == ("small", True)
    assert "homes: /home on the head node's disk" in found["kept"]


def test_a_person_must_type_the_name(here, fake_cdk):
    program = {"PETAL_CDK": str(fake_cdk)}

    code, seen = at_terminal(
        *("delete", "small.yaml"), cwd=here, when="delete it", types="smalll\n", **program
    )
    assert code == 2
    assert seen.endswith("error: smalll is not small: nothing was deleted\n")
    assert not (here / "asked.json").exists()

    code, seen = at_terminal(
        *("delete", "small.yaml"), cwd=here, when="delete it", types="small\n", **program
    )
    assert code == 0
    assert seen.endswith("small is deleted from us-east-1\n")
    assert (here / "asked.json").exists()
