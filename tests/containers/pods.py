"""Pods as throw-away roots: without Lmod, and with what petal mounts into them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from petal_constructs.catalog.containers import CONTAINERS, Apptainer, Machine
from petal_constructs.plan.pulled_images import PulledImage
from petal_constructs.render import pod_images
from tests.containers.image_tree import direct_tree
from tests.need import missing
from tests.node.root import Node
from tests.scaler.real_slurm import until

NOTHING: Mapping[str, str] = {}
PROFILE = "/etc/profile.d/zz-petal-software.sh"
OF_LMOD = (
    *("lmod", "lua5.3", "lua-filesystem", "lua-json", "lua-posix", "lua-term", "lua-bit32"),
    *("lua-lpeg", "tcl", "tcl8.6", "libtcl8.6"),
)
"""Packages of this machine that no pod has."""
_REMOVE = """
rm -f /etc/profile.d/lmod.sh
dpkg -L $* 2> /dev/null | while read -r file; do [ -d "$file" ] || rm -f "$file"; done
rm -rf /usr/share/lmod /usr/lib/lmod /usr/share/lua
"""
_KEEPER = """\
#!/bin/bash
eval "$(apt-config shell cache Dir::Cache/d)"
/usr/bin/apt-get "$@" || exit
[[ $1 != install ]] || cp "$cache"/archives/*.deb {keep}/
"""
_PACKAGES = """\
#!/bin/bash
eval "$(apt-config shell cache Dir::Cache/d)"
[[ $1 != install ]] || cp {keep}/*.deb "$cache"/archives/
"""


def machine(name: str = "x86_64") -> Machine:
    """An architecture whose packages come from where this machine has its own from."""
    found = CONTAINERS.machines[name]
    return Machine(found.name, found.architecture, "-", found.loader)


def receive(
    node: Node,
    *images: PulledImage,
    apptainer: Apptainer = CONTAINERS.apptainer,
    machines: Sequence[Machine] = (),
    instead: Mapping[str, str] = NOTHING,
    seen: Callable[[str], Path] | None = None,
) -> None:
    """Put programs and tables where the pod petal-images mounts them, as a kubelet does.

    Args:
        node: The pod.
        images: What it pulls.
        apptainer: What runs them.
        machines: Default: this one.
        instead: Texts of other programs, by path.
        seen: Where files of a pod that runs are; see `Running.inside`.
    """
    tables = pod_images.tables(images, ["/home"], apptainer, machines or [machine()])
    texts = {**pod_images.programs(), **tables}
    files = {pod_images.path(key): text for key, text in texts.items()} | dict(instead)
    _write_volume((seen or node.path)(pod_images.SOURCE_FOLDER), files)


def _write_volume(folder: Path, files: Mapping[str, str]) -> None:
    """Files in a folder of their own, to which all links lead at once."""
    folder.mkdir(parents=True, exist_ok=True)
    older = list(folder.glob("..[0-9]*"))
    new = folder / f"..{time.monotonic_ns()}"
    for name, text in files.items():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).write_text(text)
    (folder / "..data_tmp").symlink_to(new.name)
    (folder / "..data_tmp").rename(folder / "..data")
    for name in {name.split("/")[0] for name in files}:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    for entry in older:
        shutil.rmtree(entry)


def user_pod(node: Node, *trees: str) -> Node:
    """Make a node a login or compute pod, with these images mounted."""
    node.run("bash", "-c", _REMOVE, "-", *OF_LMOD)
    for name, text in pod_images.shell_files().items():
        node.put(f"{pod_images.PROFILE_FOLDER}/{name}", text)
    for tree in trees:
        mount_image(node, tree)
    return node


def mount_image(node: Node, name: str) -> None:
    """An image of petal's, at the place that its commands have been made for."""
    place = f"/opt/petal/{name}"
    made = direct_tree(node.path("/opt/petal"), name)
    for table in ("commands.tsv", *(str(file.relative_to(made)) for file in made.glob("env/*/*"))):
        file = made / table
        file.write_text(file.read_text().replace(str(made), place))


def install_lmod(node: Node, *machines: Machine, keep: Path | None = None):
    """Lmod from this machine's mirror, whose packages may be kept for `offline`."""
    receive(node, machines=machines)
    if keep is not None:
        node.put("/usr/local/bin/apt-get", _KEEPER.format(keep=keep), 0o755)
    done = node.run("bash", "/opt/petal/src/lmod.sh", apart="")
    if done.returncode:
        said = node.path("/petal/log/lmod.log").read_text()
        missing("Lmod from a mirror", f"apt-get must reach one: {said[-1000:]}{done.stderr}")


def offline(node: Node, keep: Path) -> None:
    """Let the node have its packages from a folder."""
    node.put("/usr/local/bin/apt-get", _PACKAGES.format(keep=keep), 0o755)


class Running:
    """A program of the pod while it runs, in a process group of its own, as a container's are."""

    def __init__(self, node: Node, program: str) -> None:
        place = f"{pod_images.SOURCE_FOLDER}/{program}"
        self.process = subprocess.Popen(
            node._inside(("bash", place), "--net"),
            env=node._environment({"PETAL_PAUSE": "0.1"}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        until(self.inside(place).exists, "it has entered the pod")

    def inside(self, absolute: str) -> Path:
        """A path as the pod sees it: an overlay is not told of changes to its layers."""
        return Path(f"/proc/{self.process.pid}/root{absolute}")

    def end(self) -> tuple[int, float, str]:
        """Exit code, how many seconds it took to end, and all that it printed."""
        begun = time.monotonic()
        self.process.terminate()
        said, _ = self.process.communicate(timeout=20)
        return self.process.returncode, time.monotonic() - begun, said

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()
