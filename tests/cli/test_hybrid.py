"""Commands on a seed with two sides."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.cli.conftest import ROOT

HYBRID = ROOT / "seeds/hybrid.yaml"


def test_synth_writes_a_folder_for_each_side_and_one_stack(petal, here):
    code, out, _ = petal("synth", HYBRID, "-o", "out")

    assert code == 0
    assert "out/parallelcluster  rendered, to read" in out
    assert "out/pcs              rendered, to read" in out
    assert (here / "out/parallelcluster/cluster-config.yaml").is_file()
    assert (here / "out/pcs/manifests/modern.hpc-jobs-slurm.yaml").is_file()
    assert [f.name for f in (here / "out/cdk.out").glob("*.template.json")] == [
        "petal-hybrid.template.json"
    ]


def test_plan_shows_both_sides_with_their_prices(petal):
    _, out, _ = petal("plan", HYBRID)
    _, found, _ = petal("plan", HYBRID, "--format", "json")

    assert "\nside parallelcluster\n" in out
    assert "\nside pcs\n" in out
    assert out.count("/hour") == 2
    plan = json.loads(found)
    assert plan["parallelcluster"]["users"] == plan["pcs"]["clusters"][0]["users"]


def test_a_rehearsal_of_both_sides_needs_no_aws(petal):
    code, out, err = petal("create", HYBRID, "--validate-only")

    assert code == 0
    assert "hybrid.yaml: stack petal-hybrid can be built for us-east-1\n" in out
    assert "error" not in err


@pytest.mark.parametrize("side", ["parallelcluster", "pcs"])
def test_diff_of_two_seeds_names_the_field_of_the_side(petal, here, side):
    changed = yaml.safe_load(HYBRID.read_text())
    changed["platforms"][side]["queues"][1]["max_count"] = 12
    (here / "new.yaml").write_text(yaml.safe_dump(changed))

    code, out, _ = petal("diff", HYBRID, "new.yaml")

    assert code == 0
    assert f"platforms.{side}.queues" in out
