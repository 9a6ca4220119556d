from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.oracles.parallelcluster import ParallelClusterOracle


@pytest.fixture(scope="session")
def parallelcluster() -> Iterator[ParallelClusterOracle]:
    """ParallelCluster's own validators and update policy, one process for the whole run."""
    with ParallelClusterOracle() as oracle:
        yield oracle
