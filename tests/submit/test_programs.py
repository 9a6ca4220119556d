"""The programs as files: what nodes need for them, and that no option is dropped in silence."""

from __future__ import annotations

import ast
import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.jobs import numbers
from petal_constructs.jobs.directives import read_directives
from petal_constructs.render.submit import SubmitTable, submit_programs, submit_tables
from petal_constructs.templates.submit import key, quantities
from petal_constructs.templates.submit.errors import Refusal
from petal_constructs.templates.submit.options import Option, OptionTable
from petal_constructs.templates.submit.request import Job, check
from petal_constructs.templates.submit.script import directives
from tests.need import need_tool

PYTHON = {name: text for name, text in submit_programs().items() if name.endswith(".py")}
LAUNCHERS = sorted(name for name in submit_programs() if "." not in name)


@pytest.mark.parametrize("name", sorted(PYTHON))
def test_nodes_need_python_3_9_and_no_package(name):
    tree = ast.parse(PYTHON[name], feature_version=(3, 9))

    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {each.name.split(".")[0] for each in node.names} <= sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert (node.module or "").split(".")[0] in sys.stdlib_module_names
    assert "slots=True" not in PYTHON[name]


def test_names_of_files_may_be_keys_of_a_config_map():
    for name in submit_programs():
        assert re.fullmatch(r"[-._a-zA-Z0-9]+", name)
    assert sum(map(len, submit_programs().values())) < 1_000_000


@pytest.mark.parametrize("name", LAUNCHERS)
def test_each_program_has_a_launcher(name):
    text = submit_programs()[name]

    subprocess.run(
        [need_tool("shellcheck", "apt-get install shellcheck"), "-"],
        input=text,
        text=True,
        check=True,
    )
    assert f'"{name}": "' in PYTHON["run.py"]
    assert text.startswith("#!/bin/sh\nexec /usr/bin/python3 -I ")


@pytest.mark.parametrize(
    "name", sorted(name for name in submit_programs() if name.endswith((".service", ".timer")))
)
def test_units_name_programs_that_exist(name):
    programs = re.findall(r"^ExecStart=\S+/(\S+)", submit_programs()[name], re.MULTILINE)

    assert set(programs) <= set(LAUNCHERS)


def table(**changes):
    values = {"here": "demo", "there": "demo-pcs", "queues": {"a": "demo", "b": "demo-pcs"}}
    return SubmitTable(**(values | changes))


def test_a_queue_of_neither_side_is_an_error():
    with pytest.raises(ValueError, match="do not fit"):
        submit_tables(table(queues={"a": "elsewhere"}))
    with pytest.raises(ValueError, match="do not fit"):
        submit_tables(table(default_queue="c"))


SCRIPTS = [
    "#!/bin/sh\n#SBATCH -n 3 -J 'a b' # why\n\n# text\n#SBATCH --mem=4G\ntrue\n#SBATCH -N 9\n",
    '#!/bin/sh\n#SBATCH --comment="it\'s \\"so\\"" -D a\\ b\n',
    "#!/bin/sh\n#SLURM -n 1\n#SBATCHx -n 2\n #SBATCH -n 3\n#SBATCH\t-n\t4\n",
    "#!/bin/sh\n#SBATCH -o a#b -e 'c#d'\\x\n",
]


@pytest.mark.parametrize("text", SCRIPTS)
def test_lines_are_read_as_check_jobs_reads_them(text):
    theirs = [word.text for part in read_directives(text).components for word in part]

    assert [word.text for word in directives(text, "job.sh")] == theirs


@pytest.mark.parametrize(
    "value",
    ["90", "2:30", "1:00:00", "1-12", "0-0:1", "1-2:3:4", "INFINITE", "x", "1:", "-1", "4-"],
)
def test_times_are_read_as_check_jobs_reads_them(value):
    theirs = numbers.minutes(value)

    ours = quantities.minutes(value)
    assert ours == (quantities.UNLIMITED if theirs == float("inf") else theirs)


@pytest.mark.parametrize("value", ["1", "4G", "4g", "100K", "2T", "3MB", "4X", "x"])
def test_sizes_are_read_as_check_jobs_reads_them(value):
    assert quantities.mebibytes(value) == numbers.mebibytes(value)


VALUES = {
    "nodes": "2", "begin": "now+1hour", "time": "5", "time-min": "5", "mem": "1G", "signal": "USR1",
    "mem-per-cpu": "1G", "mem-per-gpu": "1G", "mail-type": "END", "open-mode": "append",
    "kill-on-invalid-dep": "yes", "gres": "gpu:1", "requeue": "yes", "exclusive": "user",
    "ntasks": "2", "cpus-per-task": "2", "ntasks-per-node": "2", "mincpus": "2", "nice": "3",
    "threads-per-core": "1", "gpus": "1", "gpus-per-node": "1", "gpus-per-task": "1",
    "cpus-per-gpu": "2",
}  # fmt: skip
ELSEWHERE = {"parsable", "quiet", "verbose", "wrap", "export", "chdir", "comment", "ignore-pbs"}


