"""#SBATCH lines, read by petal and by the sbatch of Debian 12 (22.05): both see the same job."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.jobs.directives import read_directives, refusal
from petal_constructs.jobs.options import read_options
from petal_constructs.jobs.request import request

HEAD = "#!/bin/bash\n"
TRICKY = {
    "long-and-short": "#SBATCH -N 2\n#SBATCH --ntasks=8\n#SBATCH -t 30\n",
    "joined": "#SBATCH -N2 -n8 -t1-12\n",
    "equals": "#SBATCH --nodes=2 --time=2:30:00 --partition=memory\n",
    "cut-short": "#SBATCH --part=memory --nodes=3\n",
    "double-hash": "##SBATCH -N 5\n#SBATCH -N 2\n",
    "space-before": " #SBATCH -N 5\n#SBATCH -N 2\n",
    "space-inside": "# SBATCH -N 5\n#SBATCH -N 2\n",
    "lower-case": "#sbatch -N 5\n#SBATCH -N 2\n",
    "no-space": "#SBATCH-N 3\n",
    "tabs": "#SBATCH\t-N\t3\t-t\t20\n",
    "comment-behind": "#SBATCH -N 3 # not -N 5\n",
    "comment-in-word": "#SBATCH -J one#two -N 5\n#SBATCH -n 4\n",
    "hash-escaped": "#SBATCH -J one\\#two -N 3\n",
    "hash-quoted": '#SBATCH -J "one#two" -N 3\n',
    "double-quotes": '#SBATCH --job-name="a name" -N 3\n',
    "single-quotes": "#SBATCH --job-name='a name' -N 3\n",
    "quote-in-quotes": '#SBATCH --job-name="it\'s" -N 3\n',
    "quotes-in-a-word": "#SBATCH --job-name=a' 'b -N 3\n",
    "escaped-quote": '#SBATCH --job-name=a\\"b -N 3\n',
    "empty-quotes-end-the-line": '#SBATCH -N 3 "" -n 9\n',
    "behind-a-command": "#SBATCH -N 2\necho\n#SBATCH -N 5\n",
    "behind-blanks": "#SBATCH -N 2\n\n   \n# words\n\n#SBATCH -n 6\n",
    "behind-set": "set -e\n#SBATCH -N 5\n",
    "behind-a-colon": ":\n#SBATCH -N 5\n",
    "in-a-heredoc": "cat <<EOF\n#SBATCH -N 5\nEOF\n",
    "last-one-counts": "#SBATCH -N 5\n#SBATCH -N 2\n#SBATCH --nodes=3\n",
    "range": "#SBATCH -N 2-4\n",
    "cpus-alone": "#SBATCH -N 1\n#SBATCH -n 16 -c 1\n",
    "cpus": "#SBATCH -n 4 --cpus-per-task=4 --mem-per-cpu=500M\n",
    "per-node": "#SBATCH -N 2 --ntasks-per-node=8 --mem=4G\n",
    "tasks-per-node": "#SBATCH -N 2 --tasks-per-node=8\n",
    "memory-k": "#SBATCH --mem=2048K\n",
    "memory-gb": "#SBATCH --mem=2GB\n",
    "minutes-and-seconds": "#SBATCH -t 90:30\n",
    "days-hours": "#SBATCH -t 1-2\n",
    "days-hours-minutes": "#SBATCH -t 1-2:30\n",
    "hours": "#SBATCH -t 02:00:00\n",
    "no-limit": "#SBATCH -t 0\n",
    "endless": "#SBATCH -t infinite\n",
    "array": "#SBATCH --array=0-31:4%2\n",
    "array-list": "#SBATCH -a 1,3,5-7\n",
    "constraint": "#SBATCH -p memory -C memory-cpu32\n",
    "flags-together": "#SBATCH -OsN 2\n",
    "hetjob": "#SBATCH -N 2 -p compute\n#SBATCH hetjob\n#SBATCH -N 1 -p memory\n",
    "packjob-upper": "#SBATCH -N 2\n#SBATCH PACKJOB\n#SBATCH -N 3\n",
    "hetjob-loses-its-line": "#SBATCH -N 2\n#SBATCH hetjob -N 9\n#SBATCH -n 3\n",
    "hetjob-in-a-word": "#SBATCH -N 2 --job-name hetjob-like\n",
    "old-word": "#SLURM -N 2\n",
    "no-options": "#SBATCH\n#SBATCH -N 2\n",
    "dash-dash": "#SBATCH -N 2 --\n",
    "comment-value-next": "#SBATCH --comment -N -n 4\n",
    "optional-value": "#SBATCH --exclusive --nice=10 -N 2\n",
    "optional-without": "#SBATCH --nice -N 2\n",
    "gres": "#SBATCH -p gpu --gres=gpu:2\n",
    "gpus-per-node": "#SBATCH -p gpu -N 2 --gpus-per-node=4\n",
    "no-final-newline": "#SBATCH -N 3",
    "form-feed": "#SBATCH -N\f3\n",
    "return-inside": "#SBATCH -N 3\r -n 4\n",
    "pluses": "#SBATCH -N +3\n",
    "lines-of-other-systems": "#$ -N 5\n#COBALT -n 5\n#SBATCH -N 2\n",
}
REFUSED = {
    "unknown-option": HEAD + "#SBATCH --nodez=2\n",
    "ambiguous-nodes": HEAD + "#SBATCH --nod=3\n",
    "ambiguous": HEAD + "#SBATCH --ntasks-per=2\n",
    "no-value": HEAD + "#SBATCH --nodes\n",
    "value-of-a-flag": HEAD + "#SBATCH --hold=yes\n",
    "stray-word": HEAD + "#SBATCH -N 2 nodes\n",
    "open-quote": HEAD + '#SBATCH --job-name="open\n',
    "colon": HEAD + "#SBATCH -N 2 : -N 3\n",
    "not-a-number": HEAD + "#SBATCH -n four\n",
    "zero-tasks": HEAD + "#SBATCH -n 0\n",
    "variable": HEAD + "#SBATCH -N $NODES\n",
    "bad-time": HEAD + "#SBATCH -t 1:2:3:4\n",
    "bad-memory": HEAD + "#SBATCH --mem=4X\n",
    "fraction": HEAD + "#SBATCH --mem=1.5G\n",
    "bad-range": HEAD + "#SBATCH -N 4-2\n",
    "bad-array": HEAD + "#SBATCH -a 5-1\n",
    "x11": HEAD + "#SBATCH --x11\n",
    "container-image": HEAD + "#SBATCH --container-image=ubuntu\n",
    "no-interpreter": "#SBATCH -N 2\necho\n",
    "blank-line-first": "\n#!/bin/bash\n",
    "nul": HEAD + "#SBATCH -N 2\n\0\n",
    "windows": "#!/bin/bash\r\n#SBATCH -N 2\r\n",
    "empty": "",
    "blank": " \n\n",
}


PIECES = (
    *("-N", "-n", "-t", "-J", "-c", "-a", "-G", "-H", "--hold", "--nodes", "--ntasks=", "--time="),
    *("--job-name=", "--mem", "--mem=", " --exclusive ", "--array=", "--comment", "--contig", "-p"),
    *(
        "2",
        "3-5",
        "16",
        "1k",
        "1-12",
        "30",
        " -t 2:30 ",
        " -t 01:00:00 ",
        "4G",
        "100M",
        "0",
        "-1",
        "$X",
        "=",
    ),
    *("memory", "gpu", "'", '"', "#", " #", "a b", "x", "--", ":", "hetjob", "packjob", "\v"),
    *("\n#SBATCH ", "\n# c\n#SBATCH ", "\n##SBATCH ", "\n\n#SBATCH", "\necho\n#SBATCH ", "\t"),
    *(" -N 2 ", " -n 4 ", " -t 10 ", " -J a "),
)
NAMES = ("partition", "node name", "feature")
"""What Slurm refuses for the names of this cluster, which other tests are about."""
LINES = st.lists(st.sampled_from([*PIECES, " ", "  "]), min_size=1, max_size=10).map("".join)


def submit(slurm, text, *, hold=True):
    """What sbatch says of a script, and the record of each part of the job."""
    script = slurm.folder / "script.sh"
    script.write_bytes(text.encode())
    order = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "sbatch"]
    order += [*(["-H"] if hold else []), "--parsable", "-o", "/dev/null", "-D", "/tmp", str(script)]
    run = slurm.command(*order, check=False)
    number = run.stdout.strip()
    if run.returncode:
        return run.stderr, []
    shown = slurm.command("scontrol", "show", "job", "-o", number).stdout
    slurm.command("scancel", number)
    records = [dict(re.findall(r"(\S+?)=(.*?)(?= \S+?=|$)", line)) for line in shown.splitlines()]
    return "", sorted(records, key=lambda record: int(record["JobId"]))


def requests(text):
    read = read_directives(text)
    problems = [finding for finding in read.findings if finding.stops]
    found = []
    for words in read.components:
        line = read_options(facts().sbatch, words, {})
        wish, more = request(line.options)
        problems += [*more, *line.refused, *line.rest]
        found.append(wish)
    return found, problems


def expected(wish):
    """Fields of Slurm's record that petal knows."""
    fields = {"Partition": wish.text("partition") or "compute"}
    if name := wish.text("job-name"):
        fields["JobName"] = name
    if text := wish.text("constraint"):
        fields["Features"] = text
    if (minutes := wish.minutes) is not None:
        fields["TimeLimit"] = clock(minutes)
    if (memory := wish.values.get("mem")) and memory % 1024 == 0:
        fields["MinMemoryNode"] = f"{memory // 1024}G"
    return fields | {"least": str(wish.nodes), "NumTasks": str(wish.tasks)}


