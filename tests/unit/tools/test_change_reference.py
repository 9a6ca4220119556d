"""The reference of what a change does has every key of the language."""

from __future__ import annotations

import sys

import pytest

from petal_constructs.seed.differences import field_changes
from tests.further_changes import TABLES
from tests.live_changes import after, seed_of
from tests.stacks import ROOT


@pytest.fixture
def reference(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import change_reference

    yield change_reference
    sys.modules.pop("change_reference")


def test_every_key_has_a_row_or_a_reason(reference):
    assert reference.without_a_row() == set(reference.NOT_BUILT)


def test_an_entry_that_comes_is_a_change_of_its_name(reference):
    assert reference.key("compute.queues[gpu]") == "compute.queues[].name"
    assert reference.key("compute.queues[gpu].max_count") == "compute.queues[].max_count"
    assert reference.key("data.s3_mounts[/shared/reads]") == "data.s3_mounts[].mount_point"
    assert reference.key("cluster.tags[owner]") == "cluster.tags"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(len(table[1])))
def test_every_row_changes_its_seed(table):
    seed, rows, _ = table

    assert [
        row.name for row in rows if not field_changes(seed_of(seed), after(row.edits, seed))
    ] == []
