"""`petal extract-software`."""

from __future__ import annotations

import json

import pytest
import yaml

from petal_constructs.cli.main import run

MODULES = """\
------------- /apps/modules/all -------------
   BWA/0.7.17-GCC-12.2.0    SAMtools/1.17-GCC-12.2.0 (D)    foss/2022b

  Where:
   D:  Default Module
"""
SECTION = """\
# Written by petal extract-software, whose report tells what is not in it, and why.
software:
  spack_packages:
    - bwa@0.7.17  # avail.txt:2
    - samtools@1.17  # avail.txt:2
"""


@pytest.fixture
def petal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "avail.txt").write_text(MODULES)

    def call(*arguments):
        code = run(["extract-software", *arguments])
        return code, *capsys.readouterr()

    return call


def test_a_list_of_modules_becomes_a_section_and_a_report(petal, tmp_path):
    code, out, err = petal("--from", "avail.txt", "--to", "packages.yaml")

    assert (code, err) == (0, "packages.yaml: 2 packages\n")
    assert (tmp_path / "packages.yaml").read_text() == SECTION
    assert out == (
        "packages: 2\n"
        "  spec           found as                         where        remark\n"
        "  bwa@0.7.17     module BWA 0.7.17-GCC-12.2.0     avail.txt:2\n"
        "  samtools@1.17  module SAMtools 1.17-GCC-12.2.0  avail.txt:2\n"
        "\n"
        "not needed: 1\n"
        "  found              where        why\n"
        "  module foss 2022b  avail.txt:2  tells how a tree of modules is built, not a program\n"
    )


def test_names_are_checked_and_what_packages_provide_is_left_to_who_writes_specs(petal, tmp_path):
    (tmp_path / "spack.yaml").write_text("spack: {specs: [mpi, samtool]}\n")

    _, out, _ = petal("--from", "spack.yaml", "--to", "x.yaml")

    assert yaml.safe_load((tmp_path / "x.yaml").read_text()) == {
        "software": {"spack_packages": ["mpi"]}
    }
    assert "no Spack package of this name: samtool; did you mean samtools?" in out


def test_programs_read_the_report_as_json(petal, tmp_path):
    (tmp_path / "names").write_text("samtools\n")

    code, out, _ = petal(
        "--from", "avail.txt", "--to", "x.yaml", "--names", "names", "--format", "json"
    )

    report = json.loads(out)
    assert code == 0
    assert report["checked"] is True
    assert [package["spec"] for package in report["packages"]] == ["samtools@1.17"]
    assert report["no_package"] == [
        {
            "kind": "module",
            "name": "BWA",
            "version": "0.7.17-GCC-12.2.0",
            "where": "avail.txt:2",
            "reason": "no Spack package of this name: bwa, py-bwa",
        }
    ]


def test_a_file_that_exists_is_replaced_only_by_force(petal, tmp_path):
    (tmp_path / "x.yaml").write_text("mine\n")

    code, out, err = petal("--from", "avail.txt", "--to", "x.yaml")
    assert (code, out) == (2, "")
    assert err == "error: x.yaml: exists already\nhint: name another file, or add --force\n"
    assert (tmp_path / "x.yaml").read_text() == "mine\n"

    assert petal("--from", "avail.txt", "--to", "x.yaml", "--force")[0] == 0
    assert "bwa" in (tmp_path / "x.yaml").read_text()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nowhere", "error: nowhere: no such file or directory\n"),
        ("empty", "error: empty: holds nothing that petal reads software from\n"),
        ("/dev/null", "error: /dev/null: neither a file nor a folder\n"),
    ],
)
def test_a_source_with_nothing_in_it_is_an_error_and_writes_nothing(petal, tmp_path, source, said):
    (tmp_path / "empty").mkdir()

    code, _, err = petal("--from", source, "--to", "x.yaml")

    assert code == 2
    assert err.startswith(said)
    assert not (tmp_path / "x.yaml").exists()


def test_no_name_of_a_file_can_leave_its_comment(petal, tmp_path):
    folder = tmp_path / "a\nsoftware: {x: y} #\x1b[31m\u2028"
    folder.mkdir()
    (folder / "spack.yaml").write_text("spack: {specs: ['boost@1.70:']}\n")

    assert petal("--from", str(tmp_path), "--to", "x.yaml")[0] == 0

    text = (tmp_path / "x.yaml").read_text()
    assert yaml.safe_load(text) == {"software": {"spack_packages": ["boost@1.70:"]}}
    assert "\x1b" not in text
