from __future__ import annotations

import json

import pytest

from petal_constructs import load_seed, plan_seed
from petal_constructs.cli.cdk import NPX, VERSION
from petal_constructs.platforms import parallelcluster

TEMPLATE = "out/cdk.out/petal-small.template.json"


def _content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".zip"
    }


def test_the_output_is_the_assembly_the_rendered_files_and_the_plan(petal, here):
    code, out, err = petal("synth", "small.yaml", "-o", "out")

    plan = plan_seed(load_seed("small.yaml"))
    assert (code, err) == (0, "")
    assert json.loads((here / "out/plan.json").read_text())["name"] == "small"
    assert "Custom::PclusterCluster" in (here / TEMPLATE).read_text()
    for name, text in parallelcluster.files(plan).items():
        assert (here / "out" / name).read_text() == text
    assert out.splitlines() == [
        "out/cdk.out              cloud assembly of stack petal-small",
        "out/plan.json            the plan",
        "out/cluster-config.yaml  rendered, to read",
        "out/node                 rendered, to read",
        f"deploy it: petal create small.yaml, or {NPX} deploy --app out/cdk.out",
    ]


def test_programs_get_the_paths_as_json(petal, here):
    code, out, err = petal("synth", "-t", "small.yaml", "--format", "json")

    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["cluster"], found["stack"], found["region"]) == (
        "small",
        "petal-small",
        "us-east-1",
    )
    assert found["folder"] == "build/small"
    assert all((here / path).is_file() for path in (found["template"], found["plan"]))
    assert all((here / path).is_file() for path in found["files"])


def test_the_same_seed_gives_the_same_output(petal, here):
    petal("synth", "small.yaml", "-o", "a")
    petal("synth", "small.yaml", "-o", "b")

    assert _content(here / "a") == _content(here / "b")


def test_what_an_earlier_run_rendered_goes_and_what_the_user_wrote_stays(petal, here):
    petal("synth", "small.yaml", "-o", "out")
    listing = here / "out/.petal.json"
    written = json.loads(listing.read_text())["written"]
    (here / "out/node/old").mkdir()
    (here / "out/node/old/stale.sh").write_text("stale")
    (here / "out/node/mine.txt").write_text("mine")
    listing.write_text(json.dumps({"written": [*written, "node/old/stale.sh"]}))

    code, _, err = petal("synth", "small.yaml", "-o", "out")

    assert (code, err) == (0, "")
    assert not (here / "out/node/old").exists()
    assert (here / "out/node/mine.txt").read_text() == "mine"
    assert sorted(json.loads(listing.read_text())["written"]) == sorted(written)


def test_a_folder_that_petal_did_not_make_is_refused(petal, here):
    (here / "out").mkdir()
    (here / "out/thesis.tex").write_text("mine")

    code, out, err = petal("synth", "small.yaml", "-o", "out")

    assert (code, out) == (2, "")
    assert err == (
        "error: out: holds files that petal did not write\n"
        "hint: name an empty folder with -o, or one that does not exist\n"
    )
    assert _content(here / "out") == {"thesis.tex": b"mine"}


def test_an_empty_folder_will_do(petal, here):
    (here / "out").mkdir()

    assert petal("synth", "small.yaml", "-o", "out")[0] == 0


def test_a_file_is_no_folder(petal):
    code, _, err = petal("synth", "small.yaml", "-o", "bad.yaml")

    assert code == 2
    assert err.startswith("error: bad.yaml: not a folder\n")


def test_a_file_of_the_user_is_not_replaced(petal, here):
    petal("synth", "small.yaml", "-o", "out")
    listing = here / "out/.petal.json"
    listing.write_text(listing.read_text().replace('"plan.json"', '"other.json"'))
    (here / "out/plan.json").write_text("mine")
    before = _content(here / "out")

    code, _, err = petal("synth", "small.yaml", "-o", "out")

    assert code == 2
    assert err.startswith("error: out/plan.json: petal did not write this")
    assert _content(here / "out") == before


@pytest.mark.parametrize("name", ["../small.yaml", "/etc/hostname", "..", ".", ""])
def test_a_forged_listing_moves_nothing_outside_the_folder(petal, here, name):
    petal("synth", "small.yaml", "-o", "out")
    listing = here / "out/.petal.json"
    forged = json.loads(listing.read_text())["written"] + [name]
    listing.write_text(json.dumps({"written": forged}))

    assert petal("synth", "small.yaml", "-o", "out")[0] == 0
    assert (here / "small.yaml").is_file()


def test_a_failed_run_leaves_the_former_output(petal, here, monkeypatch):
    petal("synth", "small.yaml", "-o", "out")
    before = _content(here)

    def stack_that_the_cdk_refuses(scope, plan):
        import aws_cdk as cdk

        return cdk.Stack(scope, "no such name!")

    monkeypatch.setattr(parallelcluster, "make_stack", stack_that_the_cdk_refuses)
    code, out, err = petal("synth", "small.yaml", "-o", "out")

    assert (code, out) == (3, "")
    assert err.startswith("error: the CDK cannot build small: ")
    assert "Traceback" not in err
    assert _content(here) == before


@pytest.mark.parametrize("node", ["/no/such/node", "false"])
def test_a_node_that_does_not_run_is_a_failed_tool(process, here, node):
    ended = process("synth", "small.yaml", "-o", "out", JSII_NODE=node)

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.startswith(f"error: {node}")
    assert ended.stderr.endswith("petal doctor shows which Node is needed, and how to get it\n")
    assert not (here / "out").exists()


def test_it_is_quiet_and_needs_no_aws_nor_node_on_path(process):
    ended = process("synth", "small.yaml", "-o", "out", PATH="/nowhere")

    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_cdk_is_pinned_once():
    import tomllib
    from pathlib import Path

    from petal_constructs.cli.doctor import OLDEST_NODE, OLDEST_PYTHON

    root = Path(__file__).parents[2]
    package = json.loads((root / "package.json").read_text())
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert package["devDependencies"]["aws-cdk"] == VERSION
    assert package["engines"]["node"] == f">={OLDEST_NODE}"
    assert project["requires-python"] == ">=" + ".".join(map(str, OLDEST_PYTHON))
