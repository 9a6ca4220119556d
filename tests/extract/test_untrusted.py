"""Sources that are broken, huge or hostile: a note, never a crash, and nothing written."""

from __future__ import annotations

import io
import json
import os
import random
import sqlite3
import tarfile
import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petal_constructs.extract import extract, oci, readers
from petal_constructs.extract.found import Found, Note, Tree
from tests.extract.archives import STATUS, archive, docker_archive, image, layer, link

PATHS = (
    "Dockerfile",
    "spack.yaml",
    "spack.lock",
    "requirements.txt",
    "environment.yml",
    "renv.lock",
    "install.R",
    "modules.txt",
    "groups/01-x/packages.tsv",
    "opt/petal/x/packages.tsv",
    "x/.spack-db/index.json",
    "x/.spack/spec.json",
    "var/lib/dpkg/status",
    "lib/apk/db/installed",
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages",
    "x/conda-meta/y.json",
    "x/y-1.dist-info/METADATA",
    "x/library/y/DESCRIPTION",
    "x/modulefiles/y/1",
)


def texts(found):
    return [note.text for note in found.notes]


@given(st.sampled_from(PATHS), st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_in_any_file_end_well(path, data):
    found = list(readers.read(Tree("x", {path: lambda: data})))

    assert all(isinstance(each, Found | Note) for each in found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "spec",
                    "specs",
                    "roots",
                    "database",
                    "installs",
                    "nodes",
                    "name",
                    "spack",
                    "Packages",
                    "dependencies",
                    "matrix",
                    "pip",
                    "version",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(
    st.sampled_from([path for path in PATHS if path.endswith((".json", ".yaml", ".yml", ".lock"))]),
    JSON,
)
def test_any_json_where_another_is_expected_ends_well(path, document):
    data = json.dumps(document).encode()

    for each in readers.read(Tree("x", {path: lambda: data})):
        assert isinstance(each, Found | Note)


WORDS = st.sampled_from(
    [
        "RUN ",
        "FROM a",
        "COPY --from=x",
        "<<EOF",
        "EOF",
        "\\\n",
        "\n",
        "apt-get install ",
        "pip ",
        "$",
        "${A",
        "'",
        '"',
        "(",
        ")",
        "> spack.yaml",
        "spack install ",
        "+x",
        "^",
        "R -e ",
        "install.packages(",
        "[",
        "ENV A=",
        " ",
    ]
)


@given(st.lists(WORDS, max_size=30).map("".join))
def test_any_dockerfile_ends_well(text):
    list(readers.read(Tree("x", {"Dockerfile": text.encode})))


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_archive_ends_well(seed, tmp_path):
    path = docker_archive(tmp_path / "x.tar", layer({"var/lib/dpkg/status": STATUS}))
    data, chance = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(30):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data[: chance.randrange(600, len(data))])

    extract([path])


def test_names_that_lead_out_of_an_image_are_left_out_and_noted(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    files = {"../../var/lib/dpkg/status": STATUS, "/var/../../etc/x": "x", "a/../../b": ""}
    packed = archive(inside / "x.tar", image(tmp_path / "oci", layer(files)))

    found = extract([packed])

    assert found.packages == ()
    assert texts(found) == [
        "names that lead out of the image are left out, e.g. ../../var/lib/dpkg/status"
    ]
    assert [path.name for path in inside.iterdir()] == ["x.tar"]


def test_links_that_lead_to_one_another_or_outside_are_no_files(tmp_path):
    status = "var/lib/dpkg/status"
    files = {
        status: link(status, "/etc/passwd", tarfile.SYMTYPE),
        "a/" + status: link("a/" + status, "b/" + status),
        "b/" + status: link("b/" + status, "a/" + status),
        "c/" + status: link("c/" + status, "../../../../etc/passwd"),
    }
    (tmp_path / "tree/var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "tree" / status).symlink_to("/etc/passwd")
    (tmp_path / "tree/loop").symlink_to(".")
    os.mkfifo(tmp_path / "tree/Dockerfile")

    found = extract([image(tmp_path / "oci", layer(files)), tmp_path / "tree"])

    assert found.packages == ()
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ('{"manifests": [{"digest": "sha256:../../../etc/passwd"}]}', "is no digest"),
        ('{"manifests": [7, {}, {"digest": 7}]}', "is no digest"),
        ("[[[", "Expecting"),
        ('{"manifests": [{"digest": "sha256:%s"}]}' % ("0" * 64), "000"),
    ],
)
def test_an_index_that_names_no_blob_is_told(index, said, tmp_path):
    folder = image(tmp_path / "oci", layer({}))
    (folder / "index.json").write_text(index)

    (text,) = texts(extract([folder]))

    assert text.startswith("this image cannot be read: ")
    assert said in text


def test_a_compressed_layer_of_a_kind_that_cannot_be_read_is_told(tmp_path):
    found = extract([image(tmp_path / "oci", b"\x28\xb5\x2f\xfd....")])

    assert texts(found) == ["a layer is compressed with zstd, which is not read"]
    assert found.notes[0].hint == "copy the image with: skopeo copy --dest-compress-format gzip"


def test_a_file_that_is_too_large_is_noted_and_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(oci, "LARGEST_FILE", 10)

    found = extract([image(tmp_path / "oci", layer({"var/lib/dpkg/status": STATUS}))])

    assert found.packages == ()
    assert texts(found) == [
        "files that are too large are not looked into, e.g. var/lib/dpkg/status"
    ]


def test_a_header_with_a_name_of_a_gigabyte_is_refused_before_it_is_read(tmp_path):
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 1_000_000_000
    data = io.BytesIO(member.tobuf(tarfile.GNU_FORMAT))

    found = extract([image(tmp_path / "oci", data.getvalue())])

    assert texts(found) == [
        "a layer cannot be read to its end: a name in it is longer than any can be"
    ]


def test_an_archive_whose_parts_link_to_themselves_is_told(tmp_path):
    files = {"manifest.json": link("manifest.json", "manifest.json", tarfile.SYMTYPE)}
    (tmp_path / "x.tar").write_bytes(layer(files, mode="w"))

    (text,) = texts(extract([tmp_path / "x.tar"]))

    assert text.startswith("this image cannot be read: ")


def test_a_database_that_never_ends_is_ended(tmp_path):
    path = tmp_path / "var/lib/rpm/rpmdb.sqlite"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        connection.execute(f"CREATE VIEW Packages AS SELECT i AS hnum, x'00' AS blob FROM ({rows})")
        connection.commit()

    (text,) = texts(extract([tmp_path]))

    assert text == "this database of RPM's is broken: interrupted"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Dockerfile", "FROM x\nRUN apt-get install -y {}\n"),
        ("install.R", "install.packages({}"),
        ("modules.txt", "{}"),
        ("requirements.txt", "x{}"),
        ("environment.yml", "dependencies: ['{}']"),
    ],
)
@pytest.mark.parametrize("part", ["a ", "(", "install.packages(", "$X", "=", "''", "ENV A=$A$A\n"])
def test_long_texts_are_read_in_linear_time(name, line, part, tmp_path):
    (tmp_path / name).write_text(line.format(part * 20_000))
    started = time.process_time()

    extract([tmp_path])

    assert time.process_time() - started < 10


