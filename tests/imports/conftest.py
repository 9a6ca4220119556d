from __future__ import annotations

from tests.oracles.conftest import parallelcluster

__all__ = ["parallelcluster"]
