"""What the name of a container image says."""

from __future__ import annotations


def named_host(reference: str) -> str | None:
    """Host of the registry that it begins with, as container tools see it; None for none."""
    first, slash, _ = reference.partition("/")
    is_host = slash and ("." in first or ":" in first or first == "localhost")
    return first if is_host else None
