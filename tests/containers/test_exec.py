"""petal-exec as scripts meet it, with the runtimes that this machine has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.containers.image_tree import bench, cluster_tree, direct_tree, make_modules
from tests.need import SYSTEM_PATH, need_tool


@pytest.fixture(scope="module", params=["direct", "ch-run"])
def tools(request):
    # /tmp is the same in every image
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="petal-") as folder:
        Path(folder).chmod(0o755)
        yield bench(Path(folder), request.param)


def test_the_program_is_the_one_of_the_image_and_runs_where_the_caller_is(tools):
    done = tools.run("samtools", "where")

    where = "on the node" if tools.runtime == "direct" else "in the image"
    assert done.stdout.splitlines() == [str(tools.data), where], done.stderr
    assert done.stderr == ""


def test_arguments_arrive_as_they_were_given(tools):
    arguments = ["", "a b", "it's", '"', "$HOME", "`id`", "*", "\\n", "a\nb", "-x", "--", "ü"]

    done = tools.run("samtools", "args", *arguments)

    assert done.stdout == "".join(f"<{each}>\n" for each in arguments)


def test_the_exit_code_is_the_programs(tools):
    assert [tools.run("samtools", "exit", str(code)).returncode for code in (0, 1, 3, 75, 255)] == [
        0, 1, 3, 75, 255,
    ]  # fmt: skip


def test_a_signal_reaches_the_program_which_has_the_callers_process(tools):
    said = tools.data / "said"
    said.unlink(missing_ok=True)
    process = subprocess.Popen(
        ["samtools", "wait", str(said)], cwd=tools.data, env=tools.environment()
    )
    end = time.monotonic() + 20
    while not (said.exists() and said.read_text().strip()):
        assert time.monotonic() < end
        time.sleep(0.05)

    process.send_signal(signal.SIGTERM)

    assert process.wait(20) == 3
    assert said.read_text().splitlines() == [str(process.pid), "got TERM"]


def test_a_program_that_is_killed_is_killed_for_its_caller(tools):
    killed = tools.run("bash", "-c", "samtools call sh -c 'kill -9 $$'; echo $?")

    assert killed.stdout == "137\n"


def test_pipes_and_loops_pass_what_is_said(tools):
    script = """
        set -euo pipefail
        for word in one 'two three'; do samtools args "$word"; done |
          while read -r line; do echo "$line" | samtools upper; done
    """

    done = tools.run("bash", "-c", script)

    assert done.stdout == "<ONE>\n<TWO THREE>\n", done.stderr


def test_xargs_and_subprocess_and_env_find_it(tools):
    script = "import subprocess; subprocess.run(['samtools', 'args', 'a b'], check=True)"

    by_xargs = tools.run("xargs", "-0", "samtools", "args", stdin="a b\0c")
    by_python = tools.run(sys.executable, "-c", script)
    by_env = tools.run("env", "samtools", "args", "a b")

    assert by_xargs.stdout == "<a b>\n<c>\n"
    assert (by_python.stdout, by_env.stdout) == ("<a b>\n", "<a b>\n")


def test_the_environment_of_the_module_and_of_the_caller_is_the_programs(tools):
    inside = str(tools.tree) if tools.runtime == "direct" else "/opt/petal/bio"

    assert tools.run("samtools", "env", "TOOL_HOME").stdout == f"{inside}/a b\n"
    assert tools.run("samtools", "env", "SLURM_JOB_ID", SLURM_JOB_ID="12").stdout == "12\n"
    assert tools.run("samtools", "env", "HOME", HOME="/home/ada").stdout == "/home/ada\n"
    assert tools.run("samtools", "env", "PETAL_PATH").stdout == "unset\n"


def test_a_program_finds_itself_and_other_loaded_commands_of_its_image(tools):
    itself = tools.run("samtools", "call", "samtools", "args", "x")
    other = tools.run("samtools", "call", "bwa", "env", "TOOL_HOME")

    assert (itself.returncode, itself.stdout) == (0, "<x>\n"), itself.stderr
    assert other.returncode == 0, other.stderr


def test_inside_of_an_image_the_wrappers_of_others_are_not_on_path(tools, tmp_path):
    other = direct_tree(tmp_path, "others") / "bin/bwa/0.7.17"
    path = f"{other}:{tools.bin}:{SYSTEM_PATH}"

    seen = tools.run("samtools", "env", "PATH", PATH=path).stdout.strip().split(":")

    assert (str(other) in seen) == (tools.runtime == "direct")
    assert str(tools.bin) not in seen
    assert set(SYSTEM_PATH.split(":")) <= set(seen)


def test_data_of_the_cluster_is_there_for_reading_and_writing(tools):
    script = "samtools call sh -c 'echo written > \"$PWD/new file\"'; cat 'new file'"

    assert tools.run("bash", "-c", script).stdout == "written\n"


@pytest.mark.parametrize("shell", ["dash", "bash --posix", "busybox sh"])
def test_any_plain_shell_will_do(tools, shell):
    program, *mode = shell.split()
    found = need_tool(program, "apt-get install dash bash busybox-static")

    done = tools.run(found, *mode, tools.samtools, "args", "a b", "*")

    assert (done.returncode, done.stdout) == (0, "<a b>\n<*>\n"), done.stderr


def test_a_link_of_ones_own_is_the_command_too(tools, tmp_path):
    (tmp_path / "first").symlink_to(tools.samtools)
    (tmp_path / "st").symlink_to("first")

    assert tools.run(str(tmp_path / "st"), "args", "x").stdout == "<x>\n"


def test_libraries_of_the_node_do_not_follow_into_an_image(tools):
    seen = tools.run("samtools", "env", "LD_LIBRARY_PATH", LD_LIBRARY_PATH="/opt/amazon/efa/lib")

    assert seen.stdout == ("/opt/amazon/efa/lib\n" if tools.runtime == "direct" else "unset\n")


def test_a_version_is_no_number(tmp_path):
    tree = direct_tree(tmp_path)
    (tree / "commands.tsv").write_text(
        f"tool\t1.1\ttool\t/bin/false\ntool\t1.10\ttool\t{tree}/software/bwa/bin/bwa\n"
    )
    assert make_modules(tree).returncode == 0

    done = subprocess.run([tree / "bin/tool/1.10/tool", "exit", "9"], check=False)

    assert done.returncode == 9


def test_a_command_that_the_image_lost_is_not_found(tmp_path):
    tree = direct_tree(tmp_path)
    (tree / "commands.tsv").write_text("")

    done = subprocess.run(
        [tree / "bin/bwa/0.7.17/bwa"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (127, "petal: bwa/0.7.17 has no command bwa\n")


def test_petal_exec_by_its_own_name_is_no_command(tmp_path):
    tree = direct_tree(tmp_path)

    done = subprocess.run([tree / "petal-exec"], capture_output=True, text=True, check=False)

    assert done.returncode == 127
    assert "not a command of an image" in done.stderr


@pytest.fixture
def absent(tmp_path):
    """A tree whose image is a file that any test can make or leave out."""
    image = tmp_path / "bio.sif"
    image.touch()
    return cluster_tree(tmp_path / "petal", "apptainer", image)


def run_bwa(tree):
    return subprocess.run(
        [tree / "bin/bwa/0.7.17/bwa"], capture_output=True, text=True, check=False
    )


def test_until_the_image_is_ready_a_command_says_so_and_asks_to_be_tried_again(absent):
    (absent / "ready").rename(absent / "building")

    done = run_bwa(absent)

    log = absent.parent / "log"
    message = f"petal: bwa/0.7.17: the image is still being pulled, see {log}\n"
    assert (done.returncode, done.stderr) == (75, message)


def test_an_image_that_failed_says_where_to_read_why(absent):
    (absent / "ready").rename(absent / "failed")

    done = run_bwa(absent)

    assert done.returncode == 75
    assert f"the image could not be pulled, see {absent.parent / 'log'}" in done.stderr


def test_an_image_that_went_away_is_not_ready_either(absent):
    (absent.parent.parent / "bio.sif").unlink()

    assert run_bwa(absent).returncode == 75


def test_a_configuration_is_read_and_never_evaluated(absent):
    marker = absent / "evaluated"
    (absent / "image.conf").write_text(
        f"runtime=$(touch {marker})\nimage={absent}/ready\nlog=`touch {marker}`\nPATH=/\n"
    )

    done = run_bwa(absent)

    assert (done.returncode, marker.exists()) == (78, False)
    assert "no such runtime: $(touch" in done.stderr


@pytest.mark.parametrize("tool", ["awk", "readlink", "id", "sh", "uname"])
def test_an_image_may_offer_what_petal_exec_itself_needs(tmp_path, tool):
    tree = direct_tree(tmp_path)
    with (tree / "commands.tsv").open("a") as table:
        table.write(f"tools\t1\t{tool}\t{tree}/software/bwa/bin/bwa\n")
    assert make_modules(tree).returncode == 0
    (tmp_path / "link").symlink_to(tree / "bin/samtools/1.17.2/samtools")
    process = subprocess.Popen(
        [tmp_path / "link", "call", tool, "args", "of the image"],
        env={"PATH": f"{tree}/bin/tools/1:{SYSTEM_PATH}", "HOME": "/root"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )

    try:
        said, _ = process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise

    assert said == "<of the image>\n"
