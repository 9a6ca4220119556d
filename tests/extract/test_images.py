"""Images as folders and archives: what is installed in them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from petal_constructs.extract import extract
from tests.extract.archives import AUTOMATIC, STATUS, archive, docker_archive, image, layer, link
from tests.need import need_tool

CONDA = {"name": "star", "version": "2.7"}
BUILDAH = ("--storage-driver", "vfs", "--root")


def specs(found):
    return [package.spec for package in found.packages]


def reasons(found):
    return {a.found.name: a.reason for a in found.not_needed}


def test_debian_packages_are_those_that_were_asked_for(tmp_path):
    files = {"var/lib/dpkg/status": STATUS, "./var/lib/apt/extended_states": AUTOMATIC}

    found = extract([image(tmp_path / "oci", layer(files))])

    assert specs(found) == ["samtools@1.16.1"]
    assert reasons(found) == {
        "base-files": "part of the base system, by its priority",
        "libgsl27": "came with something else, as apt noted",
    }


def test_where_apt_noted_nothing_what_others_depend_on_came_with_them(tmp_path):
    more = "\nPackage: bcftools\nVersion: 1.16-1\nDepends: libc6 (>= 2.3), x | samtools (>= 1)\n"
    more += "\nPackage: libxyz1\nVersion: 1\nSection: universe/libs\n"

    found = extract([image(tmp_path / "oci", layer({"var/lib/dpkg/status": STATUS + more}))])

    assert specs(found) == ["gsl@2.7.1", "bcftools@1.16"]
    assert reasons(found) == {
        "base-files": "part of the base system, by its priority",
        "samtools": "bcftools needs it",
        "libxyz1": "belongs to what uses it, by its section",
    }


def test_an_archive_says_what_its_folder_says(tmp_path):
    layers = layer({"var/lib/dpkg/status": STATUS}), layer({"x": "y"}, mode="w")
    folder = image(tmp_path / "oci", *layers)
    files = (
        archive(tmp_path / "a.tar", folder),
        archive(tmp_path / "b.tar.gz", folder),
        docker_archive(tmp_path / "c.tar", *layers),
    )

    expected = specs(extract([folder]))

    assert expected == ["samtools@1.16.1", "gsl@2.7.1"]
    assert [specs(extract([file])) for file in files] == [expected] * 3
    assert specs(extract([tmp_path])) == expected


def test_a_later_layer_replaces_and_removes(tmp_path):
    python = "usr/local/lib/python3.11/site-packages"
    first = {f"{python}/{n}-1.dist-info/METADATA": f"Name: {n}\nVersion: 1\n" for n in "abcd"}
    first["opt/env/conda-meta/x.json"] = '{"name": "x", "version": "1"}'
    second = {
        f"{python}/.wh.a-1.dist-info": "",
        f"{python}/b-1.dist-info/.wh.METADATA": "",
        f"{python}/c-1.dist-info/METADATA": "Name: c\nVersion: 2\n",
        "opt/env/.wh..wh..opq": "",
        "opt/env/conda-meta/y.json": '{"name": "y", "version": "3"}',
    }

    found = extract([image(tmp_path / "oci", layer(first), layer(second))])

    assert sorted(specs(found)) == ["py-c@2", "py-d@1", "y@3"]


def test_of_conda_pip_and_spack_what_was_asked_for_is_a_package(tmp_path):
    site = "opt/conda/lib/python3.11/site-packages"
    installs = {
        "a": {"explicit": True, "spec": {"name": "samtools", "version": "1.17"}},
        "b": {"explicit": False, "spec": {"name": "htslib", "version": "1.17"}},
        "c": {"spec": {"name": "gcc", "version": "12.2", "external": {"path": "/usr"}}},
    }
    files = {
        "opt/conda/conda-meta/star.json": json.dumps(CONDA | {"requested_spec": "star"}),
        "opt/conda/conda-meta/htslib.json": '{"name": "htslib", "requested_spec": ""}',
        f"{site}/numpy-1.dist-info/METADATA": "Name: numpy\nVersion: 1.26.4\n",
        f"{site}/numpy-1.dist-info/INSTALLER": "conda\n",
        f"{site}/polars-1.dist-info/METADATA": "Name: polars\nVersion: 1.0\n\nlong text\n",
        f"{site}/polars-1.dist-info/REQUESTED": "",
        f"{site}/dep-1.dist-info/METADATA": "Name: dep\nVersion: 1.0\n",
        "opt/spack/.spack-db/index.json": json.dumps({"database": {"installs": installs}}),
        "usr/local/lib/R/library/dplyr/DESCRIPTION": "Package: dplyr\nVersion: 1.1-2\nBuilt: 4\n",
        "usr/lib/R/library/stats/DESCRIPTION": "Package: stats\nPriority: base\nBuilt: R 4\n",
        "apps/modulefiles/BWA/0.7.17-GCC-12.2.0.lua": "whatis('bwa')\n",
        "apps/modulefiles/readme.txt": "no module\n",
        "apps/modules/x/y": "no module\n",
        "lib/apk/db/installed": "P:minimap2\nV:2.26-r0\n\nP:musl-x\nV:1\n",
        "etc/apk/world": "minimap2\n",
    }

    found = extract([image(tmp_path / "oci", layer(files))])

    assert sorted(specs(found)) == [
        "bwa@0.7.17",
        "minimap2@2.26",
        "py-polars@1.0",
        "r-dplyr@1.1-2",
        "samtools@1.17",
        "star@2.7",
    ]
    assert reasons(found) == {
        "gcc": "the base system's, as Spack's database says",
        "htslib": "came with something else",
        "numpy": "part of what conda installed",
        "dep": "came with something else: pip marks what was asked for",
        "stats": "part of R",
        "musl-x": "came with something else: /etc/apk/world lacks it",
    }
    assert found.no_package == ()


def test_a_hard_link_is_the_file_that_it_leads_to(tmp_path):
    status = "var/lib/dpkg/status"
    files = {status: STATUS, "usr/var/lib/dpkg/status": link("usr/var/lib/dpkg/status", status)}

    found = extract([image(tmp_path / "oci", layer(files))])

    samtools = next(package for package in found.packages if package.spec == "samtools@1.16.1")
    assert len(samtools.places) == 2


def test_what_pip_installed_here_is_read(tmp_path):
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for name in ("pydantic", "pydantic_core", "PyYAML"):
        for source in Path(pytest.__file__).parents[1].glob(f"{name.lower()}-*.dist-info"):
            shutil.copytree(source, site / source.name)

    found = extract([folder])

    assert {"py-pydantic", "py-pyyaml"} <= {spec.partition("@")[0] for spec in specs(found)} | {
        f"py-{a.found.name.lower()}" for a in found.not_needed
    }


SPEC_FILE = """\
Name: {name}
Version: {version}
Release: 1
Summary: x
License: x
BuildArch: noarch
{more}
%description
x
%files
"""


@pytest.fixture
def rpm_root(tmp_path):
    """A system with three packages in a database that rpm itself made."""
    remedy = "apt-get install rpm"
    build, rpm = need_tool("rpmbuild", remedy), need_tool("rpm", remedy)
    top = tmp_path / "top"
    for name, version, more in (
        ("samtools", "1.17", "Requires: samtools-data"),
        ("samtools-data", "1.17", ""),
        ("hdf5-devel", "1.14.3", ""),
    ):
        spec = tmp_path / f"{name}.spec"
        spec.write_text(SPEC_FILE.format(name=name, version=version, more=more))
        run = [build, "--define", f"_topdir {top}", "-bb", spec]
        subprocess.run(run, check=True, capture_output=True)
    root = tmp_path / "root"
    install = [rpm, "--root", root, "--dbpath", "/var/lib/rpm", "--nodeps", "-i"]
    define = ["--define", "_db_backend sqlite"]
    subprocess.run([*install, *define, *top.rglob("*.rpm")], check=True, capture_output=True)
    return root


def test_rpm_packages_that_nothing_else_needs_are_packages(rpm_root, tmp_path):
    data = (rpm_root / "var/lib/rpm/rpmdb.sqlite").read_bytes()
    packed = image(tmp_path / "oci", layer({"usr/lib/sysimage/rpm/rpmdb.sqlite": data}))

    for found in (extract([rpm_root]), extract([packed])):
        assert sorted(specs(found)) == ["hdf5@1.14.3", "samtools@1.17"]
        assert reasons(found) == {"samtools-data": "samtools needs it"}


def test_what_a_container_tool_built_and_saved_is_read(tmp_path):
    buildah = [need_tool("buildah", "apt-get install buildah"), *BUILDAH, str(tmp_path / "store")]
    buildah += ["--runroot", str(tmp_path / "run")]
    (tmp_path / "status").write_text(STATUS)
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY status /var/lib/dpkg/status\n")
    bud = [*buildah, "bud", "--isolation", "chroot", "-t", "localhost/x:1", str(tmp_path)]
    subprocess.run(bud, check=True, capture_output=True)
    outputs = (
        f"oci:{tmp_path}/a:1",
        f"oci-archive:{tmp_path}/b.tar",
        f"docker-archive:{tmp_path}/c.tar:x:1",
    )
    for output in outputs:
        subprocess.run([*buildah, "push", "localhost/x:1", output], check=True, capture_output=True)

    found = [specs(extract([tmp_path / name])) for name in ("a", "b.tar", "c.tar")]

    assert found == [["samtools@1.16.1", "gsl@2.7.1"]] * 3
