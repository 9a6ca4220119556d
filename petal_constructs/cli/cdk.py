"""The CDK's own command line: where it is, and running it on a cloud assembly."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from petal_constructs.cli import output
from petal_constructs.errors import ToolError
from petal_constructs.node_js import node_binary

VERSION: Final = "2.1148.1"
"""Tested release of the npm package `aws-cdk`; npm's `latest` tag cannot read our assemblies.

Source: package.json of this project, which a test holds equal.
"""

NPX: Final = f"npx aws-cdk@{VERSION}"
"""How a person starts that release, wherever they are."""

PROGRAM: Final = "PETAL_CDK"
"""Environment variable: the CDK's command line to use."""

_LINES_KEPT = 30
_EVENT: Final = re.compile(r"\|\s+(\d+(/\d+)?|[\d:]+ [AP]M) \| ")
"""In a line about a resource, which petal tells itself, and of nested stacks too."""
_HINTS: Final = {
    "bootstrap": f"once for each account and region: {NPX} bootstrap aws://ACCOUNT/{{region}}",
    "credentials|unable to resolve aws account": "log in, e.g. aws sso login; petal doctor checks",
}
"""What the CDK's last words tell about the cause -> what to do."""
_REMEDY = f"npm install aws-cdk@{VERSION}, or {PROGRAM}=/path/to/cdk"


def cdk_command(folder: Path | None = None) -> tuple[str, ...]:
    """How to start the CDK's command line.

    In this order: what PETAL_CDK names, the one installed in this folder or beside the cdk.json
    above it, and the pinned release, which npx downloads.

    Args:
        folder: Where to look. Default: the working directory.

    Raises:
        ToolError: There is none, and no npx to get it.
    """
    named = os.environ.get(PROGRAM)
    if named:
        found = shutil.which(named)
        if found is None:
            raise ToolError(f"{PROGRAM}={named}: no such program\nhint: {_REMEDY}")
        return (found,)
    installed = next(_installed(folder or Path.cwd()), None)
    if installed:
        return (str(installed),)
    return (*_npx(), "--yes", f"aws-cdk@{VERSION}")


def _installed(folder: Path) -> Iterator[Path]:
    for place in (folder, *folder.parents):
        program = place / "node_modules" / ".bin" / "cdk"
        if (place == folder or (place / "cdk.json").exists()) and program.exists():
            yield program


def _npx() -> tuple[str, ...]:
    node = node_binary()
    packaged = node and node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"
    if node and packaged and packaged.exists():
        return (str(node), str(packaged))
    found = shutil.which("npx")
    if found is None:
        raise ToolError(f"the CDK's command line is missing, and so is npx\nhint: {_REMEDY}")
    return (found,)


def cdk_environment() -> dict[str, str]:
    """This process's environment with the packaged Node first on PATH."""
    node = node_binary()
    path = os.environ.get("PATH", os.defpath)
    return os.environ | {"PATH": f"{node.parent}{os.pathsep}{path}" if node else path}


def run_cdk(arguments: Sequence[str], *, region: str) -> None:
    """Run the CDK's command line; what it says is progress.

    Args:
        arguments: Its own, e.g. `deploy --app build/bio/cdk.out`.
        region: Where it works, for the hint if it fails.

    Raises:
        ToolError: It is missing or failed; the message ends with its last lines.
    """
    command = [*cdk_command(), *arguments, "--no-notices"]
    said: deque[str] = deque(maxlen=_LINES_KEPT)
    try:
        with subprocess.Popen(  # noqa: S603  # no shell; the seed's names hold letters and dashes
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=cdk_environment(),
        ) as process:
            for line in process.stdout or ():
                said.append(line.rstrip())
                if not _EVENT.search(line):
                    output.progress(said[-1])
    except OSError as error:
        raise ToolError(f"{command[0]}: {error.strerror}\nhint: {_REMEDY}") from error
    if process.returncode:
        raise ToolError(_failure(arguments[0], process.returncode, said, region))


def _failure(verb: str, code: int, said: deque[str], region: str) -> str:
    text = "\n".join(line for line in said if line)
    cause = f"cdk {verb} failed with exit code {code}\n{text}"
    for words, hint in _HINTS.items():
        if re.search(words, text, re.IGNORECASE):
            return f"{cause}\nhint: {hint.format(region=region)}"
    return cause
