"""What the loader of seeds says about the new seed: what cannot stand in it goes to the report."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from petal_constructs.errors import Problem
from petal_constructs.imports.parallelcluster.imported import Imported
from petal_constructs.imports.parallelcluster.ledger import Ledger
from petal_constructs.imports.parallelcluster.placeholders import is_open
from petal_constructs.imports.parallelcluster.writing import seed_text, without_nothing
from petal_constructs.planning import check_seed
from petal_constructs.seed.load import Loaded, inspect_source
from petal_constructs.seed.source import Source

_ROUNDS: Final = 20
_SPARE: Final = re.compile(
    r"cluster\.(os|custom_ami|permissions_boundary|resource_prefix|tags\..+|slurm_settings\..+)"
    r"|compute\.queues\[\d+\]\.(max_time|capacity_reservation|allocation_strategy|placement_group"
    r"|tags\..+|scripts\[\d+\]|gpu_health_check)"
    r"|compute\.login_nodes\[\d+\]\.gracetime_minutes"
    r"|data\.s3_mounts\[\d+\]|data\.shared\[\d+\]\.(import_from|export)"
    r"|directory\.(ca_certificate|verify_certificate|ssh_keys|sssd\.(?!\S*(access|allow|deny)).+)"
    r"|network\.key_name|log_retention_days|software\.licences"
)
"""What a seed may do without, and be no less safe."""


def mended(file: str, seed: dict[str, Any], ledger: Ledger) -> Imported:
    """The seed with all that petal takes; of the rest a person decides."""
    seed = without_nothing(seed)
    loaded = _loaded(file, seed)
    for _ in range(_ROUNDS):
        spare = {spare: problem for problem in loaded.errors if (spare := _spare(problem.path))}
        taken = [path for path in sorted(spare, key=_backwards, reverse=True) if _take(seed, path)]
        if not taken:
            break
        for path in taken:
            ledger.amend(path, "decide", f"{path} was left out: {_reason(spare[path])}")
        seed = without_nothing(seed)
        loaded = _loaded(file, seed)
    problems = loaded.errors
    if (seed.get("network") or {}).keys() & {"public_subnets", "private_subnets"}:
        problems = _loaded(file, _in_some_vpc(seed)).errors
    found = Imported(file, seed, ledger.in_order, loaded.problems, problems)
    # Once more, for the lines on which problems stand below the comments.
    return replace(found, problems=_inspected(file, found.text).problems)


def _in_some_vpc(seed: dict[str, Any]) -> dict[str, Any]:
    """So that the missing VPC is told once, and not of each thing that lies in it."""
    return seed | {"network": {"vpc_id": "vpc-0123456789abcdef0"} | seed["network"]}


def _loaded(file: str, seed: dict[str, Any]) -> Loaded:
    return _inspected(file, seed_text(seed))


def _inspected(file: str, text: str) -> Loaded:
    return inspect_source(Source(file, text), check=check_seed)


def _spare(path: str) -> str | None:
    """The part of the seed that can go, if the problem is in one."""
    found = _SPARE.match(path)
    return found[0] if found else None


def _backwards(path: str) -> list[tuple[int, str]]:
    """Later entries of a list go first, so that the numbers of the others stay."""
    return [(int(n or 0), word) for word, n in re.findall(r"([^.\[\]]+)(?:\[(\d+)\])?", path)]


def _take(seed: dict[str, Any], path: str) -> bool:
    """Remove the value of a path from the seed; whether it was there."""
    above, key = _above(path)
    holder: Any = seed
    for step in above:
        if isinstance(holder, list):
            holder = holder[step] if isinstance(step, int) and step < len(holder) else None
        else:
            holder = holder.get(step) if isinstance(holder, dict) else None
    known = range(len(holder)) if isinstance(holder, list) else holder or ()
    if key not in known:
        return False
    del holder[key]
    return True


def _above(path: str) -> tuple[list[str | int], str | int]:
    """Steps to a value, and the last one; keys of tags may hold dots."""
    head, tags, tag = path.partition(".tags.")
    steps: list[str | int] = [
        int(number) if number else word
        for word, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", head)
    ]
    steps += ["tags", tag] if tags else []
    return steps[:-1], steps[-1]


def _reason(problem: Problem) -> str:
    """What petal says about the value, which is a placeholder at times."""
    said = problem.message
    if any(is_open(word) for word in re.findall(r"[^\s]+", said)):
        said = f"a placeholder stands here: {said}"
    return f"{said}: {problem.hint}" if problem.hint else said
