"""Both sides get the same key, byte for byte, from a secret as AWS makes it."""

from __future__ import annotations

import base64
import stat
import subprocess
from importlib.resources import files

import boto3
import pytest

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.copied_secrets import token_key
from tests.constructs.password_cloud import REGION, PasswordPod
from tests.hybrid.seeds import HYBRID
from tests.pcs.judged import mistakes, only
from tests.stacks import plan_of

PLAN = plan_of(HYBRID).pcs


@pytest.fixture
def pod(tmp_path):
    pod = PasswordPod(tmp_path)
    yield pod
    pod.stop()


def chart(arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:Key-AbCdEf"):
    return token_key(PLAN, PLAN.clusters[0], secret_arn=arn)


def variables(arn):
    (container,) = only(chart(arn), "Deployment")["spec"]["template"]["spec"]["containers"]
    kept = ("PETAL_REGION", "PETAL_SECRET_ARN", "PETAL_SECRET_NAME", "PETAL_SECRET_KEY")
    return {each["name"]: each["value"] for each in container["env"] if each["name"] in kept}


def as_aws_makes_it(pod):
    """A secret whose text is generated, with the settings of the stack's own; its ARN."""
    client = boto3.client(
        "secretsmanager",
        region_name=REGION,
        endpoint_url=pod.aws["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    key = client.get_random_password(PasswordLength=64, ExcludePunctuation=True)["RandomPassword"]
    return pod.set_password(f'{{"password":"{key}"}}'), key.encode()


def test_slurmctld_and_the_head_node_have_the_same_bytes(pod):
    arn, key = as_aws_makes_it(pod)
    file = pod.folder / "keys/other-side.key"
    program = files("petal_constructs").joinpath("templates", "submit", "run.py")

    copied = pod.run(arn, **variables(arn))
    fetched = subprocess.run(
        ["python3", str(program), "petal-key", arn, REGION, str(file)],
        env=pod.aws,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (copied.returncode, fetched.returncode) == (0, 0), copied.stderr + fetched.stderr
    name, field = names.SHARED_KEY
    assert base64.b64decode(pod.api.secrets[name]["data"][field]) == file.read_bytes() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key.decode() not in copied.stdout + copied.stderr + fetched.stdout + fetched.stderr


def test_the_api_server_takes_every_object():
    assert mistakes(chart()) == []


def test_the_pod_may_write_one_secret_and_read_none():
    name, _ = names.SHARED_KEY

    assert only(chart(), "Role")["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["patch"], "resourceNames": [name]},
    ]
