"""A template tells which seed it was made from, and the seed is the same when it is read back."""

from __future__ import annotations

import dataclasses
import json

import pytest

from petal_constructs import __version__
from petal_constructs.planning import load_seed
from petal_constructs.record import KEY, as_metadata, recorded
from petal_constructs.seed.schema import json_schema
from tests.live_changes import ROWS, after
from tests.stacks import BIO, SEEDS


def written_and_read(seed):
    text = json.dumps({"Metadata": {KEY: as_metadata(seed)}})
    return recorded(json.loads(text))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_seed_is_the_same_when_it_is_read_back(path):
    seed = load_seed(path, environment={})

    assert written_and_read(seed).seed == seed


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_so_is_a_changed_seed(row):
    seed = after(row.edits)

    assert written_and_read(seed).seed == seed


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_lost_seed_is_a_file_again(path, tmp_path):
    seed = load_seed(path, environment={})
    (tmp_path / "found.yaml").write_text(as_metadata(seed)["seed"])

    assert load_seed(tmp_path / "found.yaml", environment={}) == seed


def test_the_version_is_told():
    assert written_and_read(load_seed(BIO, environment={})).version == __version__


@pytest.mark.parametrize(
    "template", [{}, {"Metadata": None}, {"Metadata": {KEY: {}}}, {"Metadata": {KEY: "bio"}}]
)
def test_other_templates_tell_nothing(template):
    assert recorded(template) is None


@pytest.mark.parametrize(
    ("old", "new"), [('"region"', '"place"'), ("c5.4xlarge", "c5.5xlarge"), ("{", "")]
)
def test_a_seed_that_this_version_does_not_build_is_none(old, new):
    record = written_and_read(load_seed(BIO, environment={}))

    assert dataclasses.replace(record, text=record.text.replace(old, new)).seed is None


def test_defaults_are_left_out():
    text = written_and_read(load_seed(BIO, environment={})).text

    assert "min_count" not in text
    assert "monitoring" not in text


def test_no_key_of_a_seed_holds_a_secret():
    """Templates are read by all who may look at stacks; a seed names a secret by its ARN alone."""
    schema = json_schema()
    parts = (schema, *schema["$defs"].values())
    keys = {key: json.dumps(held) for part in parts for key, held in part["properties"].items()}

    secret = {key for key in keys if {"password", "secret", "token"} & {*key.split("_")}}
    texts = {key for key in secret if '"type": "string"' in keys[key]}
    assert {key for key in texts if '"^arn:aws' not in keys[key]} == set()
