"""`--platform`: the same seed on another platform."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT
from tests.stacks import SEEDS

COMMANDS = ("validate", "plan", "synth", "create", "delete")
SIDES = """\
cluster:
  name: both
  region: us-east-1
platforms:
  parallelcluster:
    head_node: t3.large
    queues: [{name: legacy, instance_types: [c5.large]}]
  pcs:
    queues: [{name: modern, instance_types: [c5.large]}]
network: {ssh_from: [192.0.2.0/24]}
"""


@pytest.mark.parametrize("name", ["pcs", "eks", "EKS"])
def test_a_seed_is_checked_for_the_platform_that_is_named(petal, name):
    code, out, err = petal("validate", "small.yaml", "--platform", name)

    assert (code, err) == (0, "")
    assert "warning[P402]: compute.head_node: pcs leaves it aside" in out
    assert "--> small.yaml:5:14\n5 |   head_node: t3.large\n" in out


def test_a_seed_is_planned_for_the_platform_that_is_named(petal):
    code, out, _ = petal("plan", "small.yaml", "--platform", "pcs", "--format", "json")

    assert code == 0
    assert json.loads(out)["platform"] == "pcs"


def test_the_platform_that_the_seed_names_already_changes_nothing(petal):
    assert petal("plan", "small.yaml", "--platform", "parallelcluster") == petal(
        "plan", "small.yaml"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_platform_is_wrong_usage(petal, command):
    code, out, err = petal(command, "small.yaml", "--platform", "parallelclutser")

    assert (code, out) == (2, "")
    assert err.endswith(
        "error: no platform is called parallelclutser\nhint: did you mean parallelcluster?\n"
    )


def test_a_seed_of_two_sides_has_no_single_platform(petal, here):
    (here / "both.yaml").write_text(SIDES)

    code, out, _ = petal("validate", "both.yaml", "--platform", "pcs")

    assert code == 1
    assert "error[P208]: platforms: pcs has one side, but platforms describes two" in out
    assert "--> both.yaml:4:1" in out


def test_a_problem_of_a_platform_that_is_not_written_stands_at_the_cluster(petal):
    code, out, _ = petal("validate", "small.yaml", "--platform", "auto")

    assert code == 1
    assert "error[P300]: cluster.platform" in out
    assert "--> small.yaml:1:1\n" in out


def test_what_is_written_says_how_to_create_it(petal, here):
    seed = here / "small.yaml"
    seed.write_text(seed.read_text().replace("name: small\n", "name: small\n  platform: pcs\n"))

    code, out, _ = petal("synth", "small.yaml", "--platform", "parallelcluster", "-o", "out")

    assert code == 0
    assert json.loads((here / "out/plan.json").read_text())["platform"] == "parallelcluster"
    assert "deploy it: petal create small.yaml --platform parallelcluster, or " in out


def test_a_rehearsal_on_pcs_needs_no_aws_and_keeps_nothing(petal, here):
    code, out, err = petal("create", ROOT / "seeds/pcs-bio.yaml", "--validate-only")

    assert code == 0
    assert "pcs-bio.yaml: stack petal-pcs-bio can be built for us-east-1\n" in out
    assert "error" not in err
    assert sorted(path.name for path in here.iterdir()) == ["bad.yaml", "small.yaml"]


def test_texts_are_rendered_without_node():
    program = f"""
import sys
from petal_constructs import load_seed, plan_seed
from petal_constructs.platforms import platform
for path in {[str(path) for path in SEEDS]}:
    plan = plan_seed(load_seed(path))
    assert platform(plan.platform).files(plan)
assert "jsii" not in sys.modules
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, cwd=ROOT
    )

    assert (run.returncode, run.stderr) == (0, b"")


def _app(folder, **context):
    environment = {"CDK_CONTEXT_JSON": json.dumps(context), "CDK_OUTDIR": str(folder / "cdk.out")}
    return subprocess.run(
        [sys.executable, ROOT / "app.py"],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_cdk_is_told_the_platform_as_context(here):
    seed = here / "small.yaml"
    seed.write_text(seed.read_text().replace("name: small\n", "name: small\n  platform: pcs\n"))

    run = _app(here, seed="small.yaml", platform="parallelcluster")

    assert run.returncode == 0, run.stderr
    template = (here / "cdk.out/petal-small.template.json").read_text()
    assert "Custom::PclusterCluster" in template


def test_the_cdk_is_told_an_unknown_platform(here):
    run = _app(here, seed="small.yaml", platform="pc")

    assert run.returncode == 2
    assert "no platform is called pc\nhint: did you mean pcs?" in run.stderr


ON_EKS = "petal: HPC cluster small, Slurm on Amazon EKS"
REFUSED = (
    f"error: stack petal-small in us-east-1 is another one ({ON_EKS}), not this "
    "(petal: HPC cluster small on AWS ParallelCluster): nothing was changed\n"
    "hint: name its platform with --platform, or choose another cluster.name\n"
)


@pytest.mark.parametrize("command", ["create", "delete"])
def test_a_cluster_of_another_platform_is_left_alone(process, here, fake_cdk, a_stack, command):
    a_stack("petal-small", description=ON_EKS)

    ended = process(command, "small.yaml", "-y", PETAL_CDK=fake_cdk)

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.endswith(REFUSED)
    assert not (here / "asked.json").exists()


def test_a_cluster_of_the_same_platform_is_brought_up_to_date(process, here, fake_cdk, a_stack):
    a_stack("petal-small", description="petal: HPC cluster small on AWS ParallelCluster")

    ended = process("create", "small.yaml", "-y", PETAL_CDK=fake_cdk)

    assert ended.returncode == 0, ended.stderr
    assert (here / "asked.json").exists()
