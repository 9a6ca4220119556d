"""`petal import spack`."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from petal_constructs.cli.main import run
from petal_constructs.imports.spack import import_spack
from petal_constructs.seed.software import Software

ENVIRONMENT = """\
# of the lab
spack:
  definitions:
    - tools: [samtools@1.17, bwa]
  specs:
    - $tools
    - hdf5@1.14 +mpi ^openmpi@4.1
    - matrix: [[gromacs@2023], [+mpi, ~mpi]]
  view: true
  concretizer: {unify: true}
  mirrors: {lab: https://example.org/cache}
  repos: {}
  packages:
    all:
      compiler: [gcc@13.2]
      require: target=x86_64_v4
      providers: {mpi: [openmpi]}
    hdf5:
      variants: +fortran
"""
LOCK = {
    "_meta": {"file-type": "spack-lockfile", "lockfile-version": 6},
    "roots": [{"hash": "a", "spec": "samtools@1.17"}, {"hash": "b", "spec": "bwa"}],
    "concrete_specs": {"a": {"name": "samtools", "version": "1.17"}},
}


def test_an_environment_becomes_the_section_of_a_seed():
    section = yaml.safe_load(import_spack(ENVIRONMENT, "spack.yaml").section())["software"]

    assert section == {
        "spack_packages": [
            "samtools@1.17",
            "bwa",
            "hdf5@1.14 +mpi ^openmpi@4.1",
            "gromacs@2023 +mpi",
            "gromacs@2023 ~mpi",
        ],
        "compiler": "gcc@13.2",
        "target": "x86_64_v4",
    }
    Software.model_validate({**section, "spack_packages": tuple(section["spack_packages"])})


SIGNS = """\
spack:
  definitions:
    - mpis: [openmpi@4, mpich]
      when: arch == "x86_64"
    - compilers: ['gcc@12']
  specs:
    - matrix:
        - [hdf5]
        - [$^mpis]
        - [$%compilers]
      exclude: ['hdf5 ^mpich %gcc@12']
    - {name: netcdf-c}
    - $tools
"""


def test_signs_before_the_name_of_a_list_belong_to_each_of_its_specs():
    packages = import_spack(SIGNS, "spack.yaml").extraction.packages

    specs = [package.spec for package in packages]
    assert specs == ["hdf5 ^openmpi@4 %gcc@12", "hdf5 ^mpich %gcc@12"]


def test_nothing_of_a_list_is_dropped_in_silence():
    notes = [note.text for note in import_spack(SIGNS, "spack.yaml").extraction.notes]

    assert notes == [
        "exclude: of a matrix: what it leaves out is listed too",
        "{'name': 'netcdf-c'} is no spec",
        "$tools names no definition",
        "definitions with when: are taken without asking for their condition",
    ]


@pytest.mark.parametrize("count", [1, 3_000])
def test_definitions_that_name_one_another_end(count):
    names = [{f"d{n}": ["zlib", f"$d{(n + 1) % count}"]} for n in range(count)]
    environment = {"spack": {"definitions": names, "specs": ["$d0"]}}

    found = import_spack(yaml.safe_dump(environment), "spack.yaml").extraction

    assert {package.spec for package in found.packages} == {"zlib"}
    assert [note.text for note in found.notes] == [
        "definitions name one another in a circle, or too deep"
    ]


def test_every_setting_that_the_seed_does_not_have_is_told():
    notes = [note.text for note in import_spack(ENVIRONMENT, "spack.yaml").extraction.notes]

    assert notes == [
        "view: petal makes modules, and no view",
        "concretizer: petal's Spack has its own settings",
        "mirrors: its mirrors are not asked",
        "packages: all: providers is not in the seed",
        "packages: hdf5: variants is not in the seed",
    ]


@pytest.mark.parametrize(
    ("wish", "settings"),
    [
        ("require: '%gcc@13.2 target=zen4'", {"compiler": "gcc@13.2", "target": "zen4"}),
        ("require: ['%gcc', 'target=zen4']", {}),
        ("compiler: ['gcc@13:14']", {}),
        ("target: [zen4, x86_64_v3]", {"target": "zen4"}),
        ("target: []", {}),
        ("compiler: 'gcc; rm -rf /'", {}),
    ],
)
def test_a_compiler_and_a_target_of_all_packages_are_taken_where_a_seed_has_words_for_them(
    wish, settings
):
    text = f"spack:\n  specs: [bwa]\n  packages:\n    all:\n      {wish}\n"

    found = import_spack(text, "x")

    assert found.settings == settings
    assert bool(found.extraction.notes) is not bool(settings)


def test_a_lock_gives_what_was_asked_for():
    found = import_spack(json.dumps(LOCK), "spack.lock")

    assert [package.spec for package in found.extraction.packages] == ["samtools@1.17", "bwa"]
    assert "chosen anew" in found.extraction.notes[0].text


@pytest.mark.parametrize(
    "text",
    ["{", '{"roots": 1}', "- a", "spack:", "spack: {specs: 3}", "a: &x [*x]", "[", "spack: *a", ""],
)
def test_what_is_no_environment_is_told_and_no_crash(text):
    found = import_spack(text, "x").extraction

    assert found.packages == ()
    assert len(found.notes) >= 1


@given(st.text(alphabet=st.sampled_from("spack:es{}[]\n- $&*'\"%@1"), max_size=120))
def test_no_text_is_too_odd(text):
    import_spack(text, "x").section()
    import_spack(f"spack:\n  specs: [bwa]\n  packages: {{all: {{require: {text!r}}}}}\n", "x")


def test_the_command_writes_the_section_and_reports(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spack.yaml").write_text(ENVIRONMENT)

    assert run(["import", "spack", "spack.yaml", "-o", "software.yaml"]) == 0
    assert "mirrors: its mirrors are not asked" in capfd.readouterr().out
    assert run(["import", "spack", "spack.yaml", "--format", "json"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["settings"] == {"compiler": "gcc@13.2", "target": "x86_64_v4"}
    (tmp_path / "empty.yaml").write_text("spack: {}\n")
    assert run(["import", "spack", "empty.yaml"]) == 2
