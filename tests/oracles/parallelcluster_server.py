"""ParallelCluster's own schema, validators and update policy: JSON lines in, JSON lines out.

Runs under the interpreter of a virtual environment that holds requirements.lock of this folder,
never under petal's own: aws-parallelcluster needs an older jsii. No AWS account and no network:
moto stands in for AWS, and whatever a configuration names (subnets, groups, volumes, file systems,
scripts, policies, key pairs) is made there first (parallelcluster_account.py), under ids that moto
chooses.

Each region has one moto account that lives as long as the process: resources are only ever added,
so no request sees less than it names, and a second configuration needs no warm-up.

Not known to moto 5.2.5, so that a configuration which needs it fails or is refused wrongly: which
instance types China and GovCloud offer. FSx has a stand-in, and capacity reservations have one in
parallelcluster_reservations.py.

Requests: {"op": "schema", "config", "name"}
          {"op": "validate", "config", "name", "zones": {subnet id: "a" for the first zone, ...}}
          {"op": "update", "old", "new", "name", "running"}
          {"op": "validators"}
Answers:  {"findings": [{"level", "validator", "message"}]}, {"allowed", "rows": [{...}]},
          {"validators": [name, ...]},
          or {"failed": traceback} where the check itself broke; the process lives on.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import itertools
import json
import os
import pkgutil
import sys
import tempfile
import traceback
from pathlib import Path

os.environ.update(
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    MOTO_IAM_LOAD_MANAGED_POLICIES="true",
)

from pcluster.constants import OS_TO_IMAGE_NAME_PART_MAP, SUPPORTED_ARCHITECTURES
from pcluster.utils import get_installed_version

LEFT_OUT = {
    # They ask EC2 for a dry run of RunInstances with ephemeral devices, which moto cannot answer.
    "HeadNodeLaunchTemplateValidator",
    "ComputeResourceLaunchTemplateValidator",
    # It looks up the network interfaces of an FSx file system, which moto does not have.
    "ExistingFsxNetworkingValidator",
}
DEFAULT_REGION = "us-east-1"


def official_images() -> list[dict]:
    """AMIs named as AWS names them, one for each OS and architecture of this version."""
    version = get_installed_version()
    pairs = itertools.product(OS_TO_IMAGE_NAME_PART_MAP.items(), SUPPORTED_ARCHITECTURES)
    return [
        {
            "ami_id": f"ami-{number:017x}",
            "name": f"aws-parallelcluster-{version}-{part}-{architecture}-202601010000",
            "description": f"AWS ParallelCluster AMI for {os_name}",
            "owner_id": "247102896272",
            "public": True,
            "virtualization_type": "hvm",
            "architecture": architecture,
            "state": "available",
            "image_type": "machine",
            "hypervisor": "xen",
            "root_device_type": "ebs",
            "root_device_name": "/dev/xvda",
            "image_location": "amazon/parallelcluster",
            "creation_date": "2026-01-01T00:00:00.000Z",
            "tags": {
                "parallelcluster:version": version,
                "parallelcluster:os": os_name,
                "parallelcluster:bootstrap_file": f"aws-parallelcluster-cookbook-{version}",
                "parallelcluster:build_status": "available",
            },
        }
        for number, ((os_name, part), architecture) in enumerate(pairs)
    ]


IMAGES = Path(tempfile.mkdtemp()) / "images.json"
IMAGES.write_text(json.dumps(official_images()))
os.environ["MOTO_AMIS_PATH"] = str(IMAGES)  # moto reads it when it is imported

import parallelcluster_reservations
from marshmallow import ValidationError
from moto import mock_aws
from parallelcluster_account import Account
from pcluster.aws.aws_api import AWSApi
from pcluster.aws.common import AWSClientError, Cache
from pcluster.aws.fsx import FSxClient
from pcluster.config.common import TypeMatchValidatorsSuppressor
from pcluster.config.config_patch import ConfigPatch
from pcluster.schemas.cluster_schema import ClusterSchema
from pcluster.validators.cluster_validators import RegionValidator
from pcluster.validators.common import Validator, ValidatorContext


def schema_findings(messages: object, path: str = "") -> list[dict]:
    """Flatten marshmallow's messages: one finding each, the place in front."""
    if isinstance(messages, dict):
        return [
            finding
            for key, value in messages.items()
            for finding in schema_findings(value, _below(path, key))
        ]
    if isinstance(messages, list):
        return [finding for value in messages for finding in schema_findings(value, path)]
    return [{"level": "ERROR", "validator": "Schema", "message": f"{path}: {messages}"}]


def _below(path: str, key: object) -> str:
    if key == "_schema":
        return path
    return f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}".lstrip(".")


@functools.cache
def account(region: str) -> Account:
    return Account(region)


