"""A simulated account in which everything that a configuration names exists.

Imported by parallelcluster_server.py, under its interpreter, when moto is set up.
"""

from __future__ import annotations

import functools
import itertools
import json
import re

import boto3
from pcluster.aws.aws_resources import FsxStorageInfo

EVERYWHERE: dict[tuple[str, str], str] = {}
"""Buckets and IAM principals made so far: their names are taken in all regions."""
ANY_TRAFFIC = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:iam::\d{12}:(policy|role|instance-profile)((?:/[^/]+)*/)([^/]+)"
)


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
