"""ParallelCluster's own schema, validators and update policy: JSON lines in, JSON lines out.

Runs under the interpreter of a virtual environment that holds requirements.lock of this folder,
never under petal's own: aws-parallelcluster needs an older jsii. No AWS account and no network:
moto stands in for AWS, and whatever a configuration names (subnets, groups, volumes, file systems,
scripts, policies, key pairs) is made there first, under ids that moto chooses.

Each region has one moto account that lives as long as the process: resources are only ever added,
so no request sees less than it names, and a second configuration needs no warm-up.

Not known to moto 5.2.5, so that a configuration which needs it fails or is refused wrongly: which
instance types China and GovCloud offer. FSx is a stand-in of this file, and capacity reservations
of parallelcluster_reservations.py.

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
import re
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
EVERYWHERE: dict[tuple[str, str], str] = {}
"""Buckets and IAM principals made so far: their names are taken in all regions."""
DEFAULT_REGION = "us-east-1"
ANY_TRAFFIC = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:iam::\d{12}:(policy|role|instance-profile)((?:/[^/]+)*/)([^/]+)"
)


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

import boto3
import parallelcluster_reservations
from marshmallow import ValidationError
from moto import mock_aws
from pcluster.aws.aws_api import AWSApi
from pcluster.aws.aws_resources import FsxStorageInfo
from pcluster.aws.common import AWSClientError, Cache
from pcluster.aws.fsx import FSxClient
from pcluster.config.common import TypeMatchValidatorsSuppressor
from pcluster.config.config_patch import ConfigPatch
from pcluster.schemas.cluster_schema import ClusterSchema
from pcluster.validators.cluster_validators import RegionValidator
from pcluster.validators.common import Validator, ValidatorContext


class Account:
    """A moto account in one region, and which of its ids stands for which id of a configuration."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.ec2, self.s3, self.iam, self.efs, self.secrets = (
            boto3.client(service, region_name=region)
            for service in ("ec2", "s3", "iam", "efs", "secretsmanager")
        )
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        for setting in ("EnableDnsSupport", "EnableDnsHostnames"):
            self.ec2.modify_vpc_attribute(VpcId=self.vpc, **{setting: {"Value": True}})
        zones = self.ec2.describe_availability_zones()["AvailabilityZones"]
        self.zones = sorted(zone["ZoneName"] for zone in zones)
        self.made: dict[tuple[str, str], str] = {}
        self._blocks = (f"10.0.{n // 2}.{n % 2 * 128}/25" for n in itertools.count())

    def once(self, kind: str, name: str, make) -> str:
        """The id that `make` returned for this name, now or earlier."""
        made = EVERYWHERE if kind in {"bucket", "principal"} else self.made
        if (kind, name) not in made:
            made[kind, name] = make(name)
        return made[kind, name]

    def subnet(self, zone: str) -> str:
        made = self.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=next(self._blocks), AvailabilityZone=zone
        )
        return made["Subnet"]["SubnetId"]

    def zone_of(self, subnet: str) -> str:
        (found,) = self.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
        return found["AvailabilityZone"]

    def security_group(self, name: str) -> str:
        group = self.ec2.create_security_group(
            GroupName=f"for {name}", Description="stand-in", VpcId=self.vpc
        )["GroupId"]
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ANY_TRAFFIC)
        return group

    def volume(self, _name: str) -> str:
        return self.ec2.create_volume(AvailabilityZone=self.zones[0], Size=100)["VolumeId"]

    def efs_file_system(self, name: str) -> str:
        """A file system with a mount target in each zone."""
        system = self.efs.create_file_system(CreationToken=name)["FileSystemId"]
        group = self.once("group", name, self.security_group)
        for zone in self.zones:
            subnet = self.once("mount target", zone, self.subnet)
            self.efs.create_mount_target(
                FileSystemId=system, SubnetId=subnet, SecurityGroups=[group]
            )
        return system

    def fsx_file_system(self, name: str) -> FsxStorageInfo:
        """What FSx would tell: moto's own ids do not have the form that the schema wants."""
        return FsxStorageInfo(
            {
                "FileSystemId": name,
                "FileSystemType": "LUSTRE",
                "VpcId": self.vpc,
                "SubnetIds": [self.once("mount target", self.zones[0], self.subnet)],
                "NetworkInterfaceIds": [],
                "DNSName": f"{name}.fsx.{self.region}.amazonaws.com",
                "LustreConfiguration": {"MountName": "abcdefgh"},
            }
        )

    def bucket(self, name: str) -> str:
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        self.s3.create_bucket(Bucket=name, **({} if self.region == "us-east-1" else elsewhere))
        return name

    def script(self, url: str) -> str:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        self.once("bucket", bucket, self.bucket)
        self.s3.put_object(Bucket=bucket, Key=key, Body=b"#!/bin/bash\n")
        return url

    def principal(self, arn: str) -> str:
        kind, path, name = PRINCIPAL.fullmatch(arn).groups()
        some = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [some]})
        if kind == "policy":
            made = self.iam.create_policy(PolicyName=name, Path=path, PolicyDocument=policy)
            return made["Policy"]["Arn"]
        if kind == "role":
            made = self.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument="{}")
            return made["Role"]["Arn"]
        made = self.iam.create_instance_profile(InstanceProfileName=name, Path=path)
        return made["InstanceProfile"]["Arn"]

    def secret(self, arn: str) -> str:
        made = self.secrets.create_secret(Name=arn.rpartition(":")[2], SecretString="generated")
        return made["ARN"]

    def key_pair(self, name: str) -> str:
        self.ec2.create_key_pair(KeyName=name, KeyType="ed25519")
        return name

    def furnish(self, config: object, zones: dict[str, str]) -> object:
        """A copy of `config` whose ids are moto's, with everything that it names made."""
        stand_in = functools.partial(self._stand_in, zones)
        furnished = walk(config, stand_in)
        for storage in sections(furnished, "SharedStorage"):
            settings = storage.get("EfsSettings")
            if isinstance(settings, dict) and settings.get("FileSystemId"):
                name = str(settings["FileSystemId"])
                settings["FileSystemId"] = self.once("efs", name, self.efs_file_system)
        for ssh in (head.get("Ssh") for head in sections(furnished, "HeadNode")):
            if isinstance(ssh, dict) and ssh.get("KeyName"):
                self.once("key", str(ssh["KeyName"]), self.key_pair)
        return furnished

    def _stand_in(self, zones: dict[str, str], value: object) -> object:
        if not isinstance(value, str):
            return value
        if re.fullmatch(r"subnet-[0-9a-z]{8,17}", value):
            zone = self.zones[ord(zones.get(value, "a")) - ord("a")]
            return self.once(f"subnet in {zone}", value, lambda _: self.subnet(zone))
        kinds = (
            (r"sg-[0-9a-z]{8,17}", self.security_group),
            (r"vol-[0-9a-z]{8,17}", self.volume),
            (r"s3://[^/]+/.+", self.script),
            (PRINCIPAL.pattern, self.principal),
            (r"arn:aws[a-z-]*:secretsmanager:[^:]+:\d{12}:secret:[^:]+", self.secret),
        )
        makers = (make for pattern, make in kinds if re.fullmatch(pattern, value))
        make = next(makers, None)
        return self.once(make.__name__, value, make) if make else value


def walk(tree: object, leaf) -> object:
    """A copy of a tree of dicts and lists with each leaf replaced by `leaf(it)`."""
    if isinstance(tree, dict):
        return {key: walk(value, leaf) for key, value in tree.items()}
    if isinstance(tree, list):
        return [walk(value, leaf) for value in tree]
    return leaf(tree)


def sections(config: object, name: str) -> list[dict]:
    """The mappings under a top-level key, however wrong the configuration is."""
    found = config.get(name) if isinstance(config, dict) else None
    return [
        item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)
    ]


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
        parallelcluster_reservations.make(furnished, account(region).zone_of)
        cluster = ClusterSchema(cluster_name=name).load(furnished)
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
