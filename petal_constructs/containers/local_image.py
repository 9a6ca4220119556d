"""Images that a container tool of this machine has."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from petal_constructs.containers.tools import Tool, local_reference
from petal_constructs.errors import ToolError
from petal_constructs.plan.images import Image
from petal_constructs.seed.lock import MACHINES, STAMP_LABEL, stamp


@dataclass(frozen=True, slots=True)
class LocalImage:
    """An image, as the tool describes it."""

    name: str
    """What the tool calls it."""
    identity: str
    """64 hexadecimal digits, the same for the same content."""
    machine: str
    """As `uname -m` says it."""
    stamp: str | None
    """Of the packages that it was built from; None where nobody wrote it down."""

    @property
    def tag(self) -> str:
        """What a registry calls it: other content has another tag, so no tag ever changes."""
        return f"{self.machine}-{self.identity[:12]}"


def local_image(tool: Tool, image: Image) -> LocalImage:
    """The image that `petal build-container` made.

    Raises:
        ToolError: There is none, or it is not the one that the seed asks for.
    """
    again = f"hint: petal build-container makes it: --name {image.name}"
    found = _described(tool, local_reference(image.name))
    if found is None:
        raise ToolError(f"{tool.name} has no image of {image.name}\n{again}")
    if found.stamp not in {None, stamp(image.made_of)}:
        raise ToolError(
            f"{tool.name}'s image of {image.name} was built from other packages than the seed's\n"
            f"{again}"
        )
    wanted = [machine for machine, _ in image.targets]
    if found.machine not in wanted:
        raise ToolError(
            f"{tool.name}'s image of {image.name} is for {found.machine}, and queues have "
            f"{' and '.join(wanted)}\nhint: build and push on such a machine"
        )
    return found


def _described(tool: Tool, name: str) -> LocalImage | None:
    asked = ("inspect", "--type", "image") if tool.name == "buildah" else ("image", "inspect")
    done = subprocess.run(  # noqa: S603  # no shell
        (tool.program, *asked, name), capture_output=True, text=True, check=False
    )
    if done.returncode:
        return None
    said = json.loads(done.stdout)
    return _of_buildah(name, said) if tool.name == "buildah" else _of_docker(name, said[0])


def _of_buildah(name: str, said: dict[str, Any]) -> LocalImage:
    config = said["OCIv1"]
    return _image(name, said["FromImageID"], config["architecture"], config.get("config") or {})


def _of_docker(name: str, said: dict[str, Any]) -> LocalImage:
    return _image(name, said["Id"], said["Architecture"], said.get("Config") or {})


def _image(name: str, identity: str, architecture: str, config: dict[str, Any]) -> LocalImage:
    return LocalImage(
        name,
        identity.removeprefix("sha256:"),
        MACHINES.get(architecture, architecture),
        (config.get("Labels") or {}).get(STAMP_LABEL),
    )
