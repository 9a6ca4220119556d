"""A spack.lock, cut into one for each layer of an image.

A layer is built again when a file that it copies changes, so it must not copy what is said of
others. Form: a spack.lock of Spack 1.x has `roots` (hash, spec) and `concrete_specs` by hash, each
with its `dependencies` (name, hash).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from petal_constructs.seed.spack_spec import SpackSpec, parse

_SPACE: Final = re.compile(r"\s+")


def part(lock: str, specs: Sequence[SpackSpec]) -> str:
    """The lock of these packages alone.

    Raises:
        ValueError: The lock is none, or lacks a package.
    """
    whole = _read(lock)
    roots = [_root(whole, spec) for spec in specs]
    kept = _needed(whole["concrete_specs"], [root["hash"] for root in roots])
    return json.dumps(whole | {"roots": roots, "concrete_specs": kept}, indent=1) + "\n"


def _read(lock: str) -> dict[str, Any]:
    try:
        whole = json.loads(lock)
        if isinstance(whole["roots"], list) and isinstance(whole["concrete_specs"], dict):
            return dict(whole)
    except (ValueError, KeyError, TypeError):
        pass
    msg = "it is no spack.lock"
    raise ValueError(msg)


def _root(whole: Mapping[str, Any], spec: SpackSpec) -> Any:
    """The root of a spec, which Spack may have written with other spaces."""
    wanted = _SPACE.sub("", spec.text)
    for root in whole["roots"]:
        if _SPACE.sub("", root["spec"]) == wanted:
            return root
    named = [root for root in whole["roots"] if _same(root["spec"], spec)]
    if len(named) == 1:
        return named[0]
    msg = f"it lacks {spec.text}"
    raise ValueError(msg)


def _same(root: str, spec: SpackSpec) -> bool:
    """Whether they are of one package and version; variants may stand in another order."""
    found = parse(root)
    return (found.name, found.versions) == (spec.name, spec.versions)


def _needed(specs: Mapping[str, Any], hashes: Sequence[str]) -> dict[str, Any]:
    """These and all that they depend on, in the order of the lock."""
    found: set[str] = set()
    ahead = list(hashes)
    while ahead:
        digest = ahead.pop()
        if digest not in found:
            found.add(digest)
            ahead += [dependency["hash"] for dependency in specs[digest].get("dependencies", ())]
    return {digest: spec for digest, spec in specs.items() if digest in found}
