"""What an image tells of the packages that Spack installed. Spack is a stand-in that answers as the
documentation of its commands says; no Spack ran here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import petal_constructs
from tests.need import SYSTEM_PATH

TEMPLATES = Path(petal_constructs.__file__).parent / "templates/containers"
DESCRIBE = TEMPLATES / "image/spack/describe.py"
SPACK = """\
#!/bin/sh
echo "$@" >> "CALLS"
case "$1 $2" in
  "location --install-dir") echo "TREE/software/${3#/}" ;;
  "load --sh")
    echo "export PATH=TREE/software/${3#/}/bin:$PATH;"
    echo "export MANPATH=TREE/software/${3#/}/man:${MANPATH:+$MANPATH:};"
    echo "export LIBS=TREE/software/${3#/}/lib${LIBS:+:$LIBS};"
    echo "export GREETING='it'\\\\''s  \\$5';"
    echo "export SPACK_LOADED_HASHES=${3#/};" ;;
esac
"""


def _group(folder: Path, name: str, rows: str, roots: dict[str, tuple[str, str, str]]) -> None:
    group = folder / name
    group.mkdir(parents=True)
    (group / "packages.tsv").write_text(rows)
    lock = {
        "roots": [{"hash": digest, "spec": spec} for digest, (spec, _, _) in roots.items()],
        "concrete_specs": {
            digest: {"name": found, "version": version}
            for digest, (_, found, version) in roots.items()
        },
    }
    (group / "spack.lock").write_text(json.dumps(lock))


@pytest.fixture
def image(tmp_path):
    """The tree of an image with three packages, after the script ran."""
    tree, groups, tools = (tmp_path / name for name in ("tree", "groups", "tools"))
    for digest in ("aaa", "bbb", "ccc"):
        program = tree / "software" / digest / "bin" / f"run-{digest}"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\nenv\n")
        program.chmod(0o755)
        (program.parent / "data").write_text("no program")
    _group(groups, "00-compiler", "", {"ggg": ("gcc@13.2", "gcc", "13.2.0")})
    _group(groups, "01-a", "a\t1\ta@1 +x\n", {"aaa": ("a@1+x", "a", "1.2")})
    rows = "mpi\t-\tmpi\nb\t2\tbuiltin.b@2\n"
    roots = {"bbb": ("builtin.b@2", "b", "2"), "ccc": ("mpi", "openmpi", "5.0")}
    _group(groups, "31-mpi", rows, roots)
    tools.mkdir()
    calls = str(tmp_path / "calls")
    (tools / "spack").write_text(SPACK.replace("CALLS", calls).replace("TREE", str(tree)))
    (tools / "spack").chmod(0o755)
    subprocess.run(
        [sys.executable, DESCRIBE, tree, groups],
        env={"PATH": f"{tools}:{SYSTEM_PATH}"},
        check=True,
    )
    return tree


def test_tables_tell_what_was_asked_for_what_came_of_it_and_its_programs(image):
    assert (image / "packages.tsv").read_text() == (
        "a\t1\t1.2\ta@1 +x\nmpi\t-\t5.0\tmpi\nb\t2\t2\tbuiltin.b@2\n"
    )
    assert sorted((image / "commands.tsv").read_text().splitlines()) == [
        f"a\t1.2\trun-aaa\t{image}/software/aaa/bin/run-aaa",
        f"b\t2\trun-bbb\t{image}/software/bbb/bin/run-bbb",
        f"mpi\t5.0\trun-ccc\t{image}/software/ccc/bin/run-ccc",
    ]


def test_what_only_built_the_packages_is_removed(image):
    calls = (image.parent / "calls").read_text().splitlines()

    assert calls[:3] == [
        "mark --all --implicit",
        "mark --explicit /aaa /ccc /bbb",
        "gc --yes-to-all",
    ]


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_the_environment_is_added_to_what_a_job_has_and_no_path_of_the_build_stays(image, shell):
    show = '. "$0"; printf "%s\\n" "$PATH" "$MANPATH" "$LIBS" "$GREETING"'
    software = f"{image}/software/aaa"

    def values(**environment):
        run = [f"/bin/{shell}", "-c", show, str(image / "env/a/1.2")]
        env = {"PATH": "/job/bin", **environment}
        return subprocess.run(
            run, env=env, capture_output=True, text=True, check=True
        ).stdout.splitlines()

    assert values() == [
        f"{software}/bin:/job/bin",
        f"{software}/man:",
        f"{software}/lib",
        "it's  $5",
    ]
    assert values(MANPATH="/m", LIBS="/l 1:/l2")[1:3] == [
        f"{software}/man:/m:",
        f"{software}/lib:/l 1:/l2",
    ]
    assert not any(
        "SPACK" in path.read_text() for path in (image / "env").rglob("*/*") if path.is_file()
    )


def test_modules_and_wrappers_can_be_made_of_the_tables(image):
    make = ["sh", TEMPLATES / "exec/make-modules.sh", image]

    subprocess.run(make, check=True, capture_output=True, env={**os.environ, "PATH": SYSTEM_PATH})

    assert (image / "modules/a/1.2").exists()
    assert (image / "modules/a/.modulerc").exists()
    assert (image / "bin/mpi/5.0/run-ccc").is_symlink()
