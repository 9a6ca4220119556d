"""Spack's own JSON Schema takes what petal writes for it; what Spack makes of it is not proved."""

from __future__ import annotations

import json

import pytest
import yaml
from jsonschema import Draft7Validator

from petal_constructs.plan.values import Software
from petal_constructs.render.software import software_files
from tests.stacks import ROOT, plan_of, seeds_of

SCHEMA = Draft7Validator(json.loads((ROOT / "tests/data/spack/spack.json").read_text()))
RICH = Software(
    ("hdf5@1.14+mpi ^openmpi@4.1", "openmpi@5.0.8 fabrics=ofi", "bwa"),
    "/petal",
    build_cache="s3://my-software/caches/v1",
    compiler="gcc@13.2",
)


def manifest(software):
    """All files that Spack reads as one: an include stands for what it includes."""
    texts = software_files(software)
    whole = yaml.safe_load(texts["spack.yaml"])
    whole["spack"] |= {"specs": list(software.spack_specs)}
    whole["spack"] |= yaml.safe_load(texts["mirrors.yaml"])
    whole["spack"] |= yaml.safe_load(texts["target-x86_64.yaml"])
    return whole


def complaints(document):
    return [f"{list(error.path)}: {error.message}" for error in SCHEMA.iter_errors(document)]


@pytest.mark.parametrize("seed", seeds_of("parallelcluster"), ids=lambda seed: seed.stem)
def test_spack_would_take_the_manifest_of_a_seed(seed):
    assert complaints(manifest(plan_of(seed).software)) == []


def test_spack_would_take_a_compiler_and_a_build_cache():
    assert complaints(manifest(RICH)) == []


def test_the_schema_refuses_what_spack_does_not_know():
    document = manifest(RICH)
    document["spack"]["mirrors"]["petal-site"]["secret"] = "x"
    document["spack"]["packages"]["c"]["preferred"] = ["gcc"]

    assert len(complaints(document)) >= 2


def test_the_namespace_of_a_package_is_no_part_of_its_module():
    texts = software_files(Software(("builtin.zlib@1.3", "builtin.bwa"), "/petal"))

    assert texts["packages.tsv"] == "zlib\t1.3\tbuiltin.zlib@1.3\nbwa\t-\tbuiltin.bwa\n"
