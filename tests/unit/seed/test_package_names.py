"""Names of packages are held against those that Spack has."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time

import pytest

from petal_constructs.catalog import spack_packages as catalog
from petal_constructs.catalog import versions
from petal_constructs.seed import package_names
from petal_constructs.seed.package_names import check_package_names
from tests.stacks import ROOT
from tests.unit.seed.seeds import read
from tools import refresh_spack_packages

SEED = """
cluster: {{name: lab, region: us-east-1}}
compute:
  head_node: t3.xlarge
  queues: [{{name: plain, instance_types: [m7i.4xlarge]}}]
software:
  spack_packages: [{packages}]
"""


def found(packages):
    return list(check_package_names(read(SEED.format(packages=packages)).unwrap()))


@pytest.mark.parametrize(
    "spec",
    [
        "samtools@1.17",
        "builtin.zlib",
        "mpi",
        "hdf5 +mpi ^openmpi@4.1 %gcc@13",
        "py-numpy ^blas %%clang",
        "4ti2",
    ],
)
def test_what_spack_has_is_no_problem(spec):
    assert found(spec) == []


@pytest.mark.parametrize(
    ("spec", "unknown", "hint"),
    [
        ("samtool@1.17", "samtool", "did you mean samtools?"),
        ("numpy", "numpy", "did you mean py-numpy?"),
        ("ggplot2", "ggplot2", "did you mean r-ggplot2?"),
        ("hdf5 ^openmpy", "openmpy", "did you mean openmpi?"),
        ("zlib ^clang", "clang", "write llvm: clang is its name behind a % alone"),
    ],
)
def test_another_name_is_told_with_what_was_meant(spec, unknown, hint):
    (problem,) = found(spec)

    assert problem.message == f"{unknown} is not among Spack's packages of 2026-07-01"
    assert (problem.code, problem.hint, problem.is_error) == ("P512", hint, False)


def test_the_compiler_of_all_packages_is_a_package_too():
    seed = SEED.format(packages="zlib") + "  compiler: oneapi@2025\n"

    (problem,) = check_package_names(read(seed).unwrap())

    assert problem.path == "software.compiler"
    assert problem.hint.startswith("write intel-oneapi-compilers")


def test_it_is_an_error_where_the_names_are_those_of_the_release_that_is_used(monkeypatch):
    exact = dataclasses.replace(catalog.spack_packages(), release=versions.SPACK.packages_release)
    seed = read(SEED.format(packages="samtool")).unwrap()
    monkeypatch.setattr(package_names, "spack_packages", lambda: exact)

    (problem,) = check_package_names(seed)

    assert problem.is_error
    assert problem.message == f"samtool is not among Spack's packages of {exact.release}"


def test_a_long_list_of_strange_names_is_answered_soon():
    names = ", ".join(f"strange{number}" for number in range(3000))
    loaded = read(SEED.format(packages=names)).unwrap()
    start = time.process_time()

    assert len(list(check_package_names(loaded))) == 3000
    assert time.process_time() - start < 2


def test_a_seed_without_packages_reads_no_list():
    program = (
        "import petal_constructs.planning as p, petal_constructs.catalog.spack_packages as c;"
        f"p.inspect_seed({str(ROOT / 'seeds/minimal.yaml')!r});"
        "print(c.spack_packages.cache_info().misses)"
    )

    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert said.stdout == "0\n"


def test_names_are_read_from_a_clone_of_the_recipes(tmp_path):
    folder = tmp_path / "repos/spack_repo/builtin/packages"
    recipes = {
        "py_numpy": "",
        "_3dtk": 'class Dtk:\n    provides("gl@4.5", when="+gl")\n',
        "openmpi": 'class O:\n    provides("mpi@:" + top, f"pil@{top}")\n',
        "mpi": "",
    }
    for name, text in recipes.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "package.py").write_text(text)
    (folder / "__init__.py").write_text("")
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "x"], ["tag", "v1"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)

    text = refresh_spack_packages.text(tmp_path, "v1", "2026-11-23")

    assert "# release: v1\n# virtual: gl mpi pil\n" in text
    assert text.endswith("name\n3dtk\nopenmpi\npy-numpy\n")
