"""The JSON Schema says of a file what the loader says, as far as a schema can."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from petal_constructs.planning import inspect_seed
from petal_constructs.seed.load import inspect_seed as inspect_language
from petal_constructs.seed.schema import json_schema
from tests.unit.seed.seeds import SMALL

ROOT = Path(__file__).parents[3]
GENERATED = ROOT / "petal_constructs" / "seed" / "petal-seed.schema.json"
FOLDERS = ("seeds", "tests/data", "tests/documents", "tests/bad_seeds")
VALIDATOR = jsonschema.Draft202012Validator(json_schema())

OF_THE_SHAPE = {f"P10{digit}" for digit in (1, 2, 4, 5, 6, 7, 8)}


def test_the_file_is_what_the_models_say():
    written = json.loads(GENERATED.read_text("utf-8"))

    assert written == json_schema(), "run: make docs"


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


def _codes(path):
    """Codes of the language's problems; a region is at hand."""
    found = inspect_language(path, environment={"AWS_REGION": "us-east-1"}).problems
    return {problem.code for problem in found}


def _is_plain_yaml(path):
    return not any(code.startswith("P0") for code in _codes(path))


FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.yaml"))]


@pytest.mark.parametrize(
    "path", [f for f in FILES if _is_plain_yaml(f)], ids=lambda path: path.stem
)
def test_it_refuses_what_the_loader_refuses_for_its_shape(path):
    refused = list(VALIDATOR.iter_errors(yaml.safe_load(path.read_text("utf-8"))))

    assert bool(refused) == bool(_codes(path) & OF_THE_SHAPE), refused


@pytest.mark.parametrize("path", sorted((ROOT / "seeds").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_seed_to_copy_fits_and_names_the_schema(path):
    assert list(VALIDATOR.iter_errors(yaml.safe_load(path.read_text("utf-8")))) == []
    assert inspect_seed(path, environment={}).errors == ()
    named = path.read_text("utf-8").splitlines()[0].partition("$schema=")[2]
    assert (path.parent / named).resolve() == GENERATED


@pytest.mark.parametrize(
    "more",
    [
        "      capacity_type: spot\n",
        "      capacity_type: Spot\n",
        "      max_time: 60\n",
        "software:\nusers:\n",
        "eks: {version: 1.30, karpenter: auto-mode}\n",
        "kubernetes: {version: '1.36'}\n",
    ],
)
def test_it_knows_every_spelling(more):
    assert list(VALIDATOR.iter_errors(yaml.safe_load(SMALL + more))) == []


def test_every_key_tells_what_it_means():
    schema = json_schema()
    for section in (schema, *schema["$defs"].values()):
        assert section["description"]
        assert all(key["description"] for key in section["properties"].values())
