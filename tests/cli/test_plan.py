from __future__ import annotations

import dataclasses
import json
import re

import pytest
import yaml

from petal_constructs import load_seed, plan_seed
from tests.cli.terminal import at_terminal


def test_the_plan_is_aligned_text(petal):
    code, out, err = petal("plan", "small.yaml")

    assert (code, err) == (0, "")
    assert (
        "queues\n"
        "  queue    instance types  nodes  paid      each node       largest job on equal nodes\n"
        "  compute  c5.2xlarge      0-4    ondemand  8 vCPU, 16 GiB  4 nodes, 32 vCPU\n"
    ) in out


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_get_every_field_in_its_order(petal, form, read):
    plan = plan_seed(load_seed("small.yaml"))

    code, out, err = petal("plan", "small.yaml", "--format", form)

    assert (code, err) == (0, "")
    assert read(out) == json.loads(json.dumps(dataclasses.asdict(plan)))
    assert [*read(out)] == [field.name for field in dataclasses.fields(plan)]


def test_the_plan_goes_to_a_file_if_one_is_named(petal, here):
    assert petal("plan", "small.yaml", "-o", "plan.txt") == (0, "", "")

    assert (here / "plan.txt").read_text().startswith("cluster small\n")


def test_problems_are_json_where_json_is_asked_for(petal):
    code, out, err = petal("plan", "bad.yaml", "--format", "json")

    assert (code, err) == (1, "")
    assert json.loads(out)["errors"] == 2


def test_warnings_stay_out_of_the_result(petal, here):
    seed = here / "small.yaml"
    seed.write_text(seed.read_text().replace("  ssh_from: [192.0.2.0/24]\n", ""))

    code, out, err = petal("plan", "small.yaml", "--format", "json")

    assert code == 0
    assert json.loads(out)["name"] == "small"
    assert err.startswith("warning[P313]")


def test_a_terminal_shows_drawn_tables_and_leaves_brackets_alone(here):
    seed = here / "small.yaml"
    seed.write_text(seed.read_text().replace("region:", "tags: {a: 'b=[red]c'}\n  region:"))
    # Brackets are no part of a tag's form: this seed has a problem, and shows it as it is.
    code, seen = at_terminal("validate", "small.yaml", cwd=here)
    assert code == 1
    assert "[red]" in seen

    (here / "small.yaml").write_text(seed.read_text().replace("[red]", "-red-"))
    code, seen = at_terminal("plan", "small.yaml", cwd=here)
    assert code == 0
    assert "─" in seen
    assert "-red-" in seen


@pytest.mark.parametrize("width", [80, 40, 30])
def test_a_narrow_terminal_loses_no_text(here, petal, width):
    _, text, _ = petal("plan", "small.yaml")

    _, seen = at_terminal("plan", "small.yaml", cwd=here, COLUMNS=str(width), NO_COLOR="1")

    shown = re.sub(r"\x1b\[[0-9;]*m|[─\s]", "", seen)
    assert sorted(shown) == sorted(re.sub(r"\s", "", text))


def test_colour_marks_the_level_at_a_terminal_unless_unwanted(here):
    _, coloured = at_terminal("validate", "bad.yaml", cwd=here, NO_COLOR="")
    _, plain = at_terminal("validate", "bad.yaml", cwd=here, NO_COLOR="1")

    assert "\x1b[1;31merror\x1b[0m[P101]" in coloured
    assert "\x1b" not in plain