def enter(config: object) -> str:
    """Make the configuration's region the current one; ParallelCluster forgets what it was told."""
    region = str((isinstance(config, dict) and config.get("Region")) or DEFAULT_REGION)
    if os.environ["AWS_DEFAULT_REGION"] != region:
        os.environ["AWS_DEFAULT_REGION"] = region
        AWSApi.reset()
    Cache.clear_all()
    return region


def findings(results: list) -> list[dict]:
    """ParallelCluster's results, worst first."""
    return [
        {"level": str(r.level), "validator": r.validator_type, "message": r.message}
        for r in sorted(results, key=lambda r: -r.level.value)
    ]


def check_schema(config: object, name: str) -> dict:
    enter(config)
    try:
        ClusterSchema(cluster_name=name).load(config)
    except ValidationError as refused:
        return {"findings": schema_findings(refused.messages)}
    return {"findings": []}


def validate(config: object, name: str, zones: dict[str, str]) -> dict:
    region = enter(config)
    unsupported = RegionValidator().execute(region)
    if unsupported:  # there is no such place in moto either
        return {"findings": findings(unsupported)}
    try:
        furnished = account(region).furnish(config, zones)
        cluster = ClusterSchema(cluster_name=name).load(furnished)
        parallelcluster_reservations.make(furnished, account(region).zone_of)
        results = cluster.validate(
            suppressors=[TypeMatchValidatorsSuppressor(LEFT_OUT)],
            context=ValidatorContext(during_update=False),
        )
    except ValidationError as refused:
        return {"findings": schema_findings(refused.messages)}
    except AWSClientError as refused:
        # ParallelCluster itself stops here, e.g. at an instance type that EC2 does not know.
        message = f"{refused.function_name}: {refused}"
        return {"findings": [{"level": "ERROR", "validator": "AWSClientError", "message": message}]}
    return {"findings": findings(results)}


class Fleet:
    """What the update policies ask of a live cluster: does anything run?"""

    def __init__(self, name: str, *, running: bool, login: dict[str, int]) -> None:
        self.name = self.stack_name = name
        self.running = running
        self.login = login
        self.head_node_instance = type("Instance", (), {"state": "running"})

    def has_running_capacity(self, updated_value: bool = False) -> bool:
        return self.running

    def has_running_login_nodes(self, updated_value: bool = False, pool_name: str = "") -> bool:
        return self.running and any(
            count for pool, count in self.login.items() if pool_name in {"", None, pool}
        )


def update(old: dict, new: dict, name: str, running: bool) -> dict:
    enter(old)
    for config in (old, new):
        refused = check_schema(config, name)["findings"]
        if refused:
            raise ValueError(refused)
    pools = old.get("LoginNodes", {}).get("Pools", [])
    login = {pool["Name"]: int(pool["Count"]) for pool in pools}
    fleet = Fleet(name, running=running, login=login)
    patch = ConfigPatch(fleet, base_config=old, target_config=new)
    allowed, (header, *rows) = patch.check()
    return {"allowed": allowed, "rows": [dict(zip(header, row, strict=True)) for row in rows]}


def validators() -> dict:
    """Names of all classes that judge something, whether a cluster or an image meets them."""
    folder = Path(inspect.getfile(Validator)).parent
    modules = [
        importlib.import_module(f"pcluster.validators.{module.name}")
        for module in pkgutil.iter_modules([str(folder)])
    ]
    return {"validators": sorted({name for module in modules for name in _judging(module)})}


def _judging(module) -> list[str]:
    return [
        name
        for name, kind in vars(module).items()
        if isinstance(kind, type)
        and issubclass(kind, Validator)
        and not inspect.isabstract(kind)
        and not name.startswith(("_", "AsyncTimed"))
    ]


OPERATIONS = {
    "schema": check_schema,
    "validate": validate,
    "update": update,
    "validators": validators,
}


def answer(line: str) -> dict:
    try:
        request = json.loads(line)
        return OPERATIONS[request.pop("op")](**request)
    except Exception:  # noqa: BLE001 -- one broken request must not end the process
        return {"failed": traceback.format_exc()}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes to the error stream
    asyncio.set_event_loop(asyncio.new_event_loop())
    FSxClient.get_file_systems_info = lambda _client, ids: [
        account(os.environ["AWS_DEFAULT_REGION"]).fsx_file_system(name) for name in ids
    ]
    FSxClient.describe_volumes = lambda _client, ids: [
        {"VolumeId": name, "FileSystemId": name.replace("fsvol-", "fs-")} for name in ids
    ]
    parallelcluster_reservations.install()
    with mock_aws():
        for reply in itertools.chain(
            [{"version": get_installed_version(), "left_out": sorted(LEFT_OUT)}],
            map(answer, sys.stdin),
        ):
            print(json.dumps(reply, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main()
