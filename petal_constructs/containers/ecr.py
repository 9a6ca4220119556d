"""Amazon ECR: logging in, and the repositories that a push needs. Needs AWS credentials."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from petal_constructs.containers.references import ecr_account, ecr_region
from petal_constructs.containers.registry_client import Credentials
from petal_constructs.errors import ToolError

_PATIENCE_S: Final = 10


def own_registry(region: str) -> str:
    """Host of the registry of the credentials' account.

    Raises:
        ToolError: AWS does not answer these credentials.
    """
    return str(_token(region)["proxyEndpoint"]).removeprefix("https://")


def ecr_login(host: str) -> Credentials:
    """Credentials for a registry; they last 12 hours.

    Raises:
        ToolError: AWS does not answer these credentials.
    """
    token = _token(ecr_region(host) or "")["authorizationToken"]
    username, _, password = base64.b64decode(token).decode().partition(":")
    return Credentials(username, password)


def missing_repositories(host: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Those repositories of a registry that do not exist.

    Raises:
        ToolError: AWS does not tell.
    """
    client = _client(ecr_region(host) or "")
    with _told("ecr:DescribeRepositories", f"which repositories {host} has"):
        return tuple(path for path in paths if not _exists(client, host, path))


def create_repository(host: str, path: str) -> None:
    """Make a repository whose tags stay what they are, and whose images are scanned.

    Raises:
        ToolError: AWS does not let these credentials.
    """
    with _told("ecr:CreateRepository", f"a repository {path} in {host}"):
        _client(ecr_region(host) or "").create_repository(
            registryId=ecr_account(host),
            repositoryName=path,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
        )


@dataclass(frozen=True, slots=True)
class TaggedImage:
    """An image, or a list of images, that a tag stands for."""

    digest: str
    pushed: datetime


def tagged_image(host: str, path: str, tag: str) -> TaggedImage | None:
    """What a tag of a repository stands for; None if there is none.

    Raises:
        ToolError: AWS does not tell.
    """
    client = _client(ecr_region(host) or "")
    with _told("ecr:DescribeImages", f"what {host}/{path} has"):
        try:
            told = client.describe_images(
                registryId=ecr_account(host), repositoryName=path, imageIds=[{"imageTag": tag}]
            )
        except (
            client.exceptions.ImageNotFoundException,
            client.exceptions.RepositoryNotFoundException,
        ):
            return None
    found = told["imageDetails"][0]
    return TaggedImage(found["imageDigest"], found["imagePushedAt"])


def _exists(client: Any, host: str, path: str) -> bool:
    try:
        client.describe_repositories(registryId=ecr_account(host), repositoryNames=[path])
    except client.exceptions.RepositoryNotFoundException:
        return False
    return True


def _token(region: str) -> dict[str, Any]:
    with _told("ecr:GetAuthorizationToken", f"a login for ECR in {region}"):
        found: dict[str, Any] = _client(region).get_authorization_token()["authorizationData"][0]
    return found


def _client(region: str) -> Any:
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=_PATIENCE_S, retries={"mode": "standard"})
    return boto3.client("ecr", region_name=region, config=patience)


@contextmanager
def _told(right: str, what: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ToolError(
            f"AWS does not give {what}: {error}\n"
            f"hint: petal doctor checks credentials; they need {right}"
        ) from error
