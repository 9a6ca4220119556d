"""`petal.lock.yaml`: which images were pushed, from which packages. Lies beside the seed.

Example:
    >>> read_lock(Path("seeds")).images
    {}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from petal_constructs.errors import UsageError

NAME: Final = "petal.lock.yaml"
MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
"""Architectures as images say them -> as `uname -m` does."""
STAMP_LABEL: Final = "petal.stamp"
"""Label of an image that tells which packages it has; Dockerfiles name it."""
_HEAD: Final = """\
# The images that plans run, from `petal push-container`: keep it in version control, with the seed.
"""
_MOST_BYTES: Final = 1_000_000

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*/[a-z0-9]+([._-][a-z0-9]+)*$")]
Repository = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-zA-Z0-9._-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)+$")
]
Packages = tuple[Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=1000)], ...]


@dataclass(frozen=True, slots=True)
class Locked:
    """An image that was pushed."""

    repository: Repository
    """With its registry, e.g. `123456789012.dkr.ecr.us-east-1.amazonaws.com/genomics/bio`."""
    digest: Digest
    """What nodes pull: an image, or the list of one image for each machine."""
    pushed: Annotated[str, Field(pattern=r"^[0-9TZ:-]{20}$")]
    """When, in UTC, e.g. `2026-11-23T10:11:12Z`."""
    packages: Packages
    """Specs that it was built from."""
    machines: Mapping[Literal["x86_64", "aarch64"], Digest]
    """Machine, as `uname -m` says it -> its image."""

    @property
    def reference(self) -> str:
        """What nodes are told to pull."""
        return f"{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True)
class Lock:
    """All that a lock file says; one file may serve several seeds."""

    images: Mapping[Key, Locked] = field(default_factory=dict)
    """`cluster/container` -> image."""

    def of(self, cluster: str) -> Lock:
        """What it says of one cluster."""
        return Lock({k: v for k, v in self.images.items() if k.startswith(key(cluster, ""))})

    @property
    def text(self) -> str:
        """The file."""
        images = {name: asdict(locked) for name, locked in sorted(self.images.items())}
        for locked in images.values():
            locked["packages"] = list(locked["packages"])
            locked["machines"] = dict(sorted(locked["machines"].items()))
        body = yaml.safe_dump({"images": images}, sort_keys=False, width=1_000_000)
        return _HEAD + body


def key(cluster: str, container: str) -> str:
    """How a lock file calls a container of a cluster; so its repository is called, too."""
    return f"{cluster}/{container}"


def stamp(packages: Iterable[str]) -> str:
    """The same for the same packages in any order: 12 hexadecimal digits."""
    return sha256("\n".join(sorted(set(packages))).encode()).hexdigest()[:12]


def read_lock(folder: Path) -> Lock:
    """The lock file of a folder; an empty lock where there is none.

    Raises:
        UsageError: It is not what `petal push-container` writes.
    """
    file = folder / NAME
    try:
        with file.open("rb") as opened:
            raw = opened.read(_MOST_BYTES + 1)
        return parse_lock(raw)
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        raise _broken(file, (error.strerror or str(error)).lower()) from None
    except ValueError as error:
        raise _broken(file, str(error)) from None


def parse_lock(raw: bytes) -> Lock:
    """What a lock file says.

    Raises:
        ValueError: It is not what `petal push-container` writes.
    """
    if len(raw) > _MOST_BYTES:
        raise ValueError(f"more than {_MOST_BYTES} bytes")
    try:
        return _lock().validate_python(_plain(yaml.safe_load(raw)))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "its top"
        raise ValueError(f"{_one_line(where)} is not as it should be") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        raise ValueError("this is not YAML") from None


@lru_cache
def _lock() -> TypeAdapter[Lock]:
    return TypeAdapter(Lock)


def _plain(data: Any) -> Any:
    """A dataclass would take a missing key's default for an empty or foreign file."""
    return data if isinstance(data, dict) and set(data) == {"images"} else None


def _broken(file: Path, why: str) -> UsageError:
    return UsageError(
        f"{file}: cannot be used: {why}\n"
        "hint: take it from version control again; or remove it, and petal push-container writes "
        "it anew"
    )


def _one_line(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", text)[:80]
