from __future__ import annotations

import dataclasses
import json

import jsonschema
import yaml

from petal_constructs.explain import codes, explanation
from petal_constructs.seed.schema import json_schema


def test_the_schema_is_printed_and_accepts_a_good_seed(petal, here):
    code, out, err = petal("schema")

    assert (code, err) == (0, "")
    assert json.loads(out) == json_schema()
    jsonschema.validate(yaml.safe_load((here / "small.yaml").read_text()), json.loads(out))


def test_the_schema_goes_to_a_file_if_one_is_named(petal, here):
    assert petal("schema", "-o", "seed.schema.json") == (0, "", "")

    assert json.loads((here / "seed.schema.json").read_text()) == json_schema()


def test_a_code_is_explained_in_either_case(petal):
    code, out, err = petal("explain", "p103")

    assert (code, err) == (0, "")
    assert out == petal("explain", "P103")[1]
    assert out.startswith("P103: min_count is above max_count\n\n")
    assert explanation("P103").example.splitlines()[0] in out
    assert f"\n\nto mend it:\n  {explanation('P103').fix.splitlines()[0]}" in out


def test_programs_get_an_explanation_as_json(petal):
    code, out, _ = petal("explain", "P103", "--format", "json")

    assert code == 0
    assert json.loads(out) == dataclasses.asdict(explanation("P103"))


def test_without_a_code_all_are_listed(petal):
    _, text, _ = petal("explain")
    _, listed, _ = petal("explain", "--format", "json")

    assert [line.split()[0] for line in text.splitlines()] == [*codes()]
    assert [known["code"] for known in json.loads(listed)] == [*codes()]


def test_an_unknown_code_is_wrong_usage_and_gets_a_hint(petal):
    assert petal("explain", "P1003") == (
        2,
        "",
        "error: P1003: no such code\nhint: did you mean P103?\n",
    )
    assert petal("explain", "nonsense") == (
        2,
        "",
        "error: nonsense: no such code\nhint: petal explain lists all codes\n",
    )
