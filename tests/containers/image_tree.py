"""A small image that petal might have built, its tree on a cluster, and shells that use it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from tests.need import SYSTEM_PATH, need_tool

EXEC = files("petal_constructs").joinpath("templates", "containers", "exec")
PACKAGES = "samtools\t1.17\t1.17.2\tsamtools@1.17\nbwa\t-\t0.7.17\tbwa\nhdf5\t1.14\t-\thdf5@1.14\n"
COMMANDS = (
    ("samtools", "1.17.2", "samtools"),
    ("samtools", "1.17.2", "plot-bamstats"),
    ("bwa", "0.7.17", "bwa"),
)
# works with the sh of any system, and with BusyBox's in an image that has nothing else
PROGRAM = """\
#!/bin/sh
case $1 in
  args) shift; for each; do printf "<%s>\\n" "$each"; done ;;
  env) eval "echo \\"\\${$2-unset}\\"" ;;
  exit) exit "$2" ;;
  where) pwd; [ -e /etc/image ] && echo "in the image" || echo "on the node" ;;
  upper) tr a-z A-Z ;;
  call) shift; exec "$@" ;;
  wait)
    trap 'echo "got TERM" >> "$2"; exit 3' TERM
    echo "$$" > "$2"
    while :; do sleep 0.1; done ;;
esac
"""


def install_exec(folder: Path) -> None:
    """The files of the package, as an image and a cluster have them."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in EXEC.iterdir():
        with as_file(entry) as source:
            shutil.copy(source, folder / entry.name)
        (folder / entry.name).chmod(0o755)


def make_modules(tree: Path) -> subprocess.CompletedProcess[str]:
    script = tree / "make-modules.sh"
    script = script if script.exists() else tree.parent / "_petal/make-modules.sh"
    return subprocess.run(
        ["sh", script, tree], capture_output=True, text=True, check=False, timeout=60
    )


def fill_tree(tree: Path, inside: str, commands=COMMANDS, packages=PACKAGES) -> None:
    """Tables of an image whose tree lies `inside` of it, and what its programs need."""
    (tree / "commands.tsv").write_text(
        "".join(
            f"{module}\t{version}\t{command}\t{inside}/software/{module}/bin/{command}\n"
            for module, version, command in commands
        )
    )
    (tree / "packages.tsv").write_text(packages)


def fill_software(tree: Path, inside: str, commands=COMMANDS) -> None:
    for module, version, command in commands:
        program = tree / "software" / module / "bin" / command
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(PROGRAM)
        program.chmod(0o755)
        env = tree / "env" / module / version
        env.parent.mkdir(parents=True, exist_ok=True)
        env.write_text(
            f"export PATH={inside}/software/{module}/bin:$PATH\nexport TOOL_HOME='{inside}/a b'\n"
        )


def direct_tree(folder: Path, name="bio") -> Path:
    """An image's tree as pods have it mounted."""
    tree = folder / name
    install_exec(tree)
    fill_tree(tree, str(tree))
    fill_software(tree, str(tree))
    (tree / "image.conf").write_text("runtime=direct\n")
    assert make_modules(tree).returncode == 0
    return tree


def cluster_tree(folder: Path, runtime: str, image: Path, name="bio", root=True, **more) -> Path:
    """An image's tree as it stands on a shared volume, with the runtime that runs it there."""
    install_exec(folder / "_petal")
    tree = folder / name
    tree.mkdir()
    inside = f"/opt/petal/{name}"
    fill_tree(tree, inside)
    lines = {"runtime": runtime, "image": image, "log": f"{folder}/log", **more}
    if root:
        lines["root"] = inside
    text = "".join(f"{key}={value}\n" for key, value in lines.items())
    (tree / "image.conf").write_text(text)
    (tree / "ready").write_text("ready\n")
    assert make_modules(tree).returncode == 0
    return tree


def unpacked_image(folder: Path, *mount_points: str, name="bio") -> Path:
    """An image's files: BusyBox, and a tree of petal's."""
    busybox = need_tool("busybox", "apt-get install busybox-static")
    image = folder / f"{name}.image"
    for part in ("bin", "dev", "proc", "sys", "tmp", "etc", "home", *mount_points):
        (image / part.lstrip("/")).mkdir(parents=True, exist_ok=True)
    shutil.copy(busybox, image / "bin/busybox")
    for applet in ("sh", "tr", "sleep", "awk", "readlink", "cat", "env"):
        (image / "bin" / applet).symlink_to("busybox")
    for file in ("passwd", "group", "hosts", "resolv.conf", "image"):
        (image / "etc" / file).touch()
    tree = image / "opt/petal" / name
    install_exec(tree)
    fill_tree(tree, f"/opt/petal/{name}")
    fill_software(tree, f"/opt/petal/{name}")
    (tree / "image.conf").write_text("runtime=direct\n")
    assert make_modules(tree).returncode == 0
    return image


@dataclass(frozen=True)
class Bench:
    """A tree of one runtime, and a folder that its programs see too."""

    tree: Path
    data: Path
    runtime: str

    @property
    def bin(self) -> Path:
        return self.tree / "bin/samtools/1.17.2"

    @property
    def samtools(self) -> str:
        return str(self.bin / "samtools")

    def run(self, *command, stdin="", cwd=None, **environment):
        return subprocess.run(
            command,
            input=stdin,
            cwd=cwd or self.data,
            env=self.environment(environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def environment(self, more=None):
        path = f"{self.bin}:{self.tree}/bin/bwa/0.7.17:{SYSTEM_PATH}"
        return {"PATH": path, "HOME": os.environ.get("HOME", "/root"), **(more or {})}


def bench(folder: Path, runtime: str) -> Bench:
    """A bench in an empty folder."""
    data = folder / "data"
    data.mkdir()
    data.chmod(0o777)
    if runtime == "direct":
        return Bench(direct_tree(folder / "petal"), data, runtime)
    need_tool("ch-run", "apt-get install charliecloud")
    image = unpacked_image(folder, str(data))
    tree = cluster_tree(folder / "petal", runtime, image)
    (tree / "binds").write_text(f"{data}\n/no/such/folder\n")
    return Bench(tree, data, runtime)
