"""What petal installs in an EKS cluster; `FACTS` is read when first asked for.

Example:
    >>> from petal_constructs.catalog import kubernetes
    >>> kubernetes.FACTS.charts["karpenter"].namespace
    'kube-system'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("kubernetes.toml")


@dataclass(frozen=True, slots=True)
class Chart:
    """A Helm chart by its release."""

    repository: str
    """Where it is: `oci://...` of the chart itself, or the address of a chart repository."""
    version: str
    namespace: str
    """Where it is installed."""


@dataclass(frozen=True, slots=True)
class Images:
    """Container images by tag."""

    slurmctld: str
    slurmd: str
    """With pyxis and enroot."""
    login: str
    """With pyxis and enroot."""
    slurmrestd: str
    slurmdbd: str
    shell: str
    """Shell and core tools, for init containers."""
    python: str
    """Runs petal's own scripts."""
    aws_cli: str
    """Runs the AWS command line."""


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """Releases that petal was made for."""

    source: str
    as_of: str
    ami_alias: str
    """AMI release of nodes, as Karpenter's EC2NodeClass spells it."""
    charts: Mapping[str, Chart]
    """By chart name."""
    images: Images


@lru_cache
def _facts() -> Kubernetes:
    table = read_toml(_FILE)
    charts = {name: Chart(**chart) for name, chart in table["charts"].items()}
    return Kubernetes(**table | {"charts": charts, "images": Images(**table["images"])})


FACTS: Kubernetes

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Kubernetes:
        """Read the file when `FACTS` is first asked for (PEP 562)."""
        if name == "FACTS":
            return _facts()
        raise AttributeError(name)
