"""Dockerfiles of others: what their lines install."""

from __future__ import annotations

import pytest

from petal_constructs.extract import extract
from petal_constructs.extract.dockerfile import instructions
from petal_constructs.extract.shell import Command, commands


def read(tmp_path, text, **files):
    (tmp_path / "Dockerfile").write_text(text)
    for name, content in files.items():
        path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return extract([tmp_path])


def specs(found):
    return [package.spec for package in found.packages]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("apt-get update && apt-get install -y samtools=1.16.1-1 bwa", ["samtools@1.16.1", "bwa"]),
        (
            "apt-get install -y -t bookworm-backports \\\n  # why\n  samtools \\\n  bwa",
            ["samtools", "bwa"],
        ),
        ("apt install libhdf5-dev:amd64 r-cran-data.table", ["hdf5", "r-data-table"]),
        ("dnf -y install samtools-1.17-1.el9.x86_64 hdf5-devel", ["samtools@1.17", "hdf5"]),
        ("microdnf install --enablerepo crb python3-numpy", ["py-numpy"]),
        ("apk add --no-cache -t .deps minimap2=2.26-r0", ["minimap2@2.26"]),
        (
            "conda install -c bioconda -y star=2.7.11b 'blast>=2.12'",
            ["star@2.7.11b", "blast-plus@2.12:"],
        ),
        ("micromamba create -n x bioconda::bioconductor-deseq2", ["r-deseq2"]),
        ("pip install -U 'PyYAML==6.0' scikit_learn[x]", ["py-pyyaml@6.0", "py-scikit-learn"]),
        ("python3.11 -m pip --no-cache-dir install torch==2.1.0+cu118", ["py-torch@2.1.0"]),
        ("conda run -n x pip install numpy~=1.2", ["py-numpy"]),
        ("uv pip install --system polars", ["py-polars"]),
        (
            """R -e "install.packages(c('dplyr','data.table'), repos='https://x.y')" """,
            ["r-dplyr", "r-data-table"],
        ),
        ("""Rscript -e 'BiocManager::install(c("DESeq2"), ask=FALSE)'""", ["r-deseq2"]),
        ("""R -e 'remotes::install_version("Matrix", version="1.6-1")'""", ["r-matrix@1.6-1"]),
        ("install2.r --error --ncpus 4 dplyr", ["r-dplyr"]),
        ("cpanm --notest DBI@1.643 Bio::DB::HTS", ["perl-dbi@1.643", "perl-bio-db-hts"]),
        (
            "spack install -j 4 --fail-fast hdf5@1.14 +mpi ^openmpi zlib",
            ["hdf5@1.14 +mpi ^openmpi", "zlib"],
        ),
        (". /opt/spack/share/spack/setup-env.sh; spack add samtools", ["samtools"]),
        ("bash -lc 'pip install h5py'", ["py-h5py"]),
        ('["/bin/sh", "-c", "pip install h5py"]', ["py-h5py"]),
        ("--mount=type=cache,target=/x pip install h5py", ["py-h5py"]),
        ("if test -e /x; then apt-get install -y bwa; fi", ["bwa"]),
        ("V=1.17 && pip install pysam==$V", ["py-pysam@1.17"]),
        ("<<EOF\nset -e\napt-get install -y bwa\npip install 'pysam'\nEOF", ["bwa", "py-pysam"]),
        ("<<EOF R\ninstall.packages('dplyr')\nEOF", ["r-dplyr"]),
        ("echo apt-get install bwa", []),
        ("apt-get remove -y bwa && apt-get clean", []),
    ],
)
def test_a_run_line_installs(line, expected, tmp_path):
    assert specs(read(tmp_path, f"FROM debian:12\nRUN {line}\n")) == expected


def test_what_is_not_a_package_is_told_with_its_reason(tmp_path):
    found = read(
        tmp_path,
        "FROM example.org/some/thing:1\n"
        "RUN curl -O https://x.y/z.tar.gz && make install\n"
        "RUN git clone https://x.y/z && pip install git+https://x.y/z.git ./local\n"
        "RUN apt-get install -y ca-certificates build-essential $MORE samtools=$V\n"
        "ADD https://x.y/tool /usr/bin/tool\n",
    )

    assert [a.found.name for a in found.no_package] == [
        "example.org/some/thing",
        "curl -O https://x.y/z.tar.gz",
        "make install",
        "git clone https://x.y/z",
        "install git+https://x.y/z.git",
        "install ./local",
        "ADD https://x.y/tool /usr/bin/tool",
    ]
    assert [a.reason for a in found.not_needed] == [
        "a tool of the base system",
        "part of the compilers and build tools that Spack brings where they are needed",
    ]
    assert [note.text for note in found.notes] == [
        "$MORE: what this variable holds is not in the file",
        "samtools=$V: which version this is is not in the file",
    ]
    assert specs(found) == ["samtools"]


def test_variables_come_from_arg_and_env_and_from_the_stage_before(tmp_path):
    text = (
        "ARG TAG=12\nARG V=1.17\nFROM debian:${TAG} AS one\nARG V\nENV B=0.7.17 C=${V}\n"
        "FROM one\nRUN apt-get install samtools=$C bwa=${B}-1 star=${S:-2.7}\n"
    )

    assert specs(read(tmp_path, text)) == ["samtools@1.17", "bwa@0.7.17", "star@2.7"]


