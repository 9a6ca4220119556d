from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws import cloud as aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def moto_cloud(tmp_path: Path) -> Iterator[aws.Cloud]:
    """An empty account at a moto server of its own, with a bootstrapped CDK environment."""
    process, cloud = aws.start(tmp_path / "cluster-events.jsonl")
    with process:
        done = cloud.cdk("bootstrap", f"aws://{aws.ACCOUNT}/{aws.REGION}", at=tmp_path)
        assert done.returncode == 0, done.stderr
        cloud.host_provider((aws.SERVER.parent / "provider.yaml").read_text())
        yield cloud
