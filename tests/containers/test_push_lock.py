"""petal.lock.yaml: read with suspicion, written wholly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from petal_constructs.changes import seed_changes
from petal_constructs.containers.lock_file import write_lock
from petal_constructs.errors import UsageError
from petal_constructs.plan.changes import Consequence
from petal_constructs.plan.images import images
from petal_constructs.planning import inspect_seed, load_seed
from petal_constructs.record import KEY, as_metadata, recorded
from petal_constructs.seed.lock import NAME, Lock, Locked, read_lock, stamp
from tests.containers.registry import PACKAGES, SEED

DIGEST = f"sha256:{'4' * 64}"
LOCKED = Locked(
    repository="registry.example.org:5000/genomics/bio",
    digest=DIGEST,
    pushed="2026-11-23T10:11:12Z",
    packages=PACKAGES,
    machines={"x86_64": DIGEST},
)
LOCK = Lock({"Genomics/bio": LOCKED})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "seed.yaml").write_text(SEED)
    return tmp_path


def codes(folder):
    found = inspect_seed(folder / "seed.yaml", environment={}).problems
    return {problem.code for problem in found} & {"P530", "P531"}


def test_what_is_written_is_read(folder):
    file = write_lock(folder, LOCK)

    assert file == folder / NAME
    assert read_lock(folder) == LOCK
    assert sorted(path.name for path in folder.iterdir()) == [NAME, "seed.yaml"]


def test_packages_that_nodes_install_are_held_against_no_image(folder):
    seed = (folder / "seed.yaml").read_text()
    by_spack = "software: {spack_packages: [bwa]}\n"
    (folder / "seed.yaml").write_text(seed.partition("software:")[0] + by_spack)
    write_lock(folder, Lock({"Genomics/software": replace(LOCKED, packages=("star",))}))

    def told(platform):
        found = inspect_seed(folder / "seed.yaml", environment={}, platform=platform)
        return {problem.code for problem in found.problems} & {"P530", "P531"}

    assert told("parallelcluster") == set()
    assert told("pcs") == {"P530"}


def test_plans_know_the_digest_of_what_was_pushed(folder):
    seed = load_seed(folder / "seed.yaml", environment={})

    (image,) = images(seed.with_lock(LOCK), "pcs")
    (unlocked,) = images(seed, "pcs")

    assert image.digest == DIGEST
    assert image.locked.reference == f"registry.example.org:5000/genomics/bio@{DIGEST}"
    assert unlocked.digest is None


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        (Lock(), set()),
        (LOCK, set()),
        (Lock({"Other/bio": replace(LOCKED, packages=("star",))}), set()),
        (Lock({"Genomics/bio": replace(LOCKED, packages=PACKAGES[::-1])}), set()),
        (Lock({"Genomics/bio": replace(LOCKED, packages=("star",))}), {"P530"}),
        (Lock({"Genomics/bio": replace(LOCKED, machines={"aarch64": DIGEST})}), {"P531"}),
    ],
)
def test_a_seed_that_asks_for_something_else_is_warned_about(folder, lock, told):
    write_lock(folder, lock)

    assert codes(folder) == told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "its top is not as it should be"),
        ("[]", "its top is not as it should be"),
        ("images: []", "images is not as it should be"),
        ("images: {}\nmore: 1", "its top is not as it should be"),
        (LOCK.text.replace(DIGEST, "sha256:12"), "images.Genomics/bio.digest is not"),
        (LOCK.text.replace("registry.example", "$(rm)"), "images.Genomics/bio.repository is not"),
        (LOCK.text.replace("Genomics/bio", "'a b/c'"), "is not as it should be"),
        (LOCK.text.replace("x86_64", "sparc"), "images.Genomics/bio.machines.sparc"),
        ("images: {" + "a: [" * 5000, "this is not YAML"),
        ("images: !!python/object:os.system {}", "this is not YAML"),
        ("\x00", "this is not YAML"),
        ("#" * 1_000_001, "more than 1000000 bytes"),
    ],
)
def test_a_lock_that_petal_did_not_write_is_refused(folder, text, why):
    (folder / NAME).write_text(text)

    with pytest.raises(UsageError) as refused:
        inspect_seed(folder / "seed.yaml", environment={})

    assert why in str(refused.value)
    assert "hint: take it from version control again" in str(refused.value)


def test_a_lock_keeps_its_rights_and_follows_the_umask(folder):
    write_lock(folder, Lock()).chmod(0o640)

    assert write_lock(folder, LOCK).stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_not_there_is_told(folder):
    with pytest.raises(UsageError, match="cannot be written: no such file or directory"):
        write_lock(folder / "none", LOCK)


def test_the_stamp_does_not_depend_on_the_order():
    assert stamp(["a", "b"]) == stamp(["b", "a"]) != stamp(["a"])


def test_a_stack_remembers_what_was_pushed_of_its_own_cluster(folder):
    write_lock(folder, Lock({**LOCK.images, "Other/bio": LOCKED}))
    seed = load_seed(folder / "seed.yaml", environment={})

    record = recorded({"Metadata": {KEY: as_metadata(seed)}})

    assert seed.lock == LOCK
    assert record.seed == seed
    assert record.seed.lock == LOCK
    assert "lock" not in as_metadata(seed.with_lock(Lock()))


def test_a_difference_names_the_image_that_was_pushed(folder):
    on_instances = SEED.replace("platform: pcs", "platform: parallelcluster").replace(
        "compute:\n", "compute:\n  head_node: t3.large\n"
    )
    (folder / "seed.yaml").write_text(on_instances)
    old = load_seed(folder / "seed.yaml", environment={}).with_lock(LOCK)
    other = replace(LOCKED, digest=f"sha256:{'5' * 64}")
    new = old.with_lock(Lock({"Genomics/bio": other}))

    (change,) = seed_changes(old, new)
    (first,) = seed_changes(old.with_lock(Lock()), old)

    assert (change.field, change.old, change.new) == ("petal.lock.yaml[bio]", "4" * 12, "5" * 12)
    assert (change.consequence, first.old) == (Consequence.LIVE, None)
    assert "nothing drains" in change.why
    assert seed_changes(old, old) == ()