def clock(minutes):
    if math.isinf(minutes):
        return "UNLIMITED"
    days, rest = divmod(int(minutes), 1440)
    day = f"{days}-" if days else ""
    return f"{day}{rest // 60:02}:{rest % 60:02}:00"


@pytest.mark.parametrize("name", TRICKY)
def test_sbatch_and_petal_see_the_same_job(slurm, name):
    text = HEAD + TRICKY[name] + ("" if name == "no-final-newline" else "\nsleep 1\n")

    said, records = submit(slurm, text)
    wishes, problems = requests(text)

    assert said == ""
    assert problems == []
    assert len(records) == len(wishes)
    for record, wish in zip(records, wishes, strict=True):
        seen = record | {"least": record["NumNodes"].partition("-")[0]}
        wanted = expected(wish)
        assert {field: seen[field].strip() for field in wanted} == wanted


@pytest.mark.parametrize("name", REFUSED)
def test_petal_finds_what_sbatch_refuses(slurm, name):
    said, _ = submit(slurm, REFUSED[name])
    _, problems = requests(REFUSED[name])

    assert said
    assert problems or refusal(REFUSED[name].encode(), facts().limits.script_bytes)


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_sbatch_and_petal_agree_on_lines_that_nobody_would_write(slurm, lines):
    text = f"{HEAD}#SBATCH {lines}\nsleep 1\n"

    said, records = submit(slurm, text)
    wishes, problems = requests(text)

    assume(not any(name in said for name in NAMES))
    assert bool(said) == bool(problems)
    assert said or [record["NumTasks"] for record in records] == [str(w.tasks) for w in wishes]
