"""What Spack's settings say alike for nodes and for images.

File forms: Spack's documentation, v1.2, 2026-11-22.
"""

from __future__ import annotations

from typing import Any

import yaml

from petal_constructs.catalog.versions import Spack


def spack_yaml(document: object) -> str:
    """A file of Spack's, keys in their order."""
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=False, width=100)


def mirrors(site: str | None, pins: Spack) -> dict[str, Any]:
    """Build caches, the site's own first."""
    caches = {"petal-site": site, "petal-public": pins.build_cache}
    return {
        name: {"url": url, "binary": True, "source": False, "signed": True}
        for name, url in caches.items()
        if url
    }


def repositories(pins: Spack) -> dict[str, Any]:
    """Where recipes of packages come from."""
    return {"builtin": {"git": pins.packages_repository, "tag": pins.packages_release}}


def preferred_compiler(compiler: str | None) -> dict[str, Any]:
    """What provides `c`, `cxx` and `fortran`, as compilers do since Spack 1.0.

    A preference, for one that Spack itself installs is built with another.
    """
    languages = ("c", "cxx", "fortran") if compiler else ()
    return {language: {"prefer": [compiler]} for language in languages}
