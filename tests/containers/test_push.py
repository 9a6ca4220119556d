"""`petal push-container` with a real registry and a real container tool."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.containers.registry import (
    PASSWORD,
    SEED,
    USER,
    build,
    clean_environment,
    push,
    registry,
    with_small_disk,
)
from tests.need import missing, need_tool

OLD_LOCK = "images: {}\n"


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with registry(tmp_path_factory.mktemp("registry") / "registry") as host:
        yield host


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """Environment of a machine that has built the seed's image."""
    folder = tmp_path_factory.mktemp("machine")
    environment = clean_environment(folder)
    build(folder, environment)
    return environment


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "seed.yaml").write_text(SEED)
    return tmp_path


@pytest.fixture
def to(host, request):
    """Options that push to a place of the test's own."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return ("seed.yaml", "--ecr", f"{host}/{name}", "--username", USER, "--password-stdin")


def lock(folder):
    return yaml.safe_load((folder / "petal.lock.yaml").read_text())["images"]["Genomics/bio"]


def refused(done):
    """What a push that failed said."""
    assert (done.returncode, done.stdout) == (3, "")
    return done.stderr


def test_what_was_pushed_comes_back_by_its_digest_and_runs(here, tools, to):
    skopeo = need_tool("skopeo", "apt-get install skopeo")
    umoci = need_tool("umoci", "apt-get install umoci")
    run = need_tool("ch-run", "apt-get install charliecloud")

    done = push(here, tools, *to)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"bio  {lock(here)['repository']}@{lock(here)['digest']}\n"
    assert lock(here)["repository"].endswith("/genomics/bio")
    assert lock(here)["packages"] == ["samtools@1.17", "bwa"]
    source = f"docker://{done.stdout.split()[1]}"
    plain = ("--src-tls-verify=false", "--src-creds", f"{USER}:{PASSWORD}")
    subprocess.run([skopeo, "copy", *plain, source, f"oci:{here}/oci:1"], check=True)
    subprocess.run([umoci, "unpack", "--image", f"{here}/oci:1", here / "bundle"], check=True)
    root = here / "bundle/rootfs"
    for name in ("dev", "etc", "proc", "sys", "tmp"):  # where Charliecloud mounts the machine's
        (root / name).mkdir()
    said = subprocess.run(
        [run, "--no-passwd", root, "--", "/bin/busybox", "echo", "from the image"],
        env={**os.environ, "USER": "root"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout == "from the image\n", said.stderr


def test_a_second_push_sends_nothing_and_changes_no_byte(here, tools, to):
    first = push(here, stand_in(here, tools), *to)
    before = (here / "petal.lock.yaml").read_bytes()
    sent = pushes(here)
    time.sleep(1.1)  # the lock holds whole seconds

    second = push(here, stand_in(here, tools), *to)

    assert (first.returncode, second.returncode, len(sent)) == (0, 0, 1)
    assert (here / "petal.lock.yaml").read_bytes() == before
    assert pushes(here) == sent


def test_images_of_two_machines_become_one_list(here, tools, tmp_path, to):
    mixed = SEED.replace(
        "c7i.4xlarge]}\n", "c7i.4xlarge]}\n    - {name: arm, instance_types: [c7g.4xlarge]}\n"
    )
    (here / "seed.yaml").write_text(mixed)
    arm = tmp_path / "arm"
    arm.mkdir()
    other = clean_environment(arm)
    build(arm, other, "--arch", "arm64")

    first = push(here, tools, *to)
    alone = lock(here)
    second = push(here, other, *to)

    assert "still without an image for aarch64" in first.stderr
    assert (second.returncode, second.stderr.count("still without")) == (0, 0), second.stderr
    both = lock(here)
    assert list(both["machines"]) == ["aarch64", "x86_64"]
    assert both["machines"]["x86_64"] == alone["digest"] != both["digest"]
    assert architectures(both) == {
        "amd64": both["machines"]["x86_64"],
        "arm64": both["machines"]["aarch64"],
    }


def architectures(locked):
    skopeo = need_tool("skopeo", "apt-get install skopeo")
    raw = subprocess.run(
        [skopeo, "inspect", "--raw", "--tls-verify=false", "--creds", f"{USER}:{PASSWORD}",
         f"docker://{locked['repository']}@{locked['digest']}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {m["platform"]["architecture"]: m["digest"] for m in json.loads(raw.stdout)["manifests"]}


def test_a_tag_of_the_users_names_the_same_image(here, tools, host, to):
    (here / "seed.yaml").write_text(
        SEED.replace("{name: bio,", "{name: bio, image: 'tools/bio:v1.0',")
    )

    done = push(here, tools, *to)

    assert done.returncode == 0, done.stderr
    skopeo = need_tool("skopeo", "apt-get install skopeo")
    asked = [skopeo, "inspect", "--tls-verify=false", "--creds", f"{USER}:{PASSWORD}"]
    named = f"docker://{lock(here)['repository']}:v1.0"
    found = subprocess.run([*asked, named], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout)["Digest"] == lock(here)["digest"]
    assert lock(here)["repository"].endswith("/tools/bio")


def test_the_login_of_the_container_tool_will_do(here, tools, to):
    buildah = need_tool("buildah", "apt-get install buildah")
    host = to[2].partition("/")[0]
    own = {**tools, "REGISTRY_AUTH_FILE": str(here / "auth.json")}
    login = [buildah, "login", "--tls-verify=false", "-u", USER, "--password-stdin", host]
    subprocess.run(login, env=own, input=PASSWORD, text=True, check=True)

    assert push(here, own, *to[:3]).returncode == 0
    assert "wants a login" in refused(push(here, tools, *to[:3]))


def test_a_registry_that_all_images_name_needs_no_option(here, tools, host):
    (here / "seed.yaml").write_text(SEED.replace("bio,", f"bio, image: '{host}/own/bio',"))

    done = push(here, tools, "seed.yaml", "--username", USER, "--password-stdin")

    assert (done.returncode, lock(here)["repository"]) == (0, f"{host}/own/bio"), done.stderr


def test_a_wrong_password_is_told_and_nothing_is_written(here, tools, to):
    (here / "petal.lock.yaml").write_text(OLD_LOCK)

    said = refused(push(here, stand_in(here, tools), *to, password="wrong-one"))

    assert said == (
        f"error: registry {to[2].partition('/')[0]} refuses user petal: wrong password, or no "
        "right to push\nhint: check both with the registry's owner\n"
    )
    assert (here / "petal.lock.yaml").read_text() == OLD_LOCK
    assert pushes(here) == []


def test_a_registry_out_of_reach_is_told_after_a_few_tries(here, tools):
    said = refused(push(here, tools, "seed.yaml", "--ecr", "127.0.0.1:1"))

    assert said.count("trying again") == 3
    assert said.endswith(
        "error: registry 127.0.0.1:1 cannot be reached: connection refused\n"
        "hint: check its name and port, and the way there (VPN, proxy)\n"
    )
    assert not (here / "petal.lock.yaml").exists()


def test_a_registry_whose_disk_is_full_is_told(here, tools, tmp_path):
    may_mount()
    with registry(tmp_path / "small", room="300k") as host:
        done = push(here, tools, "seed.yaml", "--ecr", host, "--username", USER, "--password-stdin")

    said = refused(done)
    assert "trying again" in said
    assert "pushing bio with buildah failed with exit code" in said
    assert "500 Internal Server Error" in said
    assert said.endswith("hint: the registry's own log says more; its disk may be full\n")
    assert not (here / "petal.lock.yaml").exists()


def test_a_full_disk_leaves_the_old_lock(here, tools, to):
    may_mount()
    small = here / "small"
    small.mkdir()
    fill = (
        f"cp seed.yaml small/ && printf '{OLD_LOCK}' > small/petal.lock.yaml && "
        'dd if=/dev/zero of=small/rest status=none 2>/dev/null; "$@"; code=$?; '
        "cat small/petal.lock.yaml; ls -A small; exit $code"
    )
    petal = [sys.executable, "-m", "petal_constructs", "push-container", "small/seed.yaml", *to[1:]]
    command = with_small_disk(small, "64k", ["sh", "-c", fill.replace("\n", "\\n"), "sh", *petal])

    done = subprocess.run(
        command, cwd=here, env=tools, input=PASSWORD, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(
        "error: small/petal.lock.yaml: cannot be written: no space left on device\nhint: make room"
    )
    assert done.stdout == f"{OLD_LOCK}petal.lock.yaml\nrest\nseed.yaml\n"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_push_that_is_ended_leaves_the_old_lock(here, tools, to, sent):
    (here / "petal.lock.yaml").write_text(OLD_LOCK)
    environment = stand_in(here, tools, 'echo $$ > "$PUSH_FOLDER/begun"; exec sleep 60')

    with subprocess.Popen(
        [sys.executable, "-m", "petal_constructs", "push-container", *to],
        cwd=here,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdin.write(f"{PASSWORD}\n")
        process.stdin.close()
        while not (here / "begun").exists() or not (here / "begun").read_text().strip():
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        tool = int((here / "begun").read_text())
        process.send_signal(sent)
        process.wait(30)

    assert (here / "petal.lock.yaml").read_text() == OLD_LOCK
    if sent is signal.SIGKILL:
        os.kill(tool, signal.SIGKILL)
        for left in Path(tools["XDG_RUNTIME_DIR"]).glob("petal-login-*/config.json"):
            assert left.stat().st_mode & 0o777 == 0o600
            left.unlink()
            left.parent.rmdir()
        return
    assert process.returncode == 130
    assert not Path(f"/proc/{tool}").exists()
    assert list(Path(tools["XDG_RUNTIME_DIR"]).glob("petal-login-*")) == []


def test_what_breaks_off_once_is_tried_again(here, tools, to):
    once = (
        '[ -e "$PUSH_FOLDER/once" ] || '
        '{ touch "$PUSH_FOLDER/once"; echo "connection reset by peer"; exit 125; }'
    )

    done = push(here, stand_in(here, tools, once), *to)

    assert done.returncode == 0
    assert done.stderr.startswith("pushing bio with buildah failed with exit code 125; trying ")
    assert len(pushes(here)) == 2


def test_no_argument_log_or_file_holds_the_password(here, tools, to):
    done = push(here, stand_in(here, tools), *to)

    assert done.returncode == 0
    assert PASSWORD not in (here / "arguments").read_text() + done.stdout + done.stderr
    texts = [file.read_bytes() for file in here.rglob("*") if file.is_file()]
    assert texts
    assert not any(PASSWORD.encode() in text for text in texts)


def test_an_image_that_is_not_there_is_told_before_anything_is_pushed(here, tools, to):
    (here / "seed.yaml").write_text(SEED + "    - {name: chem, packages: [gromacs]}\n")

    said = refused(push(here, stand_in(here, tools), *to))

    assert said == (
        "error: buildah has no image of chem\nhint: petal build-container makes it: --name chem\n"
    )
    assert pushes(here) == []


def test_an_image_of_other_packages_is_refused(here, tools, to):
    (here / "seed.yaml").write_text(SEED.replace("bwa]", "bwa, star]"))

    said = refused(push(here, tools, *to))

    assert said.startswith("error: buildah's image of bio was built from other packages")


def test_an_image_of_another_architecture_is_refused(here, tools, to):
    (here / "seed.yaml").write_text(SEED.replace("c7i", "c7g"))

    said = refused(push(here, tools, *to))

    assert said.startswith("error: buildah's image of bio is for x86_64, and queues have aarch64\n")


def stand_in(here, tools, at_push=""):
    """Environment whose buildah writes down its arguments, and does something before a push."""
    real = need_tool("buildah", "apt-get install buildah")
    program = here / "bin" / "buildah"
    program.parent.mkdir(exist_ok=True)
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {here}/arguments\n'
        f'if [ "$1" = push ]; then :; {at_push or ":"}; fi\nexec {real} "$@"\n'
    )
    program.chmod(0o755)
    return {**tools, "PATH": f"{program.parent}:{tools['PATH']}", "PUSH_FOLDER": str(here)}


def pushes(here):
    arguments = here / "arguments"
    lines = arguments.read_text().splitlines() if arguments.exists() else []
    return [line for line in lines if line.startswith("push")]


def may_mount():
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        missing("the right to mount", "run as root")
