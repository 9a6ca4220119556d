"""Configurations that tests import: those of this folder, and public samples."""

from __future__ import annotations

from pathlib import Path

import yaml

from petal_constructs.imports.parallelcluster import import_config
from petal_constructs.seed.source import Source, decode
from tests.need import need_oracles

OWN = sorted(Path(__file__).with_name("configs").glob("*.yaml"))
SAMPLES = ("057", "069", "072", "078", "082", "088", "092", "094", "102", "105", "107", "110")
SAMPLES += ("113", "114", "119", "123", "133")
VPC = "vpc-0123456789abcdef0"


def sample(name):
    return need_oracles("samples/parallelcluster") / f"{name}.yaml"


def imported(path, **wishes):
    source = decode(path.name, path.read_bytes())
    assert isinstance(source, Source)
    return import_config(source, **{"vpc_id": VPC} | wishes)


def leaves(value, path=""):
    """Path and value of each scalar, and of each list or mapping that holds nothing."""
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from leaves(below, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list) and value:
        for number, below in enumerate(value):
            yield from leaves(below, f"{path}[{number}]")
    else:
        yield path, value


def plain(path):
    return yaml.load(path.read_text(), yaml.BaseLoader)
