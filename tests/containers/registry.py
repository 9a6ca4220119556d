"""A registry on this machine that wants a password, and images to push there."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from petal_constructs.seed.lock import stamp
from tests.containers.base_image import storage
from tests.need import need_tool

USER, PASSWORD = "petal", "s3cret-of-tests"
SEED = """\
cluster: {name: Genomics, region: us-east-1, platform: pcs}
network: {ssh_from: [192.0.2.0/24]}
compute:
  queues:
    - {name: compute, instance_types: [c7i.4xlarge]}
software:
  containers:
    - {name: bio, packages: [samtools@1.17, bwa]}
"""
PACKAGES = ("samtools@1.17", "bwa")
SETTINGS = """\
version: 0.1
log: {{level: error}}
storage:
  filesystem: {{rootdirectory: {folder}/data}}
http: {{addr: "{host}"}}
auth:
  htpasswd: {{realm: petal, path: {folder}/htpasswd}}
"""


@contextmanager
def registry(folder: Path, *, room: str = "") -> Iterator[str]:
    """Host of a registry that lasts as long as the block.

    Args:
        folder: What it keeps.
        room: Size of a file system of its own, e.g. `100k`. Default: the folder's.
    """
    program = need_tool("docker-registry", "apt-get install docker-registry")
    htpasswd = need_tool("htpasswd", "apt-get install apache2-utils")
    folder.mkdir()
    host = f"127.0.0.1:{_free_port()}"
    known = subprocess.run(
        [htpasswd, "-Bbn", USER, PASSWORD], capture_output=True, text=True, check=True
    )
    (folder / "htpasswd").write_text(known.stdout)
    (folder / "data").mkdir()
    (folder / "config.yml").write_text(SETTINGS.format(folder=folder, host=host))
    start = [program, "serve", str(folder / "config.yml")]
    if room:
        start = with_small_disk(folder / "data", room, start)
    with (folder / "log").open("w") as log, subprocess.Popen(start, stderr=log, stdout=log) as run:
        try:
            _wait(host, run)
            yield host
        finally:
            run.terminate()


def with_small_disk(folder: Path, room: str, command: list[str]) -> list[str]:
    """The command, to which a folder is a file system of its own of that size."""
    mount = f'mount -t tmpfs -o size={room} tmpfs "$0" && exec "$@"'
    return ["unshare", "-m", "sh", "-c", mount, str(folder), *command]


def build(folder: Path, environment: dict[str, str], *options: str, packages=PACKAGES) -> None:
    """Build the image of `bio`: one static program, and the stamp of its packages."""
    busybox = need_tool("busybox", "apt-get install busybox-static")
    context = folder / "context"
    context.mkdir(exist_ok=True)
    shutil.copy(busybox, context / "busybox")
    label = f"LABEL petal.stamp={stamp(packages)}\n" if packages else ""
    (context / "Dockerfile").write_text(f"FROM scratch\nCOPY busybox /bin/busybox\n{label}")
    tag = "localhost/petal/bio:latest"
    buildah = need_tool("buildah", "apt-get install buildah")
    subprocess.run(
        [buildah, "build", "--layers", *options, "-t", tag, str(context)],
        env=environment,
        check=True,
        capture_output=True,
    )


def clean_environment(folder: Path) -> dict[str, str]:
    """Nothing of this machine's user: storage, logins and home lie in the folder."""
    (folder / "home").mkdir()
    (folder / "run").mkdir(mode=0o700)
    own = {"HOME": str(folder / "home"), "XDG_RUNTIME_DIR": str(folder / "run")}
    known = {
        k: v for k, v in os.environ.items() if k not in {"REGISTRY_AUTH_FILE", "DOCKER_CONFIG"}
    }
    return known | storage(folder) | own


def push(folder: Path, environment: dict[str, str], *arguments: str, password: str = PASSWORD):
    """Run `petal push-container` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "petal_constructs", "push-container", *arguments],
        cwd=folder,
        env=environment,
        input=f"{password}\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _wait(host: str, process: subprocess.Popen) -> None:
    for _ in range(200):
        assert process.poll() is None, "the registry ended"
        try:
            urllib.request.urlopen(f"http://{host}/v2/").close()
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.05)
