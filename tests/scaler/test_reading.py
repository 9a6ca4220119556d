"""Words and numbers of slurmrestd."""

from __future__ import annotations

import pytest

from petal_constructs.templates.scaler import jobs


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (0, 0),
        (None, None),
        ({"set": True, "infinite": False, "number": 3}, 3),
        ({"set": False, "infinite": False, "number": 3}, None),
        ({"set": False, "infinite": True, "number": 3}, None),
    ],
    ids=str,
)
def test_a_number_of_any_version_is_read(value, expected):
    assert jobs.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("gres:gpu:2", 2),
        ("gres:gpu:a100:1", 1),
        ("gres/gpu:2", 2),
        ("gres/gpu=2", 2),
        ("gres/gpu:a100=4", 4),
        ("gres/gpu:1g.5gb:3", 3),
        ("gres/gpu", 1),
        ("cpu=4,gres/gpu:2", 2),
        ("gpu:8(S:0-1)", 8),
        ("gpu:a100:6(IDX:0-3,6-7)", 6),
        ("gpu:a:2(IDX:0,3),gpu:b:1(IDX:4)", 3),
        ("gpu:0", 0),
        ("license=gpu-tool:4", 0),
        ("gres/gpu_mem:4", 0),
        ("N/A", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_gpus_are_counted_in_every_spelling(value, expected):
    assert jobs.gpus(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1-20%3", 20),
        ("1-21:2", 11),
        ("1,5,9,12,100", 5),
        ("7", 1),
        ("1-3,5,8-9", 6),
        ("90,95-96,9...", 4),
        ("1-5,...", 6),
    ],
)
def test_tasks_of_an_array_are_counted_and_a_cut_list_is_one_more(value, expected):
    assert jobs.array_tasks(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a-[0-2,5],b-0", {"a-0", "a-1", "a-2", "a-5", "b-0"}),
        ("cpu-cpu4-[09-10]", {"cpu-cpu4-09", "cpu-cpu4-10"}),
        ("one", {"one"}),
        ("", set()),
        (None, set()),
    ],
)
def test_a_list_of_hosts_is_spelt_out(value, expected):
    assert jobs.hosts(value) == expected
