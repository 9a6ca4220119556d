"""What the loader refuses of names that end up in Dockerfiles, tables and scripts."""

from __future__ import annotations

import json

import pytest

from tests.unit.seed.seeds import read

SEED = """
cluster: {name: lab, region: us-east-1, platform: pcs}
compute: {queues: [{name: plain, instance_types: [m7i.4xlarge]}]}
network: {ssh_from: [192.0.2.0/24]}
software: {containers: [%s]}
"""
GOOD = {"name": "bio", "image": "example.org/lab/bio:v1", "entrypoint": "/bin/sh"}
HARMFUL = (
    "$(touch /tmp/x)",
    "`id`",
    'a"\nRUN id',
    "a;id",
    "a|id",
    "a\tb",
    "a\n",
    "a\x00",
    "--privileged",
    "../../etc/passwd",
    "'a'",
    "a\\",
    "a\u202eb",
    "",
)


def _refused(**container):
    text = SEED % json.dumps(GOOD | container)
    return [problem.path for problem in read(text).problems if problem.is_error]


@pytest.mark.parametrize("text", HARMFUL)
def test_no_name_of_an_image_can_be_an_order(text):
    places = {
        "name": {"name": text},
        "image": {"image": text},
        "entrypoint": {"entrypoint": text},
        "modules[0]": {"modules": [text]},
        "packages[0]": {"packages": [text]},
    }

    for place, container in places.items():
        refused = _refused(**container)
        assert refused, place
        assert refused[0] == f"software.containers[0].{place}"


def test_what_is_left_is_taken():
    assert _refused(packages=["samtools@1.17"], modules=["samtools/1.17"]) == []
