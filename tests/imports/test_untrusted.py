"""Random bytes, damaged configurations, deep nesting: always an answer, and no crash."""

from __future__ import annotations

import re
import time

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from petal_constructs.errors import PetalError
from petal_constructs.imports.parallelcluster import import_config
from petal_constructs.planning import check_seed
from petal_constructs.seed.load import inspect_source
from petal_constructs.seed.source import Source, decode
from tests.imports.configurations import OWN

TEXTS = [path.read_text() for path in OWN]
WORDS = ["${X}", "{{ x }}", "{% if %}", "<x>", "*a", "&a ", "<<", "- ", "[", "}", "null", "\t"]
WORDS += [
    "'",
    '"',
    "|",
    "!Ref x",
    "0",
    "-1",
    "1e999",
    "true",
    "\x07",
    "\ud7ff",
    "\u2028",
    "x" * 300,
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS)
scalars |= st.text(max_size=8)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Name", "Key", "Value", "a.b", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)


def answered(data):
    """Import the bytes: a seed that can be read, or an error that says why not."""
    started = time.perf_counter()
    source = decode("fuzzed.yaml", data)
    if not isinstance(source, Source):
        return None
    try:
        found = import_config(source)
    except PetalError:
        return None
    again = inspect_source(Source("fuzzed.yaml", found.text), check=check_seed)
    assert again.problems == found.problems
    assert found.to_json()["values"] is not None
    assert all(entry.reason for entry in found.entries if entry.fate in {"lost", "decide"})
    assert time.perf_counter() - started < 5
    return found


def places(value, path=()):
    yield path
    below = value.items() if isinstance(value, dict) else ()
    below = enumerate(value) if isinstance(value, list) else below
    for key, inner in below:
        yield from places(inner, (*path, key))


@given(data=st.binary(max_size=200))
def test_random_bytes_get_an_answer(data):
    answered(data)


@given(words=st.lists(st.sampled_from([*WORDS, "HeadNode", "\n  ", ": ", "a"]), max_size=30))
def test_random_words_get_an_answer(words):
    answered("".join(["Image: {}\n", *words]).encode("utf-8", "surrogatepass"))


@given(data=st.data(), text=st.sampled_from([t for t in TEXTS if not re.search("{{|!|@@", t)]))
def test_a_configuration_with_another_value_somewhere_gets_an_answer(data, text):
    tree = yaml.safe_load(text)
    *above, last = data.draw(st.sampled_from([place for place in places(tree) if place]))
    holder = tree
    for key in above:
        holder = holder[key]
    holder[last] = data.draw(trees)

    answered(yaml.safe_dump(tree, allow_unicode=True).encode())


@given(data=st.data(), text=st.sampled_from(TEXTS))
def test_a_configuration_with_other_characters_gets_an_answer(data, text):
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(st.sampled_from(WORDS) | st.text(max_size=4)) + text[end:]

    answered(text.encode("utf-8", "surrogatepass"))


@given(depth=st.sampled_from([30, 39, 1000, 50_000]), sign=st.sampled_from(["[", "{a: "]))
@example(depth=200_000, sign="[")
def test_deep_nesting_gets_an_answer(depth, sign):
    answered(f"HeadNode: {sign * depth}".encode())


def test_aliases_that_multiply_are_refused_in_time():
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    text = "\n".join(["a0: &a0 [x]", *rows, "HeadNode: *a11"])

    started = time.perf_counter()

    assert answered(text.encode()) is None
    assert time.perf_counter() - started < 2


def test_many_values_of_one_file_are_told_in_time():
    text = "HeadNode: {InstanceType: c5.large}\nTags:\n" + "".join(
        f"  - {{Key: k{n}, Value: v}}\n" for n in range(5000)
    )

    found = answered(text.encode())

    assert len(found.entries) > 10_000


@pytest.mark.parametrize("odd", ["t3.large\u2028x", "a\x85b", "a\nb", "# a", "- a: [b]", "a\u2029"])
def test_a_value_of_any_characters_stands_in_the_seed_as_it_was(odd):
    config = yaml.safe_load(TEXTS[0])
    config["HeadNode"]["InstanceType"] = odd

    found = answered(yaml.safe_dump(config).encode())

    assert yaml.safe_load(found.text) == found.sections
    assert found.sections["compute"]["head_node"] == odd
    assert "\n  # the first is for queues that name none" in found.text


@pytest.mark.parametrize("subnet", ["subnet-1; rm -rf ~", "$(id)", "${SUBNET}", "subnet-1\nb"])
def test_no_command_is_made_of_what_is_no_id_of_a_subnet(subnet):
    config = {"HeadNode": {"InstanceType": "t3.large", "Networking": {"SubnetId": subnet}}}

    found = answered(yaml.safe_dump(config).encode())

    assert "describe-subnets" not in found.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[global]\ncluster_template = default\n", "a configuration of ParallelCluster 2"),
        ("[aws]\naws_region_name = us-east-1\n[cluster a]\n", "pcluster3-config-converter"),
        ("cluster: {name: a}\ncompute: {}\n", "a seed already"),
        ("Build: {ParentImage: x}\n", "a configuration of an image"),
        ("a: 1\n", "no configuration of ParallelCluster"),
        ("- HeadNode\n", "no configuration of ParallelCluster"),
        ("", "it has HeadNode: and Scheduling:"),
        ("HeadNode: {\n", "a value is missing here"),
        ("Image: {}\n---\nImage: {}\n", "keep one configuration in a file"),
    ],
)
def test_what_is_no_configuration_is_said_in_words(text, words):
    with pytest.raises(PetalError) as refused:
        import_config(Source("x.yaml", text))

    assert words in str(refused.value)
