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


def test_two_platforms_are_compared_in_one_table(petal):
    code, out, err = petal("plan", "small.yaml", "--compare", "eks")

    title, heading, *rows = out.splitlines()
    assert code == 0
    assert title == "what differs"
    assert heading.split() == ["what", "parallelcluster", "pcs"]
    assert any(row.startswith("  cluster: runs on") and "Amazon EKS" in row for row in rows)
    assert any(row.startswith("  cluster: head node") and row.endswith("  -") for row in rows)
    assert not any("region" in row for row in rows)
    assert err.startswith("warning[P402]")


def test_a_warning_of_both_sides_is_told_once(petal, here):
    seed = here / "small.yaml"
    seed.write_text(seed.read_text().replace("  ssh_from: [192.0.2.0/24]\n", ""))

    _, _, err = petal("plan", "small.yaml", "--compare", "small.yaml")

    assert err.count("warning[") == err.count("warning[P313]") == 1


def test_two_seeds_are_compared_under_the_names_of_their_files(petal, here):
    (here / "new.yaml").write_text((here / "small.yaml").read_text().replace("4", "5"))

    code, out, _ = petal("plan", "small.yaml", "--compare", "new.yaml")

    assert code == 0
    assert out.splitlines()[1].split() == ["what", "small.yaml", "new.yaml"]
    assert re.search(r"^  queues: compute, nodes +0-4 +0-5$", out, re.MULTILINE)


@pytest.mark.parametrize("other", ["parallelcluster", "small.yaml"])
def test_nothing_differs_from_the_seed_itself(petal, other):
    assert petal("plan", "small.yaml", "--compare", other) == (0, "nothing differs\n", "")


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_get_differences_with_their_sides(petal, form, read):
    _, out, _ = petal("plan", "small.yaml", "--compare", "pcs", "--format", form)

    found = read(out)
    assert (found["first"], found["second"]) == ("parallelcluster", "pcs")
    (head,) = (d for d in found["differences"] if d["what"] == "cluster: head node")
    assert head["first"].startswith("t3.large")
    assert head["second"] is None


def test_the_other_platform_may_refuse_the_seed(petal, here):
    seed = here / "small.yaml"
    seed.write_text(seed.read_text().replace("  head_node: t3.large\n", "") + "\n")
    seed.write_text(seed.read_text().replace("name: small\n", "name: small\n  platform: pcs\n"))

    code, out, err = petal("plan", "small.yaml", "--compare", "parallelcluster")

    assert (code, out) == (1, "")
    assert "error[P303]: compute.head_node" in err


def test_the_seed_to_compare_with_is_never_overwritten(petal, here):
    (here / "new.yaml").write_text((here / "small.yaml").read_text())

    code, _, err = petal("plan", "small.yaml", "--compare", "new.yaml", "-o", "new.yaml")

    assert code == 2
    assert err == "error: new.yaml: this is the seed\nhint: name another file with -o\n"
