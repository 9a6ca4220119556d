"""`petal-key SECRET REGION FILE`: the other side's signing key, from Secrets Manager to a file.

The node's role reads the secret, a JSON object: the text of its `password` is the key, byte for
byte. What cannot be read leaves the file as it is. Source: AWS CLI, `get-secret-value`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_SHORTEST = 32


def read_secret(secret: str, region: str) -> bytes:
    """Field `password` of the secret.

    Raises:
        RuntimeError: It cannot be read, or is too short for a key.
    """
    command = ["aws", "secretsmanager", "get-secret-value", "--secret-id", secret]
    command += ["--region", region, "--query", "SecretString", "--output", "text"]
    try:
        run = subprocess.run(command, capture_output=True, timeout=60, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(str(error)) from error
    if run.returncode != 0:
        raise RuntimeError(run.stderr.decode("utf-8", "replace").strip()[:500])
    try:
        key = str(json.loads(run.stdout)["password"]).encode()
    except (ValueError, TypeError, KeyError) as error:
        raise RuntimeError(f"the secret {secret} has no password") from error
    if len(key) < _SHORTEST:
        raise RuntimeError(f"the secret {secret} has fewer than {_SHORTEST} bytes")
    return key


def write(path: Path, key: bytes) -> None:
    """Put the key in place at once, for the owner's eyes."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def main(program: str, arguments: list[str]) -> int:
    """Refresh the file once; 1 if that failed."""
    if len(arguments) != 3:  # noqa: PLR2004
        print(f"usage: {program} SECRET REGION FILE", file=sys.stderr)
        return 2
    secret, region, file = arguments
    try:
        path = Path(file)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = read_secret(secret, region)
        if not path.exists() or path.read_bytes() != key:
            write(path, key)
    except (OSError, RuntimeError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    return 0
