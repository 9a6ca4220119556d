"""Scripts of all kinds against one cluster, on both platforms; and bytes that are no script."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petal_constructs import explain
from petal_constructs.jobs import check
from petal_constructs.jobs.check import check_job, read_job
from petal_constructs.jobs.findings import Finding, worst
from tests.jobs.sites import HERE, site

SCRIPTS = sorted((HERE / "scripts").glob("*.sbatch"))
EXPECTED = tomllib.loads((HERE / "scripts/expected.toml").read_text())
PLATFORMS = ("parallelcluster", "pcs")


def found(data: bytes, on: str) -> tuple[Finding, ...]:
    return check_job(read_job(data), site(on))


@pytest.mark.parametrize("on", PLATFORMS)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_judged_as_expected(script, on):
    findings = found(script.read_bytes(), on)

    verdict, *places = EXPECTED[script.stem][on]
    assert worst(findings).name.lower() == verdict
    assert [f"{each.code}:{each.spot.line}" for each in findings] == places


def test_every_expectation_has_its_script_and_there_are_sixty():
    assert {script.stem for script in SCRIPTS} == set(EXPECTED)
    assert len(SCRIPTS) >= 60


def test_every_code_is_explained_and_shown_by_a_script():
    folder = Path(check.__file__).parent
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    given = set(re.findall(r'"(J\d{3})"', source))
    shown = {
        place.partition(":")[0]
        for platforms in EXPECTED.values()
        for _, *places in platforms.values()
        for place in places
    }

    assert given == {code for code in explain.codes() if code.startswith("J")}
    # of hybrid clusters, and of pcs without software: test_sites.py
    assert given - shown == {"J110", "J133"}


def test_a_module_is_hinted_at_by_the_name_of_its_package():
    script = HERE / "scripts/modules-of-a-hierarchy.sbatch"
    tree, program = found(script.read_bytes(), "parallelcluster")

    assert (tree.verdict.name, tree.hint.partition(":")[0]) == ("CHANGE", "remove it")
    assert program.hint == "add r to software.spack_packages of the seed"


@pytest.mark.parametrize("on", PLATFORMS)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_what_stops_a_job_says_what_to_do_about_it(script, on):
    for each in found(script.read_bytes(), on):
        assert each.hint or not each.stops
        assert not each.message.endswith(".")


PIECES = (
    *(
        "#SBATCH ",
        "#!/bin/bash\n",
        "-N ",
        "--mem=",
        "hetjob",
        "EOF",
        "<<EOF",
        "<<-'EOF'",
        "$(",
        "${",
    ),
    *(
        "module load ",
        "srun ",
        "sbatch ",
        "docker ",
        "/fsx/",
        "--array=",
        "1-2",
        "gpu:",
        "\0",
        "\r\n",
    ),
    *("999999999999999999999", "é", "--gres=", ",", *"#\\\"'`$(){}<>&|;\n\t :=-"),
)
WORDS = st.sampled_from(PIECES)


@given(st.one_of(st.binary(max_size=300), st.lists(WORDS, max_size=60).map("".join)))
def test_nothing_that_somebody_calls_a_script_crashes_it(text):
    data = text if isinstance(text, bytes) else b"#!/bin/bash\n" + text.encode()

    for on in PLATFORMS:
        for each in found(data, on):
            assert each.spot.line <= data.count(b"\n") + 1


@pytest.mark.parametrize(
    "piece",
    [
        "$(",
        '"$(',
        "`",
        "(",
        '"',
        "'",
        "<<E\n",
        "\\\n",
        "{",
        "a=$a$a ",
        "#\n",
        "[[ (",
        "I_MPI_FABRICS=",
        "NCCL_NET=a",
    ],
)
def test_a_script_of_one_piece_again_and_again_is_read_in_no_time(piece):
    data = b"#!/bin/bash\n" + piece.encode() * 100_000
    began = time.monotonic()

    found(data, "pcs")

    assert time.monotonic() - began < 5


def test_a_script_beyond_what_slurm_takes_is_refused_and_only_its_beginning_read():
    data = b"#!/bin/bash\n#SBATCH -N 2\n" + b"echo\n" * 1_000_000

    codes = {each.code for each in found(data, "pcs")}

    assert codes == {"J101", "J107"}
