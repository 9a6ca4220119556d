"""Commands at a terminal, as a person sees them."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time

PATIENCE_S = 60


def at_terminal(*arguments, cwd, types="", when="", **environment):
    """Run petal at a terminal; its exit code and everything that appeared, the typed text included.

    Args:
        arguments: Of petal.
        cwd: Working directory.
        types: What the person types, once `when` has appeared.
        when: Part of the question.
        environment: Variables on top of this process's.
    """
    ours, its = pty.openpty()
    program = [sys.executable, "-m", "petal_constructs", *map(str, arguments)]
    variables = os.environ | {"TERM": "xterm", "COLUMNS": "100"} | environment
    with subprocess.Popen(
        program, stdin=its, stdout=its, stderr=its, cwd=cwd, env=variables, start_new_session=True
    ) as process:
        os.close(its)
        seen = _read(ours, until=when) if types else ""
        os.write(ours, types.encode())
        seen += _read(ours)
        code = process.wait(PATIENCE_S)
    os.close(ours)
    return code, seen.replace("\r\n", "\n")


def _read(terminal, until=None):
    seen, end = b"", time.monotonic() + PATIENCE_S
    while (until is None or until.encode() not in seen) and time.monotonic() < end:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # how Linux says that nobody holds the other end
            break
        if not part:
            break
        seen += part
    return seen.decode()
