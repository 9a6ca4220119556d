from __future__ import annotations

import json
import subprocess

import pytest

from petal_constructs.cli import cdk
from petal_constructs.errors import ToolError
from tests.cli.conftest import ROOT
from tests.cli.terminal import at_terminal
from tests.need import missing


def test_validate_only_checks_all_and_changes_nothing(process, here, tmp_path_factory):
    temporary = tmp_path_factory.mktemp("temporary")
    before = sorted(here.iterdir())

    ended = process("create", "small.yaml", "--validate-only", TMPDIR=temporary, PATH="/nowhere")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        "small.yaml: stack petal-small can be built for us-east-1\n"
        "nothing was changed: AWS was not asked, and no file was kept\n"
    )
    assert sorted(here.iterdir()) == before
    assert [path.name for path in temporary.iterdir() if path.name.startswith("petal")] == []


def test_validate_only_tells_programs_too(petal):
    code, out, _ = petal("create", "-t", "small.yaml", "--validate-only", "--format", "json")

    assert code == 0
    assert json.loads(out) == {
        "cluster": "small",
        "region": "us-east-1",
        "stack": "petal-small",
        "valid": True,
        "changed": False,
    }


def test_validate_only_keeps_nothing_and_says_so_to_who_names_a_folder(petal, here):
    code, out, err = petal("create", "small.yaml", "--validate-only", "-o", "out")

    assert (code, out) == (2, "")
    assert err == "error: --validate-only keeps no file, but -o names a folder for them\n"
    assert not (here / "out").exists()


def test_without_a_terminal_it_wants_a_yes(process, here):
    ended = process("create", "small.yaml")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "error: nobody can be asked whether to create small\n"
        "hint: add -y to create it without asking, or --validate-only to change nothing\n"
    )
    assert not (here / "build").exists()


@pytest.mark.parametrize(("flag", "end"), [((), "Retain"), (("--destroy-data",), "Delete")])
def test_data_that_the_seed_does_not_keep_goes_only_if_it_is_told(
    process, here, fake_cdk, cloudformation, flag, end
):
    volume = "{name: work, type: ebs, mount_point: /scratch, size_gib: 100, keep: false}"
    seed = here / "small.yaml"
    text = seed.read_text().replace("\ndata:\n", f"\ndata:\n  shared: [{volume}]\n")
    seed.write_text(text)

    ended = process("create", "small.yaml", "-y", *flag, PETAL_CDK=fake_cdk)

    assert ended.returncode == 0, ended.stderr
    (file,) = (here / "build/small/cdk.out").glob("*.template.json")
    resources = json.loads(file.read_text())["Resources"].values()
    (cluster,) = [r for r in resources if r["Type"] == "Custom::PclusterCluster"]
    *_, work = cluster["Properties"]["ClusterConfiguration"]["SharedStorage"]
    assert work["EbsSettings"]["DeletionPolicy"] == end


def test_it_deploys_the_assembly_and_ends_with_the_outputs(process, here, fake_cdk, cloudformation):
    ended = process("create", "small.yaml", "-y", PETAL_CDK=fake_cdk)

    asked = json.loads((here / "asked.json").read_text())
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "small is ready in us-east-1\nSshCommand  ssh ada@192.0.2.1\n"
    assert asked[:4] == ["deploy", "petal-small", "--app", "build/small/cdk.out"]
    assert asked[asked.index("--require-approval") + 1] == "never"


def test_programs_get_the_outputs_as_json(process, fake_cdk, cloudformation):
    ended = process("create", "small.yaml", "-y", "--format", "json", PETAL_CDK=fake_cdk)

    assert json.loads(ended.stdout)["outputs"] == {"SshCommand": "ssh ada@192.0.2.1"}


