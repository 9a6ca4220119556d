"""Accounts, made for real by useradd in a throw-away root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.node.root import S3Mount, User

LAPTOP = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFake ada@laptop"
ADA = User("ada", 5001, 5001, (LAPTOP,))
BOB = User("bob", 5002, 5001)


def _users(node, *users):
    node.receive(users)
    return node.step("10-users")


def _keys(node, name):
    return node.path(f"/home/{name}/.ssh/authorized_keys").read_text().splitlines()


def _shadow_expiry(node, name):
    return node.lookup("shadow", name).split(":")[7]


def test_users_get_exactly_the_ids_of_the_seed(head):
    done = _users(head, ADA, BOB)

    assert done.returncode == 0, done.stderr
    assert head.account("ada") == "ada:x:5001:5001::/home/ada:/bin/bash"
    assert head.account("bob") == "bob:x:5002:5001::/home/bob:/bin/bash"
    assert head.lookup("group", "g5001") == "g5001:x:5001:"


def test_a_second_run_changes_nothing(head):
    _users(head, ADA, BOB)
    first = head.written()

    done = head.step("10-users")

    assert (done.returncode, done.stderr) == (0, "")
    assert head.written() == first


def test_homes_on_a_file_system_are_closed_before_anybody_has_one(head):
    """ParallelCluster opens what it mounts to all: its cookbook, resources/efs."""
    head.path("/home").mkdir(exist_ok=True)
    head.path("/home").chmod(0o1777)

    done = _users(head, ADA)

    assert done.returncode == 0, done.stderr
    assert head.path("/home").stat().st_mode & 0o7777 == 0o755


def test_a_home_is_made_once_on_the_head_node_and_only_there(head, compute):
    _users(head, ADA)
    _users(compute, ADA)

    home = head.path("/home/ada")
    assert (home.stat().st_uid, home.stat().st_gid, home.stat().st_mode & 0o777) == (
        5001,
        5001,
        0o700,
    )
    assert (home / ".bashrc").stat().st_uid == 5001
    assert compute.account("ada") == head.account("ada")
    assert not compute.path("/home/ada").exists()


def test_a_user_can_log_in_with_the_keys_of_the_seed_and_from_node_to_node(head):
    _users(head, ADA)

    node_key = head.path("/home/ada/.ssh/id_ed25519.pub").read_text().strip()
    assert _keys(head, "ada") == [f"{node_key} petal-managed", f"{LAPTOP} petal-managed"]
    for name, mode in (("authorized_keys", 0o600), ("id_ed25519", 0o600), ("", 0o700)):
        status = head.path(f"/home/ada/.ssh/{name}").stat()
        assert (status.st_uid, status.st_mode & 0o777) == (5001, mode)


def test_own_keys_survive_while_those_that_left_the_seed_go(head):
    _users(head, ADA)
    own = "ssh-ed25519 AAAAOwnOwnOwn own key"
    file = head.path("/home/ada/.ssh/authorized_keys")
    file.write_text(f"{own}\n{file.read_text()}")
    other = LAPTOP.replace("laptop", "desk")

    _users(head, User("ada", 5001, 5001, (other,)))

    keys = _keys(head, "ada")
    assert keys[0] == own
    assert keys[2:] == [f"{other} petal-managed"]


def test_a_user_who_leaves_the_seed_is_locked_and_keeps_everything(head):
    _users(head, ADA, BOB)

    done = _users(head, BOB)

    assert done.returncode == 0
    assert "locked user ada" in done.stderr
    assert _shadow_expiry(head, "ada") == "1"
    assert head.account("ada").endswith("/nologin")
    assert head.path("/home/ada/.ssh/authorized_keys").exists()
    assert _shadow_expiry(head, "bob") == ""


def test_a_user_who_comes_back_is_unlocked(head):
    _users(head, ADA)
    _users(head)

    done = _users(head, ADA)

    assert done.returncode == 0
    assert _shadow_expiry(head, "ada") == ""
    assert head.account("ada") == "ada:x:5001:5001::/home/ada:/bin/bash"


def test_nobody_in_a_long_list_is_locked(compute):
    """More names than one write(2) into a pipe takes."""
    people = [User(f"{'person_with_a_long_name':_<28}{n:03}", 6001 + n, 100) for n in range(140)]
    rows = [f"{u.name}:x:{u.uid}:{u.gid}::/home/{u.name}:/bin/bash" for u in people]
    compute.put("/etc/passwd", Path("/etc/passwd").read_text() + "\n".join(rows) + "\n")
    shadow = "".join(f"{user.name}:!:20000:0:99999:7:::\n" for user in people)
    compute.put("/etc/shadow", Path("/etc/shadow").read_text() + shadow, 0o600)
    compute.put("/var/lib/petal/users", "".join(f"{user.name}\n" for user in people))

    done = _users(compute, *people)

    assert (done.returncode, done.stderr) == (0, "")


def test_accounts_that_petal_did_not_make_are_never_locked(head):
    _users(head)

    assert head.account("nobody") is not None
    assert _shadow_expiry(head, "nobody") == ""


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (User("ada", 5003, 5001), "has uid:gid 5001:5001 here, the seed says 5003:5001"),
        (User("eve", 5001, 5001), "uid 5001 belongs to ada"),
        (User("daemon", 5009, 5009), "an account of this name exists that petal did not make"),
        (User("eve", 5009, 4), "gid 4 belongs to the system (group adm)"),
        (User("eve", 5009, 0), "gid '0' is not between 1 and 60000"),
        (User("eve", 0, 5009), "uid '0' is not between 1 and 60000"),
    ],
)
def test_a_clash_is_refused_by_name_and_the_others_are_still_made(head, user, reason):
    _users(head, ADA)
    before = head.account(user.name)

    done = _users(head, user, *([] if user.name == "ada" else [ADA]), BOB)

    assert done.returncode == 1
    assert f"refused: user {user.name}: {reason}" in done.stderr
    assert head.account(user.name) == before
    assert head.account("bob") is not None


@pytest.mark.parametrize(
    "name", ["$(touch /pwned)", "; touch /pwned", "`touch /pwned`", "../../etc", "-o", "a b", "*"]
)
def test_a_hostile_name_cannot_inject(head, name):
    done = _users(head, User(name, 5001, 5001, (LAPTOP,)), BOB)

    assert done.returncode == 1
    assert "not a name for an account" in done.stderr
    assert not head.path("/pwned").exists()
    assert head.account("bob") is not None


@pytest.mark.parametrize(
    "key",
    [
        "$(touch /pwned)",
        'command="touch /pwned" ssh-ed25519 AAAA',
        "ssh-ed25519 AAAA;touch /pwned",
        "ssh-ed25519 $(touch${IFS}/pwned)",
    ],
)
def test_a_hostile_key_is_left_out(head, key):
    done = _users(head, User("ada", 5001, 5001, (key, LAPTOP)))

    assert done.returncode == 1
    assert "not a public key" in done.stderr
    assert not head.path("/pwned").exists()
    assert _keys(head, "ada")[1:] == [f"{LAPTOP} petal-managed"]


def test_a_key_comment_is_text_and_nothing_else(head):
    key = "ssh-ed25519 AAAA $(touch /pwned) `id` $HOME & ; 'x"

    done = _users(head, User("ada", 5001, 5001, (key,)))

    assert done.returncode == 0
    assert _keys(head, "ada")[1] == f"{key} petal-managed"
    assert not head.path("/pwned").exists()


def test_a_link_planted_in_a_home_does_not_lend_roots_hand(head):
    _users(head, ADA)
    ssh = head.path("/home/ada/.ssh")
    for file in ssh.iterdir():
        file.unlink()
    ssh.rmdir()
    ssh.symlink_to("/etc")

    done = head.step("10-users")

    assert done.returncode == 1
    assert "keys could not be written" in done.stderr
    assert not head.path("/etc/authorized_keys").exists()


def test_a_home_that_the_other_side_of_a_hybrid_cluster_makes_is_let_be(head):
    head.put("/home/.petal.young1/.bashrc", "just copied")
    head.put("/home/.petal.older1/.bashrc", "left by a run that was interrupted")
    os.utime(head.path("/home/.petal.older1"), (0, 0))

    done = _users(head, ADA)

    assert done.returncode == 0, done.stderr
    assert sorted(home.name for home in head.path("/home").iterdir()) == [".petal.young1", "ada"]


def test_a_home_of_someone_else_is_not_handed_over(head):
    head.put("/home/ada/thesis.tex", "of another ada")

    done = _users(head, ADA)

    assert done.returncode == 1
    assert "/home/ada does not belong to uid 5001" in done.stderr
    assert head.path("/home/ada/thesis.tex").stat().st_uid == 0
    assert not head.path("/home/ada/.ssh").exists()


def test_mounts_and_users_do_not_depend_on_each_other(head):
    head.receive([ADA], [S3Mount("Not a bucket", "/data")])

    assert head.step("20-mounts").returncode == 1
    assert head.step("10-users").returncode == 0
