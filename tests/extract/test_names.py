"""What Spack calls things."""

from __future__ import annotations

import pytest

from petal_constructs.catalog.spack_names import spack_names
from petal_constructs.errors import UsageError
from petal_constructs.extract.found import Found
from petal_constructs.extract.names import answer
from petal_constructs.extract.spack_packages import SpackPackages, read

KNOWN = SpackPackages(frozenset({"samtools", "py-pysam", "libxc", "gsl", "r-ggplot2", "py-macs3"}))


@pytest.mark.parametrize(
    ("kind", "name", "version", "expected"),
    [
        ("deb", "samtools", "1:1.16.1+dfsg-1ubuntu2", "samtools@1.16.1"),
        ("deb", "samtools", "1.17~bpo12+1", "samtools@1.17"),
        ("deb", "libgsl27", "2.7.1-5", "gsl@2.7.1"),
        ("deb", "libopenmpi-dev", "4.1.4-3", "openmpi@4.1.4"),
        ("deb", "libhdf5-openmpi-dev", "1.10.8", "hdf5@1.10.8 +mpi"),
        ("deb", "python3-pandas", "1.5.3+dfsg-2", "py-pandas@1.5.3"),
        ("deb", "r-cran-data.table", "", "r-data-table"),
        ("deb", "libdbi-perl", "", "perl-dbi"),
        ("rpm", "R-core", "4.3.2", "r@4.3.2"),
        ("rpm", "openmpi-devel", "4.1.1", "openmpi@4.1.1"),
        ("rpm", "java-11-openjdk-devel", "11.0.2", "openjdk@11.0.2"),
        ("rpm", "perl(DBI)", "", "perl-dbi"),
        ("apk", "py3-numpy", "1.25.2-r0", "py-numpy@1.25.2"),
        ("conda", "bioconductor-deseq2", "1.40", "r-deseq2@1.40"),
        ("conda", "gatk4", "4.4.0.0", "gatk@4.4.0.0"),
        ("conda", "perl-dbi", "", "perl-dbi"),
        ("python", "scikit_learn", ">=1.2,<=1.4", "py-scikit-learn@1.2:1.4"),
        ("python", "ruamel.yaml", "0.17", "py-ruamel-yaml@0.17"),
        ("python", "torch", "2.1.0+cu118", "py-torch@2.1.0"),
        ("r", "data.table", "1.14-8", "r-data-table@1.14-8"),
        ("perl", "Bio::DB::HTS", "v3.01", "perl-bio-db-hts@3.01"),
        ("module", "SAMtools", "1.17-GCC-12.2.0", "samtools@1.17"),
        ("module", "Python", "3.11.3-GCCcore-12.3.0", "python@3.11.3"),
        ("image", "quay.io/biocontainers/bwa", "0.7.17--h5bf99c6_8", "bwa@0.7.17"),
        ("image", "docker.io/library/python", "3.11-slim", "python@3.11"),
        ("spack", "hdf5@1.14 +mpi   ^openmpi@4.1", "", "hdf5@1.14 +mpi ^openmpi@4.1"),
    ],
)
def test_a_name_becomes_that_of_spack(kind, name, version, expected):
    given = answer(Found(kind, name, version), None)

    assert (given.verdict, given.spec) == ("package", expected)


def test_known_names_decide_between_likely_ones():
    assert answer(Found("conda", "pysam"), KNOWN).spec == "py-pysam"
    assert answer(Found("deb", "libxc-dev"), KNOWN).spec == "libxc"
    assert answer(Found("deb", "libgsl-dev"), KNOWN).spec == "gsl"


def test_an_unknown_name_is_told_with_what_was_tried_and_what_is_near():
    given = answer(Found("conda", "macs4"), KNOWN)

    assert given.verdict == "no-package"
    assert given.reason == (
        "no Spack package of this name: macs4, py-macs4; did you mean py-macs3?"
    )


def test_a_bound_that_spack_cannot_say_is_left_out_aloud():
    given = answer(Found("python", "pysam", "!=0.20"), None)

    assert given.spec == "py-pysam"
    assert given.reason == "version !=0.20 is left out: Spack cannot say it"


@pytest.mark.parametrize(
    "spec",
    ["$(touch x)", "a;b", 'x"', "x\nRUN y", "a b", "-e", "", "../x", "x@1`id`", "a" * 300, "é"],
)
def test_what_a_seed_refuses_never_becomes_a_package(spec):
    for kind in ("spack", "deb", "conda", "python", "r", "perl", "module", "image"):
        given = answer(Found(kind, spec, spec), None)

        assert given.verdict != "package" or not set(given.spec) & set("$;\"`\n é'\\")


@pytest.mark.parametrize("folder", ["repos/spack_repo/builtin/packages", "packages", "."])
def test_a_checkout_has_names_and_versions(folder, tmp_path):
    for name in ("py_pysam", "_7zip"):
        (tmp_path / folder / name).mkdir(parents=True)
        (tmp_path / folder / name / "package.py").write_text('    version("0.22.1", sha256="")\n')

    known = read(tmp_path)

    assert known.names == {"py-pysam", "7zip"}
    assert answer(Found("python", "pysam", "0.22"), known).reason == ""
    assert answer(Found("python", "pysam", "0.20"), known).reason == (
        "Spack's recipe has no version 0.20, but 0.22.1"
    )


def test_a_list_without_names_is_refused(tmp_path):
    (tmp_path / "names").write_text("# nothing\n")

    for path in (tmp_path / "names", tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError):
            read(path)


def test_no_exception_is_a_name_that_no_spec_can_have():
    table = spack_names()

    for names in (table.python, table.conda, table.packages, table.images):
        assert all(name == name.lower() for name in names)
        for spec in filter(None, names.values()):
            assert answer(Found("spack", spec), None).verdict == "package"
