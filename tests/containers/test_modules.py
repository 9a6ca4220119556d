"""Module files of images, in a real Lmod and in real Environment Modules."""

from __future__ import annotations

import subprocess

import pytest

from tests.containers.image_tree import bench, direct_tree, make_modules
from tests.need import SYSTEM_PATH
from tests.node.test_modules import _environment_modules, _lmod

INJECTIONS = (
    "$(touch x)", "`touch x`", "a;b", "a b", "[exec touch x]", "..", ".hidden", "-rf", "a/b",
    "a\\b", "a'b", 'a"b', "*", "é",
)  # fmt: skip


@pytest.fixture(params=[_lmod, _environment_modules], ids=["lmod", "environment-modules"])
def shell(request):
    start = request.param()

    def run(tree, command, *options):
        script = f"{start}; module use {tree}/modules; {command}"
        return subprocess.run(
            ["bash", *options, "-c", script],
            env={"PATH": SYSTEM_PATH, "HOME": "/root", "MODULEPATH": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def tree(tmp_path):
    return direct_tree(tmp_path)


def test_a_module_puts_the_commands_of_its_image_on_path(shell, tree):
    done = shell(tree, "module load samtools/1.17.2 && type -P samtools plot-bamstats bwa")

    folder = tree / "bin/samtools/1.17.2"
    assert done.stdout.splitlines() == [f"{folder}/samtools", f"{folder}/plot-bamstats"]


def test_the_version_in_the_seed_and_the_name_alone_load_it_too(shell, tree):
    for name in ("samtools/1.17", "samtools", "bwa"):
        done = shell(tree, f"module load {name} && {name.split('/')[0]} args ok")
        assert (done.returncode, done.stdout) == (0, "<ok>\n"), done.stderr


def test_commands_of_a_loaded_module_are_no_aliases(shell, tree):
    done = shell(
        tree,
        "module load samtools; echo 'a b' | xargs samtools args;"
        " sh -c 'samtools args x'; env samtools args y",
    )

    assert done.stdout == "<a>\n<b>\n<x>\n<y>\n", done.stderr


def test_modules_are_listed_and_described(shell, tree):
    done = shell(tree, "module avail; module whatis samtools/1.17.2; module help bwa/0.7.17")

    said = done.stdout + done.stderr
    assert "samtools/1.17.2" in said
    assert "bwa/0.7.17" in said
    assert "samtools 1.17.2, in the container image bio" in said
    assert "Commands: bwa" in said


@pytest.mark.parametrize("shell", [_lmod], indirect=True)
def test_lmods_spider_finds_them(shell, tree):
    done = shell(tree, "module spider samtools; module -t spider")

    said = done.stdout + done.stderr
    assert "samtools/1.17.2" in said
    assert "bwa/0.7.17" in said


def test_unloading_leaves_path_as_it_was(shell, tree):
    done = shell(tree, "before=$PATH; module load bwa && module unload bwa; echo ${PATH#$before}")

    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


def test_two_modules_of_one_name_do_not_load_together_but_others_do(shell, tree):
    with (tree / "commands.tsv").open("a") as table:
        table.write("samtools\t1.9\tsamtools\t/bin/true\n")
    assert make_modules(tree).returncode == 0

    both = shell(tree, "module load samtools/1.9 samtools/1.17.2; echo $LOADEDMODULES")
    others = shell(tree, "module load samtools/1.9 bwa; echo $LOADEDMODULES")

    assert both.stdout in ("samtools/1.9\n", "samtools/1.17.2\n")
    assert others.stdout == "samtools/1.9:bwa/0.7.17\n"


def test_scripts_that_refuse_unset_variables_go_on(shell, tree):
    done = shell(tree, "set -eu; module load samtools; samtools args 'a b'")

    assert done.stdout == "<a b>\n", done.stderr


def test_a_package_that_was_not_built_has_no_module(tree):
    assert not (tree / "modules/hdf5").exists()
    assert (tree / "modules/samtools/.modulerc").read_text() == (
        "#%Module1.0\nmodule-version samtools/1.17.2 1.17\n"
    )


def test_a_version_that_is_another_one_is_not_offered_under_the_name_in_the_seed(tree):
    (tree / "packages.tsv").write_text("samtools\t1.17\t1.170\tx\nbwa\t0.7\t1.2\tbwa@0.7\n")

    assert make_modules(tree).returncode == 0

    assert not (tree / "modules/samtools/.modulerc").exists()
    assert not (tree / "modules/bwa/.modulerc").exists()


def test_a_library_has_a_module_and_no_commands(shell, tmp_path):
    tree = direct_tree(tmp_path)
    (tree / "packages.tsv").write_text("zlib\t1.3\t1.3\tzlib@1.3\n")
    assert make_modules(tree).returncode == 0

    done = shell(tree, "module load zlib && echo loaded")

    assert (done.returncode, done.stdout) == (0, "loaded\n"), done.stderr


def files(tree):
    paths = [path for part in ("bin", "modules") for path in (tree / part).rglob("*")]
    return {path: path.lstat().st_mtime_ns for path in paths if not path.is_dir()}


def test_a_second_run_changes_nothing(tree):
    before = files(tree)

    assert make_modules(tree).returncode == 0

    assert files(tree) == before


def test_what_the_tables_no_longer_say_goes(tree):
    (tree / "commands.tsv").write_text("bwa\t0.7.17\tbwa\t/bin/true\n")
    (tree / "packages.tsv").write_text("bwa\t-\t0.7.17\tbwa\n")

    assert make_modules(tree).returncode == 0

    assert {str(path.relative_to(tree)) for path in files(tree)} == {
        "bin/bwa/0.7.17/bwa", "modules/bwa/0.7.17",
    }  # fmt: skip


@pytest.mark.parametrize("bad", INJECTIONS)
def test_a_name_that_is_no_plain_name_is_left_out_and_does_nothing(tree, shell, bad):
    rows = [(bad, "1.0", "tool"), ("tool", bad, "tool"), ("tool", "1.0", bad)]
    with (tree / "commands.tsv").open("a") as table:
        table.writelines("\t".join((*row, "/bin/true")) + "\n" for row in rows)
    with (tree / "packages.tsv").open("a") as table:
        table.write(f"{bad}\t1.0\t1.1\tx\ntool\t{bad}\t1.1\tx\ntool\t1.0\t{bad}\tx\n")
    before = files(tree)

    done = make_modules(tree)
    loaded = shell(tree, "module avail; module load bwa && bwa args ok")

    assert done.returncode == 0
    assert done.stderr.count("left out, not a plain name") == 6
    assert files(tree) == before
    assert loaded.stdout.endswith("<ok>\n"), loaded.stderr
    assert not (tree / "x").exists()


def test_a_program_whose_path_is_hostile_is_only_ever_a_path(tree):
    marker = tree / "marker"
    for path in (f"$(touch {marker})", f"/bin/true; touch {marker}", f"`touch {marker}`"):
        (tree / "commands.tsv").write_text(f"bwa\t0.7.17\tbwa\t{path}\n")
        done = subprocess.run([tree / "bin/bwa/0.7.17/bwa"], capture_output=True, check=False)
        assert done.returncode in (126, 127)
    assert not marker.exists()


def find_commands(tools, *modules):
    script = tools.tree.parent / "_petal/find-commands.sh"
    done = subprocess.run(
        ["ch-run", tools.tree.parent.parent / "bio.image", "--", "/bin/sh", "-s", "--", *modules],
        input=script.read_text(),
        env={"PATH": "/tools/bin:/usr/bin:/bin", "USER": "root"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines(), done.stderr


@pytest.fixture
def foreign(tmp_path):
    tools = bench(tmp_path, "ch-run")
    folder = tmp_path / "bio.image/tools/bin"
    folder.mkdir(parents=True)
    for name in ("gatk", "gatk-launch"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    (folder / "README").touch()
    return tools


def test_a_foreign_image_offers_the_command_of_the_modules_name_and_its_neighbours(foreign):
    found, _ = find_commands(foreign, "gatk/4.3")

    assert found == [
        "gatk\t4.3\tgatk\t/tools/bin/gatk",
        "gatk\t4.3\tgatk-launch\t/tools/bin/gatk-launch",
    ]


def test_beside_a_command_in_the_systems_folders_nothing_is_offered(foreign):
    found, said = find_commands(foreign, "awk/1", "nothing/2")

    assert found == ["awk\t1\tawk\t/bin/awk"]
    assert said == "petal: the image has no command nothing\n"