def test_of_a_build_stage_that_is_copied_from_the_system_packages_do_not_count(tmp_path):
    text = (
        "FROM debian:12 AS build\nRUN apt-get install -y cmake\nRUN spack install samtools@1.17\n"
        "FROM debian:12 AS unused\nRUN spack install bwa\n"
        "FROM debian:12\nCOPY --from=build /opt /opt\n"
    )

    found = read(tmp_path, text)

    assert specs(found) == ["samtools@1.17"]
    reasons = {a.found.name: a.reason for a in found.not_needed}
    assert reasons["cmake"] == "only used to build: the last stage copies from this one"
    assert reasons["bwa"] == "of a stage that the image is not made from"


def test_lists_that_commands_name_are_read_wherever_copy_found_them(tmp_path):
    found = read(
        tmp_path,
        "FROM debian:12\nCOPY deps /tmp\nRUN pip install -r /tmp/pip.txt\n"
        "RUN conda env create -f environment.yml\nRUN Rscript /tmp/more.R\n"
        "RUN pip install -r nowhere.txt\n",
        deps__pip_dot_txt="pandas==2.0.3 --hash=sha256:ab\n# no\n-e .\n",
        deps__more_dot_R="# install.packages('no')\ninstall.packages('dplyr')\n",
        environment_dot_yml="dependencies: [samtools=1.17, pip, {pip: [pysam]}]\n",
    )

    assert specs(found) == ["py-pandas@2.0.3", "samtools@1.17", "py-pysam", "r-dplyr"]
    assert [a.found.name for a in found.no_package] == ["pip install -e ."]
    assert [n.text for n in found.notes] == ["nowhere.txt: this file is not in what was given"]


@pytest.mark.parametrize(
    "line",
    [
        "RUN (echo spack: && echo '  specs:' && echo '  - gromacs+mpi') > /opt/env/spack.yaml",
        "COPY <<EOF /opt/env/spack.yaml\nspack:\n  specs:\n  - gromacs+mpi\nEOF",
        "RUN cat <<'EOF' > /opt/env/spack.yaml\nspack:\n  specs:\n  - gromacs+mpi\nEOF",
    ],
)
def test_an_environment_written_on_the_spot_is_read(line, tmp_path):
    assert specs(read(tmp_path, f"FROM debian:12\n{line}\n")) == ["gromacs+mpi"]


def test_a_script_that_is_copied_and_run_is_read_but_not_what_it_starts(tmp_path):
    found = read(
        tmp_path,
        "FROM debian:12\nCOPY . /x\nRUN bash -e /x/setup.sh && ./gone.sh\n",
        setup_dot_sh="#!/bin/sh\napt-get install -y samtools\n./setup.sh\n",
    )

    assert specs(found) == ["samtools"]
    assert [note.text for note in found.notes] == [
        "./setup.sh: what this script starts is not looked into",
        "./gone.sh: this file is not in what was given",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ONBUILD RUN pip install x", "ONBUILD: what it installs is in images that are made from"),
        ("RUN python3 - <<EOF\nimport os\nEOF", "what python3 reads here is not looked into"),
        ("RUN <<EOF\n#!/usr/bin/env perl\nprint\nEOF", "what perl reads here is not looked"),
        ("RUN apt-get install 'x", "this shell text cannot be taken apart: No closing quotation"),
    ],
)
def test_what_is_not_looked_into_is_told(line, said, tmp_path):
    (note,) = read(tmp_path, f"FROM debian:12\n{line}\n").notes

    assert note.where.endswith("/Dockerfile:2")
    assert note.text.startswith(said)


def test_a_definition_of_apptainer_is_read_like_a_dockerfile(tmp_path):
    (tmp_path / "tools.def").write_text(
        "Bootstrap: docker\nFrom: quay.io/biocontainers/bwa:0.7.17--h1\n\n"
        "%environment\n    export X=apt-get install no\n"
        "%post\n    apt-get update\n    pip install pysam==0.22\n%runscript\n    exec bwa\n"
    )

    found = extract([tmp_path])

    assert [(p.spec, p.places[0].rpartition(":")[2]) for p in found.packages] == [
        ("bwa@0.7.17", "2"),
        ("py-pysam@0.22", "6"),
    ]


def test_images_of_one_program_are_this_program(tmp_path):
    text = "FROM quay.io/biocontainers/samtools:1.17--h00cdaf9_0\n"
    (tmp_path / "r.Dockerfile").write_text("FROM rocker/r-ver:4.3.1\n")

    assert sorted(specs(read(tmp_path, text))) == ["r@4.3.1", "samtools@1.17"]


def test_instructions_keep_the_number_of_their_first_line():
    text = "# syntax=x\nFROM a\n\nRUN one \\\n# in between\n  two\nRUN three\n"

    assert [(i.line, i.rest.split()) for i in instructions(text)] == [
        (2, ["a"]),
        (4, ["one", "two"]),
        (7, ["three"]),
    ]


def test_shell_text_is_split_as_a_shell_does():
    text = "(a 'b c' && echo x)>f; d 2>&1 >l e|g;X=1; sudo -E h $X # i\n"

    assert [*commands(text, {})][:5] == [
        Command(("a", "b c")),
        Command(("echo", "x"), "f"),
        Command(("d", "e"), "l"),
        Command(("g",)),
        Command(("h", "1", "#", "i")),
    ]
