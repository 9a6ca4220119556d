"""From images on this machine to a registry, and to the lock that names them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from petal_constructs.containers.credentials import with_login
from petal_constructs.containers.local_image import LocalImage
from petal_constructs.containers.patience import patiently
from petal_constructs.containers.references import Destination, is_loopback
from petal_constructs.containers.registry_client import INDEX, TROUBLE, Manifest, Registry
from petal_constructs.containers.tools import Tool, run
from petal_constructs.errors import ToolError
from petal_constructs.plan.images import Image
from petal_constructs.seed.lock import MACHINES, Locked, stamp

_FINAL: Final = (
    "unauthorized",
    "authentication required",
    "denied",
    "forbidden",
    "no space left on device",
    "name unknown",
    "does not exist",
    "immutable",
)
"""What a tool says where another try would end the same way."""
_ARCHITECTURES: Final = {machine: name for name, machine in MACHINES.items()}


@dataclass(frozen=True, slots=True)
class Order:
    """An image to push."""

    image: Image
    local: LocalImage
    to: Destination


@dataclass(frozen=True, slots=True)
class Push:
    """How images are pushed."""

    tool: Tool
    registry: Registry
    login: Path
    """Folder with credentials of the registry."""
    say: Callable[[str], None]
    """Told what the tool says."""

    def image(self, order: Order) -> Locked:
        """Push an image, unless the registry has it, and list it with those of other machines.

        Raises:
            ToolError: The registry does not take it.
        """
        to, local = order.to, order.local
        pushed = self.registry.manifest(to, local.tag)
        if pushed is None:
            self._with_tool(order)
            pushed = self.registry.manifest(to, local.tag)
        if pushed is None:
            raise ToolError(f"registry {to.host} took {local.tag} of {to.path} and has it not")
        parts = {**dict(self._earlier(order)), local.machine: pushed}
        whole = pushed if len(parts) == 1 else index(parts)
        self._name(to, whole, listed=len(parts) > 1)
        return self._locked(order, whole, parts)

    def _locked(self, order: Order, whole: Manifest, parts: Mapping[str, Manifest]) -> Locked:
        new = Locked(
            repository=order.to.repository,
            digest=whole.digest,
            pushed=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            packages=order.image.made_of,
            machines=cast("Any", {machine: part.digest for machine, part in sorted(parts.items())}),
        )
        old = order.image.locked
        return old if old and replace(new, pushed=old.pushed) == old else new

    def _with_tool(self, order: Order) -> None:
        reference = order.to.tagged(order.local.tag)
        name = order.image.name
        run(self.tool.tag(order.local.name, reference), self.say, f"naming {name} {reference}")
        plain = self.tool.name != "docker" and is_loopback(order.to.host)
        pushing = self.tool.push(reference, ("--tls-verify=false",) if plain else ())
        arguments = with_login(self.tool, pushing, self.login)
        doing = f"pushing {name} with {self.tool.name}"
        try:
            patiently(lambda: run(arguments, self.say, doing), _may_pass, self._tell)
        except ToolError as error:
            raise _explained(error) from None

    def _tell(self, why: str) -> None:
        self.registry.say(why.replace("; its last lines", ""))

    def _earlier(self, order: Order) -> Iterator[tuple[str, Manifest]]:
        """Images of the same packages for other machines that the registry still has."""
        locked = order.image.locked
        wanted = stamp(order.image.made_of)
        if locked is None or locked.repository != order.to.repository:
            return
        if stamp(locked.packages) != wanted:
            return
        for machine, _ in order.image.targets:
            digest = cast("Mapping[str, str]", locked.machines).get(machine)
            found = self.registry.manifest(order.to, digest) if digest else None
            if found:
                yield machine, found

    def _name(self, to: Destination, whole: Manifest, *, listed: bool) -> None:
        tag = f"all-{whole.digest.removeprefix('sha256:')[:12]}"
        for wanted in (tag if listed else None, to.tag):
            found = self.registry.manifest(to, wanted) if wanted else None
            if wanted and (found is None or found.digest != whole.digest):
                self._put(to, wanted, whole, moves=found is not None)

    def _put(self, to: Destination, tag: str, manifest: Manifest, *, moves: bool) -> None:
        try:
            self.registry.put(to, tag, manifest)
        except ToolError as error:
            if not moves:
                raise
            raise ToolError(
                f"{to.tagged(tag)} is another image already, and stays it: {error}\n"
                "hint: choose another tag in software.containers[].image"
            ) from None


def index(parts: Mapping[str, Manifest]) -> Manifest:
    """The list of one image for each machine; the same bytes for the same images."""
    listed = [entry for machine in sorted(parts) for entry in _entries(machine, parts[machine])]
    body = {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}
    return Manifest(INDEX, json.dumps(body, separators=(",", ":")).encode())


def _entries(machine: str, manifest: Manifest) -> list[dict[str, Any]]:
    if manifest.is_list:  # docker lists an image with what attests to it
        entries: list[dict[str, Any]] = json.loads(manifest.body)["manifests"]
        return entries
    return [
        {
            "mediaType": manifest.kind,
            "digest": manifest.digest,
            "size": len(manifest.body),
            "platform": {"architecture": _ARCHITECTURES[machine], "os": "linux"},
        }
    ]


def _explained(error: ToolError) -> ToolError:
    troubled = re.search(r"http status: 5\d\d", str(error).lower())
    return ToolError(f"{error}\n{TROUBLE}") if troubled else error


def _may_pass(error: Exception) -> bool:
    said = str(error).lower()
    return isinstance(error, ToolError) and not any(word in said for word in _FINAL)
