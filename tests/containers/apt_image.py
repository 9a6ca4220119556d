"""An image that petal builds with Debian's buildah, of Debian's packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.containers.base_image import make_base_image

SEED = """\
cluster: {{name: lab, region: us-east-1}}
network: {{ssh_from: [192.0.2.0/24]}}
compute:
  head_node: m6i.large
  queues: [{{name: compute, instance_types: [c6i.large]}}]
software:
  containers:
    - {{name: tools, packages: [{packages}]}}
"""
LOCAL = "localhost/petal/tools:latest"
"""What buildah calls the image."""


def petal(
    folder: Path, environment: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run petal in the folder."""
    return subprocess.run(
        [sys.executable, "-m", "petal_constructs", *arguments],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def build(
    folder: Path, environment: Mapping[str, str], packages: str
) -> subprocess.CompletedProcess[str]:
    """Write `seed.yaml` and build its image `tools`."""
    base = make_base_image(folder, environment)
    (folder / "seed.yaml").write_text(SEED.format(packages=packages))
    how = ("--tool", "buildah", "--installer", "apt", "--base", base)
    # a layer would be one more copy of all files, where nothing can be mounted
    options = ("--tool-option=--network=host", "--tool-option=--layers=false")
    return petal(folder, environment, "build-container", "seed.yaml", *how, *options)
