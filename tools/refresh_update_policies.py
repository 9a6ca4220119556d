"""Write the catalog's update policies from the installed aws-parallelcluster.

    .oracles/bin/python tools/refresh_update_policies.py 2026-11-22

The argument is the date of today; a second one names another file. Review the diff before you
commit it: a path that gets a stricter policy changes what `petal diff` says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pcluster.config.update_policy import UpdatePolicy
from pcluster.schemas.cluster_schema import ClusterSchema
from pcluster.utils import get_installed_version

FILE = Path(__file__).parents[1] / "petal_constructs/catalog/parallelcluster_updates.tsv"
COLUMNS = ("path", "policy", "list_key")


def rows(schema: Any, above: str = "") -> Iterator[tuple[str, str, str]]:
    """Each parameter with its policy and, for a list of sections, what tells two entries apart."""
    for field in schema.declared_fields.values():
        many = getattr(field, "many", False)
        path = f"{above}{field.data_key}{'[]' if many else ''}"
        policy = field.metadata.get("update_policy", UpdatePolicy.UNSUPPORTED)
        yield path, policy.name, field.metadata.get("update_key", "") if many else ""
        if hasattr(field, "nested"):
            yield from rows(field.schema, f"{path}/")


def main(as_of: str, file: Path = FILE) -> None:
    """Write the file."""
    head = (
        f"# source: aws-parallelcluster {get_installed_version()}, schemas/cluster_schema.py",
        f"# as_of: {as_of}",
        "# written by: tools/refresh_update_policies.py; do not edit",
    )
    found = rows(ClusterSchema(cluster_name="any"))
    lines = [*head, *("\t".join(row) for row in (COLUMNS, *found))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
