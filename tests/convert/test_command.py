"""`petal convert`."""

from __future__ import annotations

import json

import pytest

from petal_constructs.cli.convert import beside
from petal_constructs.cli.main import run
from tests.convert.seeds import PLAIN


@pytest.fixture
def petal(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "traditional-cluster.yaml").write_text(PLAIN)

    def call(*arguments):
        code = run(["convert", *arguments])
        return code, *capfd.readouterr()

    return call


def test_the_command_of_the_document_writes_the_seed_that_its_next_one_reads(petal, tmp_path):
    code, out, err = petal("--from", "parallelcluster", "--to", "pcs", "traditional-cluster.yaml")

    assert (code, err) == (0, "pcs-cluster.yaml: written\n")
    assert out.startswith("traditional-cluster.yaml: from parallelcluster to pcs\n")
    assert run(["validate", str(tmp_path / "pcs-cluster.yaml")]) == 0


@pytest.mark.parametrize(
    ("seed", "to", "file"),
    [
        ("a/traditional-lab.yaml", "pcs", "a/pcs-lab.yaml"),
        ("pcs-lab.yaml", "parallelcluster", "traditional-lab.yaml"),
        ("parallelcluster-lab.yml", "hybrid", "hybrid-lab.yml"),
        ("lab.yaml", "pcs", "pcs-lab.yaml"),
        ("pcs-.yaml", "pcs", "pcs-.yaml"),
    ],
)
def test_the_new_seed_is_called_after_its_platform(seed, to, file, tmp_path):
    assert beside(tmp_path / seed, to) == tmp_path / file


def test_no_file_is_replaced_unless_somebody_says_so(petal, tmp_path):
    other = tmp_path / "pcs-cluster.yaml"
    other.write_text("mine\n")

    code, _, err = petal("--to", "pcs", "traditional-cluster.yaml")
    assert (code, other.read_text()) == (2, "mine\n")
    assert "pcs-cluster.yaml: exists already" in err

    assert petal("--to", "pcs", "traditional-cluster.yaml", "--force")[0] == 0
    assert other.read_text() != "mine\n"


def test_standard_output_has_the_seed_and_the_report_is_told_beside_it(petal, tmp_path):
    code, out, err = petal("--to", "pcs", "traditional-cluster.yaml", "-o", "-")

    assert code == 0
    assert out.endswith("instance_types: [c5.4xlarge]\n")
    assert err.startswith("traditional-cluster.yaml: from parallelcluster to pcs\n")
    assert [path.name for path in tmp_path.iterdir()] == ["traditional-cluster.yaml"]


def test_programs_get_the_report_as_json(petal):
    code, out, _ = petal("--to", "hybrid", "traditional-cluster.yaml", "--format", "json")

    report = json.loads(out)
    assert code == 0
    assert (report["from"], report["to"]) == ("parallelcluster", "hybrid")
    assert report["output"] == "hybrid-cluster.yaml"
    assert {"kind", "path", "what", "hint", "code"} == set(report["rows"][0])


def test_a_wrong_from_is_told_and_nothing_is_written(petal, tmp_path):
    code, _, err = petal("--from", "pcs", "--to", "hybrid", "traditional-cluster.yaml")

    assert code == 2
    assert "this seed is for parallelcluster, not for pcs" in err
    assert [path.name for path in tmp_path.iterdir()] == ["traditional-cluster.yaml"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_seed_with_errors_ends_with_them_and_nothing_is_written(petal, tmp_path, form):
    (tmp_path / "bad.yaml").write_text(f"{PLAIN}users: [ada]\n")

    code, out, err = petal("--to", "pcs", "bad.yaml", "--format", form)

    assert code == 1
    assert "users[0]" in (out if form == "json" else err)
    assert not (tmp_path / "pcs-bad.yaml").exists()


def test_what_is_left_to_decide_ends_with_exit_code_1_and_a_seed_to_go_on_with(petal, tmp_path):
    ebs = "data: {shared: [{name: s, type: ebs, size_gib: 50, mount_point: /scratch}]}\n"
    (tmp_path / "lab.yaml").write_text(PLAIN + ebs)

    code, _, err = petal("--to", "pcs", "lab.yaml")

    assert code == 1
    assert err.endswith("pcs-lab.yaml: 1 thing left to decide\n")
    assert (tmp_path / "pcs-lab.yaml").exists()


def test_bytes_stay_with_mark_and_line_ends_of_windows(petal, tmp_path):
    data = b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode()
    (tmp_path / "lab.yaml").write_bytes(data)

    assert petal("--to", "pcs", "lab.yaml")[0] == 0
    assert petal("--to", "parallelcluster", "pcs-lab.yaml", "-o", "back.yaml")[0] == 0

    assert (tmp_path / "pcs-lab.yaml").read_bytes().startswith(b"\xef\xbb\xbf# petal convert")
    assert (tmp_path / "back.yaml").read_bytes() == data


def test_a_file_that_cannot_be_written_is_told(petal):
    code, _, err = petal("--to", "pcs", "traditional-cluster.yaml", "-o", "no/such/seed.yaml")

    assert code == 2
    assert "no/such/seed.yaml: cannot be written" in err