def test_a_person_sees_the_plan_is_asked_and_follows_the_steps(here, fake_cdk, cloudformation):
    code, seen = at_terminal(
        *("create", "small.yaml"), cwd=here, when="[y/N]", types="y\n", PETAL_CDK=str(fake_cdk)
    )

    assert code == 0
    assert "queues\n" in seen
    assert "create small in us-east-1, which costs money? [y/N]" in seen
    assert "[1/3] check and plan the seed: " in seen
    assert f"npx aws-cdk@{cdk.VERSION} bootstrap aws://ACCOUNT/us-east-1" in seen
    assert "working on it\n" in seen
    assert seen.endswith("small is ready in us-east-1\nSshCommand  ssh ada@192.0.2.1\n")


def test_a_no_changes_nothing(here, fake_cdk, cloudformation):
    code, seen = at_terminal(
        *("create", "small.yaml"), cwd=here, when="[y/N]", types="n\n", PETAL_CDK=str(fake_cdk)
    )

    assert code == 1
    assert seen.endswith("nothing was changed\n")
    assert not (here / "asked.json").exists()
    assert not (here / "build").exists()


def test_a_missing_cdk_is_a_missing_tool(process, cloudformation):
    ended = process("create", "small.yaml", "-y", PETAL_CDK="/no/such/cdk")

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == (
        "error: PETAL_CDK=/no/such/cdk: no such program\n"
        f"hint: npm install aws-cdk@{cdk.VERSION}, or PETAL_CDK=/path/to/cdk\n"
    )


@pytest.mark.parametrize(
    ("cause", "hint"),
    [
        (
            "petal-small: SSM parameter not found. Has the environment been bootstrapped?",
            "once for",
        ),
        ("Need to perform AWS calls, but no credentials have been configured", "log in"),
    ],
)
def test_a_failure_of_aws_shows_its_cause_and_a_way_on(
    process, fake_cdk, cloudformation, cause, hint
):
    fake_cdk.write_text(f"#!/bin/sh\necho '{cause}' >&2\nexit 1\n")

    ended = process("create", "small.yaml", "-y", PETAL_CDK=fake_cdk)

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.startswith(
        f"error: cdk deploy failed with exit code 1\n{cause}\nhint: {hint}"
    )


def test_the_real_cdk_without_credentials_is_a_failed_tool(petal, monkeypatch):
    program = ROOT / "node_modules/.bin/cdk"
    if not program.exists():
        missing("the CDK command line", "make test installs it")
    monkeypatch.setenv("PETAL_CDK", str(program))
    petal("synth", "small.yaml")

    with pytest.raises(ToolError) as failed:
        cdk.run_cdk(("deploy", "petal-small", "--app", "build/small/cdk.out"), region="us-east-1")

    assert "Unable to resolve AWS account" in str(failed.value)
    assert str(failed.value).endswith("hint: log in, e.g. aws sso login; petal doctor checks")


def _install(folder):
    program = folder / "node_modules/.bin/cdk"
    program.parent.mkdir(parents=True)
    program.touch()
    return program


def test_the_cdk_is_looked_for_here_then_beside_cdk_json_then_asked_of_npx(here):
    below = here / "a" / "b"
    below.mkdir(parents=True)
    assert cdk.cdk_command(below)[-2:] == ("--yes", f"aws-cdk@{cdk.VERSION}")

    _install(here)
    assert len(cdk.cdk_command(below)) > 1

    (here / "cdk.json").touch()
    assert cdk.cdk_command(below) == (str(here / "node_modules/.bin/cdk"),)

    nearer = _install(below)
    assert cdk.cdk_command(below) == (str(nearer),)


def test_no_cdk_and_no_npx_is_a_missing_tool(here, monkeypatch):
    monkeypatch.setattr(cdk, "node_binary", lambda: None)
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ToolError, match="command line is missing, and so is npx\nhint: npm inst"):
        cdk.cdk_command(here)


def test_the_packaged_npx_runs(here):
    *npx, _, _ = cdk.cdk_command(here)

    subprocess.run([*npx, "--version"], check=True, env=cdk.cdk_environment())