def test_a_text_that_nobody_wrote_is_not_read(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM x\n" * 300_000)

    assert texts(extract([tmp_path])) == ["larger than 2,000,000 bytes, and not read"]


def test_aliases_and_definitions_cannot_make_a_small_file_huge(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/spack.yaml").write_text("spack: {specs: [&a [x, x], *a]}\n")
    names = {f"d{n}": [f"$d{(n + 1) % 50}"] * 50 for n in range(50)}
    definitions = [{name: listed} for name, listed in names.items()]
    rows = {"matrix": [[f"a{n}" for n in range(999)]] * 5}
    environment = {"spack": {"definitions": definitions, "specs": ["$d0", rows]}}
    (tmp_path / "spack.yaml").write_text(json.dumps(environment))

    found = extract([tmp_path])

    assert sorted(texts(found)) == [
        "definitions name one another in a circle, or too deep",
        "has YAML aliases, which are not followed",
        "has more than 10,000 specs: only the first are read",
    ]


def test_older_databases_of_rpm_and_images_of_apptainer_are_told(tmp_path):
    (tmp_path / "var/lib/rpm").mkdir(parents=True)
    (tmp_path / "var/lib/rpm/Packages").write_bytes(b"\0" * 100)
    (tmp_path / "var/lib/rpm/Packages.db").write_bytes(b"RpmP")
    (tmp_path / "var/lib/rpm/rpmdb.sqlite").write_bytes(b"SQLite format 3\0" + b"\0" * 100)
    (tmp_path / "x.sif").write_bytes(b"#!/usr/bin/env run-singularity\n")

    said = texts(extract([tmp_path]))

    assert said[0] == "this kind of image cannot be read"
    assert said[1].startswith("this database of RPM's is broken: ")
    assert said[2:] == [
        "a database of RPM's in the form of Berkeley DB cannot be read",
        "a database of RPM's in the form of NDB cannot be read",
    ]
