"""A base image with apt, made of the packages of the machine that tests: nothing is fetched."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.need import missing, need_tool

REFERENCE = "localhost/petal-test-base:1"
ROOTS = ("apt", "mawk")
"""Beside what the system calls essential; one of the packages that are the `awk` of others."""
LEFT_OUT = ("/usr/share/doc", "/usr/share/locale", "/usr/share/man", "/usr/share/info")
INFO = Path("/var/lib/dpkg/info")
STORAGE = """[storage]
driver = "vfs"
graphroot = "{folder}/graph"
runroot = "{folder}/run"
"""
"""Whoever may not mount builds with plain folders."""


def storage(folder: Path) -> dict[str, str]:
    """Environment in which container tools keep all they make below the folder."""
    settings = folder / "storage.conf"
    settings.write_text(STORAGE.format(folder=folder))
    return {**os.environ, "CONTAINERS_STORAGE_CONF": str(settings), "BUILDAH_ISOLATION": "chroot"}


def make_base_image(folder: Path, environment: Mapping[str, str]) -> str:
    """Make it, and say what it is called."""
    buildah = need_tool("buildah", "apt-get install buildah")
    if not Path("/etc/debian_version").exists():
        missing("Debian", "the base image is made of its packages")
    root = folder / "root"
    _fill(root)
    archive = folder / "context" / "base.tar"
    archive.parent.mkdir()
    subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True)
    shutil.rmtree(root)
    (archive.parent / "Dockerfile").write_text("FROM scratch\nADD base.tar /\n")
    build = [buildah, "build", "--network", "host", "-t", REFERENCE, str(archive.parent)]
    subprocess.run(build, env=environment, check=True, capture_output=True)
    archive.unlink()
    return REFERENCE


def _fill(root: Path) -> None:
    stanzas = dict(_installed())
    names = _closure(stanzas)
    files = root.parent / "files"
    files.write_text("\n".join(sorted(_files(names))))
    for name in ("bin", "lib", "lib64", "sbin"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    copy = ["tar", "-C", "/", "--no-recursion", "-cf", "-", "-T", str(files)]
    with subprocess.Popen(copy, stdout=subprocess.PIPE) as source:
        subprocess.run(
            ["tar", "-C", root, "--keep-directory-symlink", "-xf", "-"],
            stdin=source.stdout,
            check=True,
        )
    (root / "usr/bin/awk").symlink_to("mawk")  # dpkg's alternatives are not set
    (root / "var/lib/dpkg/status").write_text("\n".join(stanzas[name] for name in sorted(names)))
    for name in ("passwd", "group", "shadow", "nsswitch.conf"):
        shutil.copy(f"/etc/{name}", root / "etc" / name)
    shutil.copytree("/etc/apt", root / "etc/apt", dirs_exist_ok=True)
    shutil.copytree("/usr/share/keyrings", root / "usr/share/keyrings", dirs_exist_ok=True)


def _installed() -> Iterator[tuple[str, str]]:
    for stanza in Path("/var/lib/dpkg/status").read_text().split("\n\n"):
        if "\nStatus: install ok installed" in stanza:
            yield _field(stanza, "Package"), stanza + "\n"


def _field(stanza: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*)$", stanza, re.MULTILINE)
    return found[1].strip() if found else ""


def _closure(stanzas: Mapping[str, str]) -> set[str]:
    essential = (name for name, text in stanzas.items() if _field(text, "Essential") == "yes")
    found: set[str] = set()
    ahead = [*essential, *ROOTS]
    while ahead:
        name = ahead.pop()
        if name in stanzas and name not in found:
            found.add(name)
            needs = ",".join(_field(stanzas[name], key) for key in ("Depends", "Pre-Depends"))
            ahead += re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9.+-]*)", needs)
    return found


def _files(names: set[str]) -> Iterator[str]:
    yield from ("var/lib/dpkg/info", "tmp")
    for name in names:
        listed = subprocess.run(["dpkg", "-L", name], capture_output=True, text=True, check=True)
        for path in listed.stdout.splitlines():
            if path.startswith("/") and not path.startswith(LEFT_OUT) and os.path.lexists(path):
                yield path.lstrip("/") or "."
        yield from (str(p).lstrip("/") for p in INFO.glob(f"{name}.*"))
        yield from (str(p).lstrip("/") for p in INFO.glob(f"{name}:*"))
