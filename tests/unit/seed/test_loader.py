"""Files that no seed looks like: always a clear problem, soon, and in little memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest
import yaml

from petal_constructs.errors import UsageError
from petal_constructs.seed import load, source
from tests.unit.seed.seeds import SMALL, codes, read

ANCHORS = "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)
DEEP_BY_ALIAS = "a0: &a0 [1]\n" + "".join(
    f"a{i}: &a{i} {'[' * 30}*a{i - 1}{']' * 30}\n" for i in range(1, 200)
)
MANY = range(30_000)

STRANGE = {
    "50 MB": ("x: y\n" * 10_000_000, "P002"),
    "a thousand brackets": ("a: " + "[" * 1000, "P007"),
    "a thousand closed brackets": ("a: " + "[" * 1000 + "]" * 1000, "P007"),
    "100,000 brackets": ("[" * 100_000, "P007"),
    "100,000 braces": ("{a: " * 100_000, "P007"),
    "100,000 list marks": ("- " * 100_000, "P007"),
    "a thousand indents": ("".join(" " * i + "a:\n" for i in range(1000)), "P007"),
    "billion laughs": ("a0: &a0 [lol]\n" + ANCHORS, "P008"),
    "deep by aliases": (DEEP_BY_ALIAS, "P007"),
    "merges that multiply": (
        "b: &b\n" + "".join(f"  k{i}: 1\n" for i in range(5000)) + "l:\n" + "- <<: *b\n" * 50_000,
        "P008",
    ),
    "100,000 values": ("[" + "1," * 120_000 + "]", "P008"),
    "latin-1": (SMALL.encode() + "# Zürich".encode("latin-1"), "P003"),
    "UTF-16 with mark": (SMALL.encode("utf-16"), "P003"),
    "UTF-16 without mark": (SMALL.encode("utf-16-le"), "P003"),
    "NUL": (SMALL.encode() + b"\0", "P003"),
    "a terminal's escape": (SMALL + "# \x1b[31m", "P003"),
    "a surrogate in bytes": (SMALL.encode() + b"# \xed\xa0\x80", "P003"),
    "a surrogate in an escape": (SMALL + 'x: "\\ud800"', "P001"),
    "a random program": (b"\x7fELF\x02\x01\x01\x00", "P003"),
    "tabs": ("cluster:\n\tname: a\n", "P010"),
    "two documents": (SMALL + "---\n" + SMALL, "P005"),
    "empty": ("", "P004"),
    "only comments": ("# a seed\n\n# to be\n", "P004"),
    "only a document mark": ("---\n", "P004"),
    "only a byte order mark": (b"\xef\xbb\xbf", "P004"),
    "null": ("null", "P004"),
    "a list": ("- cluster\n", "P006"),
    "a word": ("cluster", "P006"),
    "a number": ("42", "P006"),
    "an alias of nothing": ("a: *b\n", "P011"),
    "an alias of itself": ("a: &a [*a]\n", "P011"),
    "a key that is a list": ("? [a]\n: b\n", "P011"),
    "a key that is a mapping": ("{a: b}: c\n", "P011"),
    "a key that is an alias of a list": ("a: &a [b]\n*a : c\n", "P011"),
    "a merge of a word": ("a: {<<: b}\n", "P011"),
    "an unknown directive": ("%YAML 9.0\n---\na: b\n", "P001"),
    "an open quote": ("a: 'b\n", "P001"),
    "an open brace": ("a: {b: c\n", "P001"),
    "no space after a colon": ("cluster:\n  name:a\n  region: b\n", "P001"),
    "unequal indents": ("a:\n  b: 1\n c: 2\n", "P001"),
    "a reserved character": ("a: @b\n", "P001"),
    "a percent sign": ("a: %b\n", "P001"),
    "a bad escape": ('a: "\\q"\n', "P001"),
    "two anchors of one value": ("a: &x &y b\n", "P001"),
}


@pytest.mark.parametrize(("text", "code"), STRANGE.values(), ids=STRANGE)
def test_a_strange_file_is_one_clear_problem(text, code):
    started = time.perf_counter()

    loaded = read(text)

    assert time.perf_counter() - started < 2
    assert codes(loaded) == [code]
    assert loaded.seed is None
    assert all(problem.place and problem.place.line >= 1 for problem in loaded.problems)


CROWDED = {
    "unknown keys": "".join(f"k{i}: 1\n" for i in MANY),
    "keys twice": "a: 1\n" * len(MANY),
    "unknown tags": "a:\n" + "- !!python/object:os.system x\n" * len(MANY),
    "misshapen users": SMALL + "users:\n" + "- {name: A}\n" * 10_000,
    "unknown instance types": SMALL.replace(
        "[c5.4xlarge]", str([f"c5.{i}large" for i in range(5000)])
    ),
    "unknown containers": SMALL + "      containers: " + str([f"name{i}" for i in MANY]),
    "strangers in a tenant": SMALL
    + "".join(
        ["users:\n", *(f"- {{name: u{i}, uid: {i + 2000}, gid: 2000}}\n" for i in range(9000))]
    )
    + "tenants:\n- {name: t, users: "
    + str([f"v{i}" for i in range(9000)])
    + "}\n",
    "the same mount": SMALL
    + "data:\n  s3_mounts:\n"
    + "  - {bucket: abc, mount_point: /data}\n" * 10_000,
    "nested mounts": SMALL
    + "data:\n  s3_mounts:\n"
    + "".join(f"  - {{bucket: abc, mount_point: /data{'/a' * (i % 50)}}}\n" for i in range(10_000)),
}


@pytest.mark.parametrize("text", CROWDED.values(), ids=CROWDED)
def test_a_file_with_thousands_of_mistakes_is_answered_soon(text):
    assert len(text) < source.MAX_BYTES
    started = time.perf_counter()

    loaded = read(text)

    assert time.perf_counter() - started < 2
    assert len(loaded.errors) == load.MOST_ERRORS + 1
    assert "P012" in codes(loaded)


def test_thousands_of_warnings_hide_no_error_and_are_none():
    users = "".join(f"- {{name: u{i}, uid: {i + 1}, gid: 2000}}\n" for i in range(999))

    loaded = read(SMALL + "users:\n" + users)

    assert codes(loaded) == ["P211"] * 999
    assert loaded.unwrap().cluster.name == "small"


@pytest.mark.parametrize("text", ["x: y\n" * 10_000_000, "a0: &a0 [lol]\n" + ANCHORS])
def test_memory_does_not_grow_with_the_file(tmp_path, text):
    path = tmp_path / "large.yaml"
    path.write_text(text)
    tracemalloc.start()

    load.inspect_seed(path, environment={})

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10_000_000


def test_a_file_that_never_ends_is_too_large():
    assert codes(load.inspect_seed("/dev/zero")) == ["P002"]


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_file_that_is_not_there_is_a_wrong_call(tmp_path, name):
    with pytest.raises(UsageError, match=r"no such file|a folder"):
        load.inspect_seed(tmp_path / name)


def test_line_ends_and_byte_order_marks_do_not_matter():
    plain = read(SMALL)

    windows = read(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())

    assert windows.problems == ()
    assert windows.seed == plain.seed


def test_a_place_behind_a_byte_order_mark_is_counted_without_it():
    loaded = read(b"\xef\xbb\xbfclustr: {}\r\n")

    place = next(p for p in loaded.problems if p.code == "P101").place
    assert (place.line, place.column, place.text) == (1, 1, "clustr: {}")


def test_a_byte_that_is_no_utf8_is_found_at_its_letter():
    loaded = read("cluster: {}\n# Grüße, Z".encode() + b"\xfcrich\n")

    place = loaded.problems[0].place
    assert (place.line, place.column) == (2, 11)


@pytest.mark.parametrize(
    "value",
    [".inf", "-.inf", ".nan", "1e999", "-1e999", "9" * 1000, "0x7f", "1_000", "12:30", "\u0661"],
)
@pytest.mark.parametrize("key", ["budget", "uid"])
def test_no_odd_number_is_taken_for_one(key, value):
    text = (
        SMALL + f"{key}: {value}\n"
        if key == "budget"
        else SMALL + (f"users: [{{name: a, uid: {value}, gid: 2000}}]\n")
    )

    assert codes(read(text)) == ["P104"]


@pytest.mark.parametrize("key", ["1", "1.5", "null", "~", "true", "on", "''", '"\\e[31m"', "é"])
def test_a_key_of_any_kind_is_shown_as_it_is_written(key):
    loaded = read(SMALL + f"{key}: 3\n")

    problem = loaded.problems[0]
    assert (len(loaded.problems), problem.code) == (1, "P101")
    assert str(problem).isprintable() or all(c.isprintable() or c == "\n" for c in str(problem))
    assert problem.path.strip("'").replace("\\x1b", "\\e") == key.strip("'\"")


def test_long_lines_keys_and_values_are_cut_in_messages():
    loaded = read(f"cluster: {{name: {'n' * 400_000}, {'k' * 1000}: 1}}\n{'z' * 900}: 2\n")

    assert len(loaded.problems) >= 3
    assert all(len(line) < 200 for p in loaded.problems for line in str(p).splitlines())


def test_duplicate_keys_are_found_on_every_level():
    text = """\
