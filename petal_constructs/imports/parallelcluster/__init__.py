"""A cluster configuration of AWS ParallelCluster -> a seed, and what became of each value.

Example:
    >>> from petal_constructs.imports.parallelcluster import import_config
    >>> from petal_constructs.seed.source import Source
    >>> found = import_config(Source("old.yaml", "HeadNode: {InstanceType: t3.large}"))
    >>> found.entries[-1].seed
    'compute.head_node'
"""

from __future__ import annotations

from petal_constructs.imports.parallelcluster.imported import Imported
from petal_constructs.imports.parallelcluster.ledger import Entry, Fate
from petal_constructs.imports.parallelcluster.reading import import_config

__all__ = ["Entry", "Fate", "Imported", "import_config"]
