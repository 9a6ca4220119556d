"""A moto server for the CDK command line, with what moto 5.2.5 leaves out and a deploy needs.

Run as a program: prints the port that it listens on, serves until its standard input closes, and
appends each event that a custom resource of type `Custom::PclusterCluster` gets to the file named
on the command line, one JSON object a line.

What is added to moto, and why:
- Fn::GetAtt on the outputs of a nested stack, which moto answers with an AttributeError.
- Custom resources. moto runs their functions in Docker and never tells them of an update or the
  end; here a Python function plays the Lambda function, at once, for all three events. A type
  that nobody plays is answered with success. moto deletes a stack's resources in no order.
- Scanning and policies of repositories, which moto reads from no template; and some stay.
- The end of a route table: moto keeps it, and then refuses to delete the VPC.
- Failure: while a file with the suffix .recording lies beside that of the events, a cluster is not
  made; what happens is the recording that the file names, up to the second that it names.
"""

from __future__ import annotations

import io
import json
import os
import sys
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from moto.awslambda.utils import get_backend
from moto.cloudformation.custom_model import CustomModel
from moto.cloudformation.models import Stack
from moto.ec2.models.route_tables import RouteTable
from moto.ecr.models import Repository, ecr_backends
from moto.server import ThreadedMotoServer
from recorded import play

Event = dict[str, Any]
Attributes = dict[str, Any]
PCLUSTER = "Custom::PclusterCluster"
UPLOAD = "Custom::CDKBucketDeployment"
EMPTY = "Custom::S3AutoDeleteObjects"


def nested_stack_output(stack: Stack, attribute: str) -> str:
    name = attribute.removeprefix("Outputs.")
    return next(o["OutputValue"] for o in stack.outputs or [] if o["OutputKey"] == name)


def delete_route_table(table: RouteTable, _account: str, _region: str) -> None:
    table._associations.clear()
    table.ec2_backend.delete_route_table(table.id)


def with_policies(make: Callable[..., Repository]) -> Callable[..., Repository]:
    """Of a repository: scanning, what it keeps, who may pull, whether it survives its stack."""

    def made(*arguments: Any, **named: Any) -> Repository:
        resource = named.get("cloudformation_json") or arguments[1]
        properties = resource["Properties"]
        repository = make(*arguments, **named)
        backend = ecr_backends[repository.account_id][repository.region_name]
        name = repository.name
        scanning = properties.get("ImageScanningConfiguration", {})
        repository.image_scanning_configuration = {
            "scanOnPush": scanning.get("ScanOnPush", "false")
        }
        if lifecycle := properties.get("LifecyclePolicy"):
            backend.put_lifecycle_policy(None, name, lifecycle["LifecyclePolicyText"])
        if policy := properties.get("RepositoryPolicyText"):
            backend.set_repository_policy(None, name, json.dumps(policy))
        repository.stays = resource.get("DeletionPolicy", "").startswith("Retain")
        return repository

    return made


class CustomResources:
    """Custom resources of every stack, answered by a Python function for each resource type."""

    def __init__(self, functions: dict[str, Callable[[Event], Attributes]]) -> None:
        self.functions = functions

    def create(
        self, name: str, resource: dict[str, Any], account: str, region: str, **kwargs: Any
    ) -> CustomModel:
        made = CustomModel(region, str(uuid.uuid4()), kwargs["LogicalId"], name)
        made.type, made.stack_id = resource["Type"], kwargs["StackId"]
        get_backend(account, region).get_function(resource["Properties"]["ServiceToken"])
        self._send("Create", made, resource["Properties"])
        return made

    def update(
        self,
        original_resource: CustomModel,
        cloudformation_json: dict[str, Any],
        **_: Any,
    ) -> CustomModel:
        self._send("Update", original_resource, cloudformation_json["Properties"])
        return original_resource

    def end(self, resource: CustomModel) -> None:
        # moto deletes in no order: the function may be gone, which AWS would not let happen.
        self._send("Delete", resource, resource.properties)

    def _send(self, request: str, resource: CustomModel, properties: dict[str, Any]) -> None:
        event = {
            "RequestType": request,
            "ServiceToken": properties["ServiceToken"],
            "StackId": resource.stack_id,
            "RequestId": str(uuid.uuid4()),
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_resource_id,
            "ResourceType": resource.type,
            "ResourceProperties": properties,
        }
        if request == "Update":
            event["OldResourceProperties"] = resource.properties
        resource.properties = properties
        function = self.functions.get(resource.type, _nothing)
        resource.set_data(function(event))


