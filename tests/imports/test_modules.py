"""`petal import modules`: lists as commands really print them."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from petal_constructs.cli.main import run
from petal_constructs.imports.modules import import_modules

LISTS = Path(__file__).with_name("modules")

LMOD = {"samtools@1.10", "samtools@1.17", "bwa@0.7.17", "gcc@11.3.0", "gcc@12.2.0"}
LMOD |= {"ansys@2023R1", "python@3.11.3"}
BELOW = {"gromacs@2022.4", "gromacs@2023.1", "hdf5@1.14.0", "openmpi@4.1.5"}
TCL = {"samtools@1.10", "samtools@1.17", "bwa@0.7.17", "gcc@11.3.0", "gcc@12.2.0"}
TCL |= {"openmpi@4.1.5", "r@4.3.2"}
PACKAGES = {
    "lmod-avail": LMOD,
    "lmod-avail-terse": LMOD,
    "lmod-avail-hidden": LMOD,
    "lmod-avail-loaded": LMOD | BELOW,
    "lmod-spider": LMOD | BELOW,
    "lmod-spider-terse": LMOD | BELOW | {"numpy@1.24.2", "scipy@1.10.1"},
    "lmod-spider-all-details": LMOD | BELOW,
    "lmod-software-page": LMOD | BELOW,
    "lmod-spider-gcc": {"gcc@11.3.0", "gcc@12.2.0"},
    "lmod-spider-hdf5": {"hdf5@1.14.0"},
    "lmod-overview": {"samtools", "bwa", "gcc", "ansys", "python", "core"},
    "lmod-list": {"gcc@12.2.0", "openmpi@4.1.5", "hdf5@1.14.0"},
    "tcl-avail": TCL,
    "tcl-avail-terse": TCL,
    "tcl-avail-long": TCL | {"ansys@2023R1"},
    "tcl-avail-all": TCL,
    "tcl-avail-json": TCL,
    "tcl-avail-loaded": TCL,
    "tcl-list": {"gcc@12.2.0", "openmpi@4.1.5"},
    "tcl-list-terse": {"gcc@12.2.0", "openmpi@4.1.5"},
    "tcl-list-long": {"gcc@12.2.0", "openmpi@4.1.5"},
    "tcl-error": set(),
}


def _import(name, **options):
    return import_modules((LISTS / f"{name}.txt").read_text(), "avail.txt", **options)


def _not_needed(found):
    return {answer.found.name: answer.reason for answer in found.not_needed}


def test_every_recorded_list_has_its_answer_here():
    assert {path.stem for path in LISTS.glob("*.txt")} == {*PACKAGES}


@pytest.mark.parametrize("name", PACKAGES)
def test_the_modules_of_a_list_become_packages(name):
    assert {package.spec for package in _import(name).packages} == PACKAGES[name]


@pytest.mark.parametrize("name", [name for name in PACKAGES if name != "tcl-error"])
def test_nothing_but_modules_is_taken_for_one(name):
    notes = [note for note in _import(name).notes if ":" in note.where]

    assert notes == []


def test_what_is_hidden_an_alias_forbidden_or_an_extension_is_told_and_left_out():
    lmod, tcl = _import("lmod-avail-hidden"), _import("tcl-avail-all")

    assert "hidden" in _not_needed(lmod)["R"]
    assert "hidden" in _not_needed(lmod)["hiddenver"]
    assert "another module" in _not_needed(lmod)["numpy"]
    assert "hidden" in _not_needed(tcl)["old"]
    assert "another name" in _not_needed(tcl)["sam"]
    assert "nobody may load" in _not_needed(tcl)["ansys"]


@pytest.mark.parametrize(
    ("name", "gcc"), [("lmod-avail", "gcc@12.2.0"), ("tcl-avail", "gcc@11.3.0")]
)
def test_defaults_alone_are_taken_where_they_are_marked(name, gcc):
    specs = {package.spec for package in _import(name, defaults=True).packages}

    assert {spec for spec in specs if spec.startswith("gcc")} == {gcc}
    assert "bwa@0.7.17" in specs


@pytest.mark.parametrize("name", ["lmod-avail", "lmod-avail-loaded"])
def test_a_list_that_may_hide_a_part_of_a_hierarchy_says_so(name):
    (note,) = _import(name).notes

    assert "hierarchy" in note.text
    assert "spider" in note.hint


def test_a_list_of_spider_that_is_cut_says_so():
    found = import_modules(
        "The following is a list of the modules currently available:\n"
        "----\n  Python: Python/2.7.16-GCCcore-8.3.0, Python/3.6.6-foss-2018b, ...\n    text\n",
        "x",
    )

    assert {package.spec for package in found.packages} == {"python@2.7.16", "python@3.6.6"}
    assert [note.text for note in found.notes] == ["more versions than the list shows"]


def test_a_version_that_is_a_word_is_none():
    found = import_modules("intel/latest\nmatlab/default\nlang/Python/3.11.3-GCCcore-12.3.0\n", "x")

    specs = {package.spec for package in found.packages}
    assert specs == {"intel-oneapi-compilers", "matlab", "python@3.11.3"}


def test_colours_and_line_ends_of_terminals_are_no_part_of_names():
    found = import_modules("\x1b[94m/apps/all\x1b[0m:\r\n\x1b[1mbwa/0.7.17\x1b[0m\r\n", "x")

    assert [package.spec for package in found.packages] == ["bwa@0.7.17"]


def test_somebodys_own_list_of_names_and_versions_is_read():
    found = import_modules("# mine\nbwa 0.7.17\nsamtools,1.17\nhdf5/1.14  # parallel\n", "x")

    specs = [package.spec for package in found.packages]
    assert specs == ["bwa@0.7.17", "samtools@1.17", "hdf5@1.14"]


@pytest.mark.parametrize("part", [" 1) ", "a/", "(D", "a -> ", "a, ", "x (1) ", "- "])
@pytest.mark.parametrize("start", ["", "  a: ", "/", "-- "])
def test_long_lines_are_read_in_linear_time(start, part):
    started = time.process_time()

    import_modules(start + part * 20_000, "x")

    assert time.process_time() - started < 5


@given(st.text(alphabet=st.sampled_from("abc/1.-:() <>DE@{}[]\n\"' "), max_size=200))
def test_no_text_is_too_odd(text):
    found = import_modules(text, "x")

    assert yaml.safe_load(found.section()).keys() == {"software"}


@pytest.fixture
def petal(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def call(*arguments, stdin=b""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        return run(["import", "modules", *arguments]), *capfd.readouterr()

    return call


def test_a_list_may_come_from_standard_input(petal):
    code, out, err = petal("-", stdin=b"bwa/0.7.17\nfoss/2022b\n")

    assert code == 0
    assert yaml.safe_load(out) == {"software": {"spack_packages": ["bwa@0.7.17"]}}
    assert "# standard input:1" not in out.splitlines()[0]
    assert "module foss 2022b" in err


def test_the_section_goes_to_a_file_and_the_report_to_standard_output(petal, tmp_path):
    (tmp_path / "avail.txt").write_text("bwa/0.7.17\n")

    code, out, _ = petal("avail.txt", "-o", "software.yaml")

    assert code == 0
    assert out.startswith("packages: 1")
    assert "bwa@0.7.17" in (tmp_path / "software.yaml").read_text()
    assert petal("avail.txt", "-o", "software.yaml")[0] == 2


def test_json_has_the_section_and_the_report(petal, tmp_path):
    (tmp_path / "avail.txt").write_text("bwa/0.7.17\nfoss/2022b\n")

    report = json.loads(petal("avail.txt", "--format", "json")[1])

    assert yaml.safe_load(report["section"])["software"]["spack_packages"] == ["bwa@0.7.17"]
    assert report["not_needed"][0]["name"] == "foss"


def test_a_name_that_spack_lacks_is_told(petal, tmp_path):
    (tmp_path / "names").write_text("bwa\n")

    code, out, err = petal("-", "--names", "names", stdin=b"bwa/0.7.17\nansys/2023R1\n")

    assert code == 0
    assert "ansys" not in out
    assert "no Spack package of this name: ansys" in err


def test_a_file_without_modules_is_told_what_to_give(petal):
    code, _, err = petal("-", stdin=b"")

    assert code == 2
    assert "module -t avail" in err
    assert petal("none.txt")[0] == 2
