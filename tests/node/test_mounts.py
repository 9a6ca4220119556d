"""Mount units, judged by systemd-analyze; systemctl and mount-s3 are stand-ins."""

from __future__ import annotations

import shlex

import pytest

from tests.need import need_tool
from tests.node.root import S3Mount

DATA = S3Mount("lab-data", "/data")
REFERENCE = S3Mount("lab-ref", "/data-ref/hg38", "hg38/v1/", read_only=True)
UNITS = "/etc/systemd/system"


def _mounts(node, *mounts):
    node.receive((), mounts)
    log = node.path("/var/standin/systemctl.log")
    log.write_text("")
    return node.step("20-mounts")


def _asked(node):
    questions = ("is-active", "is-enabled")
    lines = node.path("/var/standin/systemctl.log").read_text().splitlines()
    return [line for line in lines if not line.startswith(questions)]


def _unit(node, name):
    return node.path(f"{UNITS}/petal-s3-{name}.service").read_text()


def _command(node, name):
    """What systemd would run: words split, then its two escapes undone."""
    line = next(x for x in _unit(node, name).splitlines() if x.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart="))
    return [word.replace("%%", "%").replace("$$", "$") for word in words]


def test_each_mount_is_one_running_unit(compute):
    done = _mounts(compute, DATA, REFERENCE)

    assert done.returncode == 0, done.stderr
    active = sorted(path.name for path in compute.path("/var/standin/active").iterdir())
    assert active == ["petal-s3-data.service", r"petal-s3-data\x2dref-hg38.service"]
    assert compute.path("/data").is_dir()


def test_everyone_may_write_where_the_seed_does_not_say_read_only(compute):
    _mounts(compute, DATA)

    assert _command(compute, "data") == [
        "/usr/local/bin/mount-s3",
        "--allow-other",
        "--uid=0",
        "--gid=0",
        "--allow-delete",
        "--allow-overwrite",
        "--dir-mode=0777",
        "--file-mode=0666",
        "lab-data",
        "/data",
    ]


def test_a_read_only_mount_shows_its_prefix_and_allows_nothing_else(compute):
    _mounts(compute, S3Mount("lab-ref", "/ref", "hg38/v1/", read_only=True))

    assert _command(compute, "ref")[1:] == [
        "--allow-other",
        "--uid=0",
        "--gid=0",
        "--read-only",
        "--dir-mode=0555",
        "--file-mode=0444",
        "--prefix=hg38/v1/",
        "lab-ref",
        "/ref",
    ]


@pytest.mark.parametrize("prefix", ["50%/", "$HOME/", "%n/${IFS}/", "a&b;c|d/", "a`id`/", "-x=1/"])
def test_systemd_takes_a_prefix_literally(compute, prefix):
    need_tool("systemd-analyze", "apt-get install systemd")

    done = _mounts(compute, S3Mount("lab-data", "/data", prefix))

    assert done.returncode == 0, done.stderr
    assert f"--prefix={prefix}" in _command(compute, "data")
    verdict = compute.run("systemd-analyze", "verify", f"{UNITS}/petal-s3-data.service")
    assert (verdict.returncode, verdict.stderr) == (0, "")


def test_the_units_of_the_timer_are_sound(head):
    need_tool("systemd-analyze", "apt-get install systemd")
    head.receive()

    for unit in ("petal-reconcile.service", "petal-reconcile.timer"):
        head.run("cp", f"/opt/petal/src/systemd/{unit}", UNITS)
    verdict = head.run("systemd-analyze", "verify", f"{UNITS}/petal-reconcile.timer")

    assert (verdict.returncode, verdict.stderr) == (0, "")


def test_the_timer_runs_below_the_jobs_of_its_node(compute):
    compute.receive()

    unit = compute.path("/opt/petal/src/systemd/petal-reconcile.service").read_text().splitlines()

    assert {"Nice=19", "CPUWeight=10", "IOSchedulingClass=idle"} <= set(unit)


def test_nobody_can_write_to_the_folder_of_a_missing_mount(compute):
    compute.put("/var/standin/broken", "")

    _mounts(compute, DATA)

    status = compute.path("/data").stat()
    assert (status.st_uid, status.st_mode & 0o777) == (0, 0o755)


def test_an_unchanged_mount_is_not_touched(compute):
    _mounts(compute, DATA, REFERENCE)
    first = compute.written()

    done = _mounts(compute, DATA, REFERENCE)

    assert (done.returncode, done.stderr) == (0, "")
    assert _asked(compute) == []
    assert compute.written() == {**first, **_snapshot(compute)}


def _snapshot(node):
    return {key: value for key, value in node.written().items() if key.startswith("opt/petal/src/")}


def test_a_changed_mount_is_stopped_before_it_starts_anew(compute):
    _mounts(compute, DATA)

    _mounts(compute, S3Mount("lab-data", "/data", read_only=True))

    unit = "petal-s3-data.service"
    assert _asked(compute) == [f"stop {unit}", "daemon-reload", f"start {unit}"]


def test_a_mount_that_fell_over_is_started_again(compute):
    _mounts(compute, DATA)
    compute.path("/var/standin/active/petal-s3-data.service").unlink()

    _mounts(compute, DATA)

    assert _asked(compute) == ["daemon-reload", "start petal-s3-data.service"]


def test_a_mount_that_left_the_seed_goes_and_its_folder_stays(compute):
    _mounts(compute, DATA, REFERENCE)

    done = _mounts(compute, REFERENCE)

    assert done.returncode == 0
    assert "disable --now petal-s3-data.service" in _asked(compute)
    # a whiteout of overlayfs is no regular file
    assert not compute.path(f"{UNITS}/petal-s3-data.service").is_file()
    assert compute.path("/data").is_dir()


def test_a_bucket_that_cannot_be_mounted_fails_the_step_and_not_the_others(compute):
    compute.put("/var/standin/broken", "")

    done = _mounts(compute, DATA, REFERENCE)

    assert done.returncode == 1
    assert "mount of lab-data: journalctl -u petal-s3-data.service says why" in done.stderr
    assert "mount of lab-ref" in done.stderr


def test_buckets_are_mounted_together_so_that_none_waits_for_another(compute):
    compute.put("/var/standin/broken-units", "petal-s3-data.service\n")

    done = _mounts(compute, DATA, REFERENCE)

    asked = [line.split() for line in _asked(compute)]
    assert [len(line) for line in asked if line[0] == "start"] == [3]
    assert "mount of lab-data: journalctl" in done.stderr
    assert "lab-ref" not in done.stderr


def test_mountpoint_comes_also_where_an_earlier_try_was_cut_off(compute):
    """dpkg installs nothing before what it left half done is configured."""
    install = 'case "$*" in *install*) mv /tmp/mount-s3 /usr/local/bin ;; esac'
    apt = f"#!/bin/sh\n[ -e /tmp/mended ] || exit 100\n{install}\n"
    compute.put("/usr/local/bin/apt-get", apt, 0o755)
    compute.put("/usr/local/bin/dpkg", "#!/bin/sh\ntouch /tmp/mended\n", 0o755)
    compute.put("/usr/local/bin/curl", "#!/bin/sh\n", 0o755)
    compute.run("mv", "/usr/local/bin/mount-s3", "/tmp")

    done = _mounts(compute, DATA)

    assert done.returncode == 0, done.stderr
    assert _command(compute, "data")[0] == "/usr/local/bin/mount-s3"


def test_files_are_never_hidden_below_a_mount(compute):
    compute.put("/data/results.csv", "1,2")

    done = _mounts(compute, DATA)

    assert done.returncode == 1
    assert "refused: mount of lab-data: /data holds files of its own" in done.stderr
    assert "start petal-s3-data.service" not in _asked(compute)


@pytest.mark.parametrize(
    "mount",
    [
        S3Mount("$(touch /pwned)", "/x"),
        S3Mount("b; touch /pwned", "/x"),
        S3Mount("lab", "/x/$(touch /pwned)"),
        S3Mount("lab", "/x/../etc"),
        S3Mount("lab", "/a b"),
        S3Mount("lab", "relative"),
        S3Mount("lab", "/etc/petal"),
        S3Mount("lab", "/home"),
        S3Mount("lab", "/"),
        S3Mount("lab", "/x", "$(touch /pwned)/"),
        S3Mount("lab", "/x", 'a"/'),
        S3Mount("lab", "/x", "a\\/"),
        S3Mount("lab", "/x", "../"),
        S3Mount("lab", "/x", "no-slash"),
    ],
    ids=str,
)
def test_a_hostile_mount_is_refused_and_the_others_are_made(compute, mount):
    done = _mounts(compute, mount, DATA)

    assert done.returncode == 1
    assert "refused: mount" in done.stderr
    assert not compute.path("/pwned").exists()
    units = [path.name for path in compute.path(UNITS).iterdir()]
    assert units == ["petal-s3-data.service"]
