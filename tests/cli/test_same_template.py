"""`petal synth` and `cdk synth -c seed=` are two ways to one stack."""

from __future__ import annotations

import json
import subprocess

import pytest

from petal_constructs.cli.cdk import cdk_environment
from tests.cli.conftest import ROOT, SMALL
from tests.need import missing

CDK = ROOT / "node_modules/.bin/cdk"


@pytest.fixture
def cdk():
    return str(CDK) if CDK.exists() else missing("the CDK command line", "make test installs it")


@pytest.mark.parametrize("seed", [SMALL, ROOT / "seeds/hybrid.yaml"], ids=lambda seed: seed.stem)
def test_petal_and_the_cdk_make_the_same_template(petal, here, cdk, seed):
    petal("synth", seed, "-o", "out")
    arguments = ("synth", "--quiet", "--no-notices", "-c", f"seed={seed}", "-o", here / "cdk.out")

    subprocess.run(
        [cdk, *arguments], cwd=ROOT, env=cdk_environment(), check=True, capture_output=True
    )

    ours, its = (
        json.loads((folder / f"petal-{seed.stem}.template.json").read_text())
        for folder in (here / "out/cdk.out", here / "cdk.out")
    )
    its["Resources"].pop("CDKMetadata", None)  # the CDK's own report of its use
    assert ours == its
