"""Texts with a form of their own: what is legal, and what a near miss is told."""

from __future__ import annotations

import json

import pytest

from petal_constructs.planning import plan_seed
from tests.unit.seed.seeds import SMALL, read

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2hF3CRPtNyqBLxRMTQBG8nxKsU0uhi9H8WpwVqT/SK"


def _spack(spec):
    return read(SMALL + f"software: {{spack_packages: [{json.dumps(spec)}]}}\n")


@pytest.mark.parametrize(
    "spec",
    [
        "samtools",
        "openmpi@5.0.8 fabrics=ofi ^libfabric fabrics=efa,shm,tcp",
        "pkg@=1.2 +mpi ~cuda %gcc@13 ^zlib@1.3",
        "foo@1.2:1.4",
        "foo@:1.4,1.6:",
        "miniforge3@26.1.1-3",
        "hdf5+mpi~cxx%gcc@13",
        "hdf5 -mpi cflags=-O3 target=x86_64_v3",
        "foo@git.main=1.2",
        "zlib/abcdefg",
    ],
)
def test_a_spack_spec_is_accepted(spec):
    assert _spack(spec).unwrap().software.spack_packages == (spec,)


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("samtools 1.17", "write samtools@1.17"),
        ("samtools/1.17", "write samtools@1.17"),
        ("samtools@@1.17 +x", "write samtools@1.17 +x"),
        ("gcc @ 12", "write gcc@12"),
        ("bwa@", "write a version after the @, or leave the @ out"),
    ],
)
def test_a_slip_in_a_spack_spec_is_told_how_to_write_it(spec, hint):
    assert [problem.hint for problem in _spack(spec).problems] == [hint]


def _time(text):
    return read(SMALL + f"      max_time: {text}\n")


@pytest.mark.parametrize("text", ["Infinite", "INFINITE", "unlimited", "UNLIMITED"])
def test_no_limit_may_be_written_in_any_case(text):
    assert _time(text).unwrap().compute.queues[0].max_time == "infinite"


@pytest.mark.parametrize("text", ["90", "1-00", "2-00:00:00", "1-12:30", "24:00:00"])
def test_a_time_stays_as_it_is_written(text):
    assert _time(text).unwrap().compute.queues[0].max_time == text


@pytest.mark.parametrize("text", ["24:00", "0", "0-0", "00:00:00", "1:60:00", "1:00:99", "-1"])
def test_a_time_that_means_something_else_is_refused(text):
    assert [problem.path for problem in _time(text).errors] == ["compute.queues[0].max_time"]


def _user(key):
    return read(
        SMALL
        + "users:\n- {name: a, uid: 5001, gid: 5001, ssh_public_keys: ["
        + json.dumps(key)
        + "]}\n"
    )


def test_a_comment_in_any_alphabet_stays_off_the_nodes():
    plan = plan_seed(_user(f"{KEY} Zoë Łukasz").unwrap())

    assert plan.users[0].ssh_public_keys == (KEY,)


def test_a_plain_comment_reaches_the_nodes():
    plan = plan_seed(_user(f"{KEY} me@campus (laptop)").unwrap())

    assert plan.users[0].ssh_public_keys == (f"{KEY} me@campus (laptop)",)


@pytest.mark.parametrize(
    "key",
    [
        KEY[:-1],
        KEY.replace("ed25519", "rsa"),
        f"{KEY} me\tcampus",
        f"{KEY} me\x85campus",
        "ssh-ed25519 AAAA me",
    ],
)
def test_a_key_that_no_server_could_read_is_refused(key):
    assert [problem.code for problem in _user(key).errors] == ["P105"]


@pytest.mark.parametrize("strange", ["\x1b[2J", "\n", "x" * 5000])
def test_a_hint_repeats_neither_control_characters_nor_long_texts(strange):
    mount = json.dumps({"bucket": f"s3://my-data/{strange}", "mount_point": f"/{strange}/"})
    region = json.dumps(f"EU-{strange.upper()}-1")
    text = SMALL.replace("us-east-1", region) + f"data: {{s3_mounts: [{mount}]}}\n"

    hints = [problem.hint for problem in read(text).problems]

    assert len(hints) == 3
    assert all(hint.isprintable() and len(hint) <= 200 for hint in hints)
