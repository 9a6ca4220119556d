"""A seed that goes to another platform and back is the same, byte for byte."""

from __future__ import annotations

import re

import pytest

from petal_constructs.convert.header import split
from petal_constructs.errors import SeedError
from petal_constructs.seed.differences import field_changes
from tests.convert.seeds import FORMS, SEEDS, converted, read

WAYS = {
    "parallelcluster": (("pcs",), ("hybrid",), ("pcs", "hybrid")),
    "pcs": (
        ("parallelcluster",),
        ("hybrid",),
        ("parallelcluster", "hybrid"),
        ("hybrid", "parallelcluster"),
        ("parallelcluster", "hybrid", "parallelcluster"),
    ),
}


def _platform(text):
    written = re.search(r"^  platform: (\w+)", text, re.MULTILINE)
    return written[1] if written else "parallelcluster"


CASES = [
    pytest.param(text, way, id=f"{name} {'-'.join(way)}")
    for name, text in [
        *((path.stem, path.read_bytes().decode()) for path in SEEDS),
        *FORMS.items(),
    ]
    for way in WAYS.get(_platform(text), ())
]
EXPANDED = {"an anchor in the queues pcs-hybrid", "an anchor above pcs-hybrid"}
"""Where the anchors of a side go with it: what named them is written out."""


def _back(text, way):
    """Along a way and back; None where a person must decide something before it goes on."""
    home = read(text).seed.cluster.platform
    undecided = ()
    for to in (*way, home):
        if undecided:
            with pytest.raises(SeedError):
                converted(text, to)
            return None
        found = converted(text, to)
        text, undecided = found.text, found.report.undecided
    return text


@pytest.mark.parametrize(("text", "way"), CASES)
def test_a_seed_comes_back_as_it_was(text, way, request):
    back = _back(text, way)
    if back is None:
        return
    if any(f"[{name}]" in request.node.name for name in EXPANDED):
        assert field_changes(read(text).seed, read(back).seed) == ()
    else:
        assert back == text


@pytest.mark.parametrize(("text", "way"), CASES)
def test_line_ends_of_windows_and_a_missing_last_one_stay(text, way, request):
    if any(f"[{name}]" in request.node.name for name in EXPANDED):
        return
    for other in (text.replace("\n", "\r\n"), text.rstrip("\n")):
        back = _back(other, way)
        assert back in {None, other}


@pytest.mark.parametrize(("text", "way"), CASES)
def test_what_is_converted_is_read_without_errors_or_says_what_to_decide(text, way):
    found = converted(text, way[0])

    loaded = read(found.text)

    assert loaded.seed is not None
    told = [(row.code, row.path) for row in found.report.undecided]
    assert told == [(problem.code, problem.path) for problem in loaded.errors]


@pytest.mark.parametrize(("text", "way"), CASES)
def test_only_what_the_report_names_is_another(text, way):
    found = converted(text, way[0])
    paths = {row.path.split("[")[0] for row in found.report.rows if row.kind != "aside"}
    paths = {"compute" if path.startswith("platforms") else path for path in paths}

    changes = field_changes(read(text).seed, read(found.text).seed)

    for change in changes:
        path = change.path.split("[")[0].replace("platforms", "compute")
        assert path in paths, change


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_report_stands_above_the_seed_and_nothing_else_is_between(path):
    text = path.read_bytes().decode()
    platform = read(text).seed.cluster.platform
    to = WAYS.get(platform, (("pcs",),))[0][0]

    found = converted(text, to)

    assert found.text.endswith(split(found.text)[1])
    assert all(f"#   {row.line}\n" in found.text for row in found.report.told)
