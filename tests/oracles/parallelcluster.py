"""Client of `parallelcluster_server.py`: what ParallelCluster itself says about a configuration."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.need import missing

ROOT = Path(__file__).parents[2]
SERVER = Path(__file__).with_name("parallelcluster_server.py")
PATIENCE = 300
"""Seconds until an answer is given up. A first validation takes about 5."""

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One message: `level` is ERROR, WARNING or INFO; `validator` is a class of ParallelCluster,
    `Schema`, or `AWSClientError` where ParallelCluster stops instead of reporting."""

    level: str
    validator: str
    message: str

    def __str__(self) -> str:
        return f"{self.level} {self.validator}: {self.message}"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed parameter; `check` is SUCCEEDED, ACTION NEEDED or FAILED."""

    path: str
    """Dotted, list entries by name: `Scheduling.SlurmQueues[compute].CapacityType`."""
    old: object
    new: object
    check: str
    reason: str
    action_needed: str
    policy: str


@dataclass(frozen=True, slots=True)
class UpdateAnswer:
    """Whether a live cluster would take the new configuration, and each change with its verdict."""

    allowed: bool
    rows: tuple[Change, ...]

    @property
    def refused(self) -> tuple[Change, ...]:
        """The changes that stand in the way."""
        return tuple(row for row in self.rows if row.check != "SUCCEEDED")


class OracleFailedError(Exception):
    """The check itself broke, or the process ended."""


def interpreter() -> str:
    """The Python that has aws-parallelcluster; skips the test, or fails it, where there is none."""
    python = os.environ.get("PETAL_PCLUSTER_PYTHON", str(ROOT / ".oracles/bin/python"))
    if not Path(python).exists():
        missing("ParallelCluster's own validators", "run `make oracle-venv`")
    return python


class ParallelClusterOracle:
    """One process of ParallelCluster's own code, for as many configurations as asked.

    Skips the test, or fails it where oracles are required, if there is no interpreter that holds
    aws-parallelcluster: env PETAL_PCLUSTER_PYTHON, or `.oracles/bin/python` of the project.
    """

    def __init__(self) -> None:
        python = interpreter()
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed with the process
        self._process = subprocess.Popen(
            [python, "-B", str(SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "NO_PROXY": "*"},
        )
        greeting = self._read()
        self.version: str = greeting["version"]
        self.left_out: tuple[str, ...] = tuple(greeting["left_out"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()
        self._errors.close()

    def schema(self, config: Config, name: str = "petal") -> list[Finding]:
        """What the schema refuses: unknown fields, wrong values, missing ones."""
        answer = self._ask(op="schema", config=config, name=name)
        return [Finding(**finding) for finding in answer["findings"]]

    def validate(
        self, config: Config, name: str = "petal", zones: Mapping[str, str] | None = None
    ) -> list[Finding]:
        """What schema and semantic validators say, worst first.

        Args:
            config: Cluster configuration; whatever it names by a well-formed id exists.
            name: Name of the cluster.
            zones: Zone letter by subnet id, `a` for the region's first zone. Default: all `a`.
        """
        answer = self._ask(op="validate", config=config, name=name, zones=dict(zones or {}))
        return [Finding(**finding) for finding in answer["findings"]]

    def errors(
        self, config: Config, name: str = "petal", zones: Mapping[str, str] | None = None
    ) -> list[str]:
        """The errors alone, as text: what `pcluster create-cluster` would stop at."""
        findings = self.validate(config, name, zones)
        return [str(finding) for finding in findings if finding.level == "ERROR"]

    def update(
        self, old: Config, new: Config, name: str = "petal", *, running: bool = True
    ) -> UpdateAnswer:
        """Whether a cluster of `old` takes `new` while its compute and login nodes run or not."""
        answer = self._ask(op="update", old=old, new=new, name=name, running=running)
        return UpdateAnswer(answer["allowed"], tuple(_change(row) for row in answer["rows"]))

    def validators(self) -> list[str]:
        """Names of all its validators, those of `pcluster build-image` too."""
        answer: list[str] = self._ask(op="validators")["validators"]
        return answer

    def _ask(self, **request: object) -> dict[str, Any]:
        assert self._process.stdin
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._read()
        if "failed" in answer:
            raise OracleFailedError(answer["failed"])
        return answer

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        if not line:
            self._errors.seek(0)
            raise OracleFailedError(f"the process ended: {self._errors.read()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _change(row: Mapping[str, Any]) -> Change:
    return Change(
        path=".".join([*row["param_path"], row["parameter"]]),
        old=row["old value"],
        new=row["new value"],
        check=row["check"],
        reason=row["reason"] or "",
        action_needed=row["action_needed"] or "",
        policy=row["update_policy"],
    )


def stringify(tree: Any) -> Any:
    """A configuration as a custom resource receives it: CloudFormation makes scalars strings."""
    if isinstance(tree, Mapping):
        return {key: stringify(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [stringify(value) for value in tree]
    if isinstance(tree, bool):
        return "true" if tree else "false"
    return tree if isinstance(tree, str) else str(tree)
