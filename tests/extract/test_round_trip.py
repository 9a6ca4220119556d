"""Seed -> build contexts -> seed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from petal_constructs.containers.build import recipes
from petal_constructs.extract import extract
from petal_constructs.planning import inspect_seed
from petal_constructs.render.build_context import build_context
from tests.extract.archives import image, layer

ROOT = Path(__file__).parents[2]
SEEDS = sorted((ROOT / "seeds").glob("*.yaml"))
LIST = [
    "samtools@1.17",
    "hdf5@1.14 +mpi ^openmpi@4.1",
    "gatk@4.3.0",
    "boost@1.70:",
    "bwa",
    "bwa@0.7",
]


def _contexts(seed, into, installer="spack"):
    """The contexts below a folder, and the packages that they were made of."""
    packages = []
    for platform in seed.parts:
        for recipe in recipes(seed, platform, installer):
            packages += [spec.text for spec in recipe.image.packages]
            for name, text in build_context(recipe).items():
                path = into / platform / recipe.image.name / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    return packages


def _listed(extraction):
    return yaml.safe_load(extraction.section())["software"]["spack_packages"]


@pytest.mark.parametrize("installer", ["spack", "apt"])
@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_contexts_of_every_seed_give_its_packages_back(path, installer, tmp_path):
    seed = inspect_seed(path, environment={"AWS_REGION": "us-east-1"}).unwrap()
    packages = _contexts(seed, tmp_path, installer)

    found = extract([tmp_path])

    assert _listed(found) == list(dict.fromkeys(packages))
    assert found.no_package == ()
    assert found.notes == ()


def test_a_seed_written_anew_from_its_contexts_asks_for_the_same(tmp_path):
    seed = tmp_path / "seed.yaml"
    text = (ROOT / "tests/data/seeds/small.yaml").read_text()
    section = {"software": {"spack_packages": LIST}}
    first = f"{text.partition('software:')[0]}\n{yaml.safe_dump(section)}"
    seed.write_text(first)
    _contexts(inspect_seed(seed).unwrap(), tmp_path / "containers")

    section = extract([tmp_path / "containers"]).section()
    seed.write_text(f"{text.partition('software:')[0]}\n{section}\n")

    assert list(inspect_seed(seed).unwrap().software.spack_packages) == LIST


def test_an_image_that_petal_built_tells_what_was_asked_for(tmp_path):
    table = "".join(f"{spec.split('@')[0]}\t-\t9.9\t{spec}\n" for spec in LIST)
    module = "#%Module1.0\n"
    built = layer(
        {
            "opt/petal/bio/packages.tsv": table,
            "opt/petal/bio/modules/bwa/0.7.17": module,
            "opt/petal/bio/software/.spack-db/index.json": (
                '{"database": {"installs": {"a": {"explicit": true, "installed": true,'
                ' "spec": {"name": "samtools", "version": "1.17"}}}}}'
            ),
        }
    )

    found = extract([image(tmp_path / "image", built)])

    assert _listed(found) == [*LIST[:4], "bwa", "bwa@0.7"]
    assert found.no_package == ()
