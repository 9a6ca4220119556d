"""The reference of what a change does has every key of the language."""

from __future__ import annotations

import sys

import pytest

from petal_constructs.seed.differences import field_changes
from tests import further_changes, pcs_changes
from tests.live_changes import after, seed_of
from tests.stacks import ROOT


@pytest.fixture
def reference(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import change_reference

    yield change_reference
    sys.modules.pop("change_reference")


@pytest.mark.parametrize("name", ["ON_PARALLELCLUSTER", "ON_PCS"])
def test_every_key_has_a_row_or_a_reason(reference, name):
    page = getattr(reference, name)
    without = reference.without_a_row(page)

    assert [k for k in without if not any(reference.below(k, a) for a in page.without)] == []
    assert set(page.without) <= without


def test_an_entry_that_comes_is_a_change_of_its_name(reference):
    assert reference.key("compute.queues[gpu]") == "compute.queues[].name"
    assert reference.key("compute.queues[gpu].max_count") == "compute.queues[].max_count"
    assert reference.key("data.s3_mounts[/shared/reads]") == "data.s3_mounts[].mount_point"
    assert reference.key("cluster.tags[owner]") == "cluster.tags"


@pytest.mark.parametrize("module", [further_changes, pcs_changes], ids=lambda m: m.__name__)
def test_every_row_changes_its_seed(module):
    assert [
        row.name
        for seed, rows, _ in module.TABLES
        for row in rows
        if not field_changes(seed_of(seed), after(row.edits, seed))
    ] == []