cluster: {name: a, name: b, region: us-east-1}
compute:
  head_node: t3.xlarge
  head_node: t3.large
  queues: [{name: a, instance_types: [c5.large], name: b}]
cluster: {}
"""
    loaded = read(text)

    lines = [(p.place.line, p.place.column) for p in loaded.problems]
    assert codes(loaded) == ["P009"] * 4
    assert lines == [(1, 20), (4, 3), (5, 50), (6, 1)]


def test_a_tag_is_named_and_the_rest_is_checked_all_the_same():
    loaded = read("cluster: !!python/object:os.system {name: a_b, region: us-east-1}\n")

    assert codes(loaded) == ["P102", "P011", "P105"]


def test_a_merge_takes_over_what_is_not_given():
    text = """\
cluster: {name: a, region: us-east-1}
compute:
  head_node: t3.xlarge
  queues:
    - &first {name: first, instance_types: [c5.4xlarge], max_count: 3}
    - {<<: *first, name: second}
    - {name: third, <<: [*first, {max_count: 9, min_count: 1}]}
"""
    queues = read(text).unwrap().compute.queues

    assert [(q.name, q.min_count, q.max_count) for q in queues] == [
        ("first", 0, 3),
        ("second", 0, 3),
        ("third", 1, 3),
    ]


def test_the_parser_written_in_python_says_the_same(monkeypatch):
    bad = "cluster: {name: a_b, region: us-east-1}\ncompute: [\n"
    fast = read(bad)

    monkeypatch.setattr("petal_constructs.seed.tree._LOADER", yaml.SafeLoader)

    assert codes(read(bad)) == codes(fast)
    assert read(SMALL).seed == read(SMALL).unwrap()
