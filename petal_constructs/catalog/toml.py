"""Fact files in TOML, as values that cannot change."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def read_toml(path: Path) -> dict[str, Any]:
    """The file with tuples for arrays."""
    import tomllib

    return {key: _frozen(value) for key, value in tomllib.loads(path.read_text("utf-8")).items()}


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value