def _nothing(_event: Event) -> Attributes:
    """E.g. emptying the default security group."""
    return {}


def upload(event: Event) -> Attributes:
    """What the CDK's BucketDeployment function does, as far as a deploy of petal needs it."""
    asked = event["ResourceProperties"]
    bucket, prefix = asked["DestinationBucketName"], asked.get("DestinationBucketKeyPrefix", "")
    s3 = boto3.client("s3")
    if event["RequestType"] == "Delete":  # the function keeps files of a bucket that bears its tag
        return {}
    names = asked["SourceBucketNames"]
    markers_of = asked.get("SourceMarkers") or [{}] * len(names)
    sources = zip(names, asked["SourceObjectKeys"], markers_of, strict=True)
    for source, key, markers in sources:
        archive = io.BytesIO(s3.get_object(Bucket=source, Key=key)["Body"].read())
        with zipfile.ZipFile(archive) as files:
            for name in files.namelist():
                content = files.read(name)
                for marker, value in markers.items():
                    content = content.replace(marker.encode(), str(value).encode())
                s3.put_object(Bucket=bucket, Key=f"{prefix}/{name}".lstrip("/"), Body=content)
    return {"DestinationBucketArn": f"arn:aws:s3:::{bucket}"}


def empty(event: Event) -> Attributes:
    """What the CDK's function behind auto_delete_objects does when a bucket goes."""
    if event["RequestType"] == "Delete":
        s3 = boto3.client("s3")
        bucket = event["ResourceProperties"]["BucketName"]
        for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
    return {}


def record_cluster(log: str) -> Callable[[Event], Attributes]:
    """Keep each event, and answer as the provider does: a flattened describe-cluster."""

    def answer(event: Event) -> Attributes:
        with open(log, "a", encoding="utf-8") as events:  # noqa: PTH123 -- a name is enough
            print(json.dumps(event), file=events)
        recording = Path(log).with_suffix(".recording")
        if event["RequestType"] == "Create" and recording.exists():
            name, until = recording.read_text().split()
            play(name, datetime.now(UTC), (0, float(until)))
        return {
            "clusterStatus": "CREATE_COMPLETE",
            "headNode.instanceId": "i-0123456789abcdef0",
            "headNode.privateIpAddress": "10.0.0.10",
            "headNode.publicIpAddress": "192.0.2.10",  # a documentation address, RFC 5737
        }

    return answer


def end_of_creation(stack: Stack) -> None:
    failed = stack.events[-1].resource_status == "ROLLBACK_IN_PROGRESS"
    stack.status = "ROLLBACK_COMPLETE" if failed else "CREATE_COMPLETE"
    stack._add_stack_event(stack.status)


def fill_gaps(log: str) -> None:
    custom = CustomResources({PCLUSTER: record_cluster(log), UPLOAD: upload, EMPTY: empty})
    Stack.mark_creation_complete = end_of_creation
    Stack.get_cfn_attribute = nested_stack_output
    RouteTable.delete = delete_route_table
    for name in ("create_from_cloudformation_json", "update_from_cloudformation_json"):
        setattr(Repository, name, with_policies(getattr(Repository, name)))
    delete_repository = Repository.delete
    Repository.delete = lambda repository, *where: (
        None if repository.stays else delete_repository(repository, *where)
    )
    CustomModel.create_from_cloudformation_json = custom.create
    CustomModel.update_from_cloudformation_json = custom.update

    def end(resource: CustomModel, account: str, _region: str) -> None:
        custom.end(resource)

    CustomModel.delete = end


def main() -> None:
    fill_gaps(sys.argv[1])
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ["AWS_ENDPOINT_URL"] = f"http://{host}:{port}"  # where `upload` finds its buckets
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
