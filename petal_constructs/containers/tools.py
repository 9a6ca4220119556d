"""The container tools that petal runs: docker, podman or buildah, whichever is there."""

from __future__ import annotations

import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from petal_constructs.errors import ToolError

TOOLS: Final = ("docker", "podman", "buildah")
"""In the order in which they are tried."""
AUTO: Final = "auto"
_LAST: Final = 20
"""Lines of its output that the error of a failed tool shows."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A container tool; its methods are the arguments of one run, nothing starts."""

    name: str
    program: str
    """Full path."""

    def build(self, context: Path, reference: str, options: Sequence[str] = ()) -> tuple[str, ...]:
        """Build a context into a local image, layer by layer from what is there already."""
        how = {"docker": ("buildx", "build", "--load"), "buildah": ("build", "--layers")}
        first = how.get(self.name, ("build",))
        return (self.program, *first, *options, "--tag", reference, str(context))

    def tag(self, image: str, reference: str) -> tuple[str, ...]:
        """Give a local image one more name."""
        return (self.program, "tag", image, reference)

    def push(self, reference: str, options: Sequence[str] = ()) -> tuple[str, ...]:
        """Push a local image to the registry of its name."""
        return (self.program, "push", *options, reference)

    def sbom(self, tree: str) -> tuple[str, ...]:
        """Options of `build` with which the image carries the list of its parts.

        Docker attests it to the image (docs.docker.com/build/metadata/attestations/sbom); podman
        and buildah, from 1.35, put a file below `tree`. Both fetch a scanner.
        """
        if self.name == "docker":
            return ("--sbom=true",)
        return ("--sbom=syft-spdx", f"--sbom-image-output={tree}/sbom.spdx.json")

    @property
    def works(self) -> bool:
        """Whether it can build: docker's command is of no use without its daemon."""
        asked = (self.program, "version" if self.name == "docker" else "--version")
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0  # noqa: S603


def local_reference(name: str) -> str:
    """What tools call the image of this name before it is pushed."""
    return f"localhost/petal/{name}:latest"


def find_tool(name: str = AUTO) -> Tool | None:
    """The tool of this name, or the first that works; None where there is none.

    Raises:
        ToolError: The tool that was asked for is missing, or does not work.
    """
    for candidate in TOOLS if name == AUTO else (name,):
        program = shutil.which(candidate)
        if program and (tool := Tool(candidate, program)).works:
            return tool
    if name == AUTO:
        return None
    why = "does not answer" if shutil.which(name) else "is not installed"
    raise ToolError(f"{name} {why}\nhint: --tool names another one of {', '.join(TOOLS)}")


def run(arguments: Sequence[str], say: Callable[[str], None], doing: str) -> None:
    """Run a tool to its end.

    Args:
        arguments: Of the whole command.
        say: Told each line of its output.
        doing: What the error says that failed, e.g. `building bio`.

    Raises:
        ToolError: It failed; the error shows its last lines.
    """
    last: deque[str] = deque(maxlen=_LAST)
    with _started(arguments) as process:
        for line in process.stdout or ():
            last.append(line.rstrip("\n"))
            say(last[-1])
    if process.returncode:
        raise ToolError(_failed(doing, process.returncode, last))


@contextmanager
def _started(arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603  # no shell
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
    )
    with process:
        try:
            yield process
        except BaseException:
            process.terminate()
            raise


def _failed(doing: str, code: int, last: Sequence[str]) -> str:
    text = "\n".join(f"  {line}" for line in last)
    full = "no space left on device" in text.lower()
    hint = "\nhint: the disk is full where the tool keeps images" if full else ""
    return f"{doing} failed with exit code {code}; its last lines:\n{text}{hint}"