def job(**options):
    found = {name: Option(name, value, "test") for name, value in options.items()}
    return Job("#!/bin/sh\n", ("x",), {"A": "b"}, found, "/home/x", "")


@pytest.mark.parametrize("name", sorted(facts().sbatch.takes_value))
@pytest.mark.parametrize("old", [False, True])
def test_no_option_of_sbatch_is_dropped_in_silence(name, old):
    options = {name: VALUES.get(name, "1" if facts().sbatch.takes_value[name] else "")}
    if name in ELSEWHERE:
        return
    with contextlib.suppress(Refusal):
        sent = job(**options).body(old=old)["job"]
        assert sent.keys() > job().body(old=old)["job"].keys()


@pytest.mark.parametrize("name", ["wait", "clusters", "uid", "nodelist", "export-file"])
def test_a_refusal_names_the_option(name):
    with pytest.raises(Refusal, match=f"test: --{name}=1: is not carried over"):
        job(**{name: "1"}).body(old=False)


FIELDS = json.loads((Path(__file__).parent / "fields-v0.0.44.json").read_text())["fields"]


@pytest.mark.parametrize("name", sorted({*VALUES, "array", "dependency", "hold", "oversubscribe"}))
def test_requests_fit_the_published_schema(name):
    """That of v0.0.44, which no slurmrestd of this machine speaks."""
    sent = job(**{name: VALUES.get(name, "1")}).body(old=False)["job"]

    for field, value in sent.items():
        kind = FIELDS[field]
        if isinstance(kind, list):
            assert set(value) <= set(kind), field
        elif kind == "number":
            assert value.keys() == {"set", "infinite", "number"}, field
        else:
            types = {"string": str, "integer": int, "boolean": bool, "strings": list}
            assert type(value) is types[kind], field


def test_gpus_are_asked_for_as_sbatch_asks():
    sent = job(**{"gpus-per-node": "a100:2", "gres": "scratch:1,gpu:1"}).body(old=False)["job"]

    assert sent["tres_per_node"] == "gres/gpu:a100:2,gres/scratch:1,gres/gpu:1"


def test_tasks_are_counted_as_sbatch_counts_them():
    sent = job(**{"nodes": "2-4", "ntasks-per-node": "3", "cpus-per-task": "2"}).body(old=False)
    assert (sent["job"]["tasks"], sent["job"]["minimum_cpus"]) == (6, 12)


def test_an_option_cut_short_is_understood_while_it_is_the_only_one():
    read = OptionTable(facts().sbatch.takes_value, facts().sbatch.short)

    assert read._full_name("part") == "partition"
    assert read._full_name("mem") == "mem"
    assert read._full_name("me") is None


def test_an_unknown_option_is_refused_by_name():
    with pytest.raises(Refusal, match="command line: --bogus=1: is not carried over"):
        check({"bogus": Option("bogus", "1", "command line")})


AWS = """#!/bin/sh
echo "$@" >> "$CALLS"
[ -z "$FAILS" ] || { echo "AccessDenied" >&2; exit 255; }
printf '%s\\n' "$SECRET"
"""


@pytest.fixture
def aws(tmp_path, monkeypatch):
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir()
    program.write_text(AWS)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("SECRET", json.dumps({"password": "k" * 64}))
    return tmp_path


def test_the_key_is_fetched_for_root_alone(aws):
    file = aws / "keys" / "other-side.key"

    assert key.main("petal-key", ["arn:x", "eu-west-1", str(file)]) == 0

    assert file.read_bytes() == b"k" * 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert "get-secret-value --secret-id arn:x --region eu-west-1" in (aws / "calls").read_text()


@pytest.mark.parametrize(
    ("variable", "value"), [("FAILS", "1"), ("SECRET", "short"), ("SECRET", '{"password": "x"}')]
)
def test_a_key_that_cannot_be_had_leaves_the_old_one(aws, monkeypatch, capsys, variable, value):
    file = aws / "keys" / "other-side.key"
    key.main("petal-key", ["arn:x", "eu-west-1", str(file)])
    monkeypatch.setenv(variable, value)

    assert key.main("petal-key", ["arn:x", "eu-west-1", str(file)]) == 1

    assert file.read_bytes() == b"k" * 64
    assert "k" * 64 not in capsys.readouterr().err
