"""The template of every seed, as agreed: a change of one field shows up as a readable diff."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from petal_constructs.render import node
from tests.stacks import SEEDS, template_of


class YamlSnapshot(SingleFileSnapshotExtension):
    """One readable file for each seed."""

    _write_mode = WriteMode.TEXT
    file_extension = "yaml"

    def serialize(self, data: Any, **_: Any) -> str:
        return yaml.safe_dump(data, sort_keys=True, width=100)


def masked(value: Any) -> Any:
    """The template without hashes of contents, which change with any script and any CDK."""
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items() if key != "aws:asset:path"}
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, str):
        text = re.sub(r"[0-9a-f]{64}", "<asset hash>", value)
        return text.replace(node.boot_hash(), "<boot hash>")
    return value


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_template(seed, snapshot):
    assert masked(template_of(seed)) == snapshot(extension_class=YamlSnapshot)
