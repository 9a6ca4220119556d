"""Random bytes, random trees, seeds with random damage: always an answer, soon, with its place."""

from __future__ import annotations

import time
from pathlib import Path

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from petal_constructs.planning import inspect_seed, plan_seed
from petal_constructs.platforms import platform
from petal_constructs.seed.model import Seed

ROOT = Path(__file__).parents[2]
SEEDS = [path.read_text("utf-8") for path in sorted((ROOT / "seeds").glob("*.yaml"))]

KEYS = sorted({*Seed.model_fields, "name", "region", "queues", "instance_types", "type", "version"})
NAMES = ["a", "pcs", "hybrid", "spot", "us-east-1", "c5.4xlarge", "hpc7a.96xlarge", "c7g.large"]
VALUES = ["p3.2xlarge", "/data", "0", "-1", "1e999", "null", "yes", "*a", "&a b", "!!int", "<<"]
SIGNS = [*"%'\"[]{}:#|>", "- ", "\t", "\n", "\x00", "\ud7ff", "\u2028", "\ufeff"]
WORDS = [*NAMES, *VALUES, *SIGNS]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(WORDS),
)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=25,
)


def _answered(tmp_path_factory, data):
    """Inspect the bytes as a seed file, and hold the answer against what every answer promises."""
    path = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    path.write_bytes(data)
    started = time.perf_counter()

    loaded = inspect_seed(path, environment={})

    assert time.perf_counter() - started < 2
    for problem in loaded.problems:
        _is_well_formed(problem, data)
    if loaded.seed is None:
        assert loaded.errors
    elif not loaded.errors:
        plan = plan_seed(loaded.seed)
        assert platform(plan.platform).files(plan)
    return loaded


def _is_well_formed(problem, data):
    assert problem.code
    assert problem.message.strip()
    assert "\n" not in problem.message + problem.hint
    assert str(problem).encode()
    if problem.place:
        lines = data.decode("utf-8", "replace").splitlines() or [""]
        assert 1 <= problem.place.line <= len(lines) + 1
        assert 1 <= problem.place.column <= len(problem.place.text) + 2


@given(data=st.binary(max_size=300))
def test_random_bytes_get_an_answer(tmp_path_factory, data):
    assert _answered(tmp_path_factory, data).errors


@given(text=st.lists(st.sampled_from([*WORDS, *KEYS, " ", "\n  ", ": "]), max_size=40).map("".join))
def test_random_words_of_yaml_get_an_answer(tmp_path_factory, text):
    assert _answered(tmp_path_factory, text.encode()).errors


@given(tree=st.dictionaries(st.sampled_from(KEYS), trees, max_size=6) | trees)
@example(tree={"[key]": False, "cluster": {"[key]": "cluster", "tags": {"[key]": 1}}})
@example(tree={"cluster": {"name": [], "kubernetes": {}}, "kubernetes": {"node_groups": None}})
def test_a_random_tree_gets_an_answer(tmp_path_factory, tree):
    _answered(tmp_path_factory, yaml.safe_dump(tree, allow_unicode=True).encode())


def _parts(value, path=()):
    """Every place in a tree."""
    yield path
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        inner = ()
    for key, below in inner:
        yield from _parts(below, (*path, key))


def _put(tree, path, value):
    for key in path[:-1]:
        tree = tree[key]
    tree[path[-1]] = value


def _get(tree, path):
    for key in path:
        tree = tree[key]
    return tree


@given(data=st.data(), text=st.sampled_from(SEEDS))
def test_a_seed_with_another_value_somewhere_gets_an_answer(tmp_path_factory, data, text):
    tree = yaml.safe_load(text)
    places = [path for path in _parts(tree) if path]
    path = data.draw(st.sampled_from(places))
    other = data.draw(
        st.sampled_from(places).map(lambda place: _get(tree, place)) | scalars | trees
    )

    _put(tree, path, yaml.safe_load(yaml.safe_dump(other)))

    _answered(tmp_path_factory, yaml.safe_dump(tree, allow_unicode=True).encode())


@given(data=st.data(), text=st.sampled_from(SEEDS))
def test_a_seed_with_a_line_more_or_less_gets_an_answer(tmp_path_factory, data, text):
    lines = text.splitlines(keepends=True)
    numbers = st.integers(0, len(lines) - 1)
    for _ in range(data.draw(st.integers(1, 3))):
        here, there = data.draw(numbers), data.draw(numbers)
        change = data.draw(st.sampled_from(["delete", "repeat", "swap", "indent"]))
        if change == "delete":
            lines[here] = ""
        elif change == "repeat":
            lines[there] += lines[here]
        elif change == "swap":
            lines[here], lines[there] = lines[there], lines[here]
        else:
            lines[here] = " " * data.draw(st.integers(1, 4)) + lines[here]

    _answered(tmp_path_factory, "".join(lines).encode())


@given(data=st.data(), text=st.sampled_from(SEEDS))
def test_a_seed_with_other_characters_gets_an_answer(tmp_path_factory, data, text):
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 8)))
        text = text[:start] + data.draw(st.sampled_from(WORDS) | st.text(max_size=4)) + text[end:]

    _answered(tmp_path_factory, text.encode("utf-8", "surrogatepass"))
