"""Planted secrets are found, wherever they are; what is public is not."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import string

import pytest

from tests.manifests import secrets
from tests.manifests.judge import CHART, MANIFEST

RANDOM = random.Random(1)
BYTES = RANDOM.randbytes(48)
HEX = hashlib.sha256(b"planted").hexdigest()
BASE64 = base64.b64encode(BYTES).decode()

PLANTED = {
    "private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA",
    "AWS access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "AWS secret key": base64.b64encode(BYTES[:30]).decode(),
    "base64": BASE64,
    "base64 of URLs": base64.urlsafe_b64encode(BYTES).decode(),
    "hexadecimal": HEX,
    "letters": "".join(RANDOM.choices(string.ascii_letters + string.digits, k=48)),
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJlLW9m",
}
PUBLIC = {
    "asset": f"s3://bucket/{HEX}.zip",
    "digest of an image": f"registry.example.com/slurmd@sha256:{HEX}",
    "line of sha256sum": f"{HEX}  node/entry.sh",
    "integrity": f"sha512-{BASE64}",
    "public key": f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{BASE64} ana@example.com",
    "path": "/opt/petal/share/containers/modules/bioinformatics/samtools",
    "CamelCase": "ClusterKubectlHandlerRoleDefaultPolicyOfTheProviderFramework",
    "label": "nodeset.slinky.slurm.net/workload-disruption-protection-enabled",
    "label of CDK": f"aws.cdk.eks/prune-c8{HEX[:40]}",
    "ARN": "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicyForTests",
    "resolved later": "{{resolve:secretsmanager:records:SecretString:password}}",
}


def _template(kind, **properties):
    return {"Resources": {"X": {"Type": kind, "Properties": properties}}}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_secret_is_found_in_every_place(what, tmp_path):
    secret = PLANTED[what]
    config = {"kind": "ConfigMap", "data": {"slurm.conf": f"A=1\n# {secret}\n"}}
    (tmp_path / "asset.1").mkdir()
    (tmp_path / "asset.1/values.yaml").write_text(f"x: {secret}\n")

    assert secrets.in_template(_template("AWS::SSM::Parameter", Value=secret))
    assert secrets.in_template(_template(MANIFEST, Manifest=json.dumps([config])))
    assert secrets.in_template(_template(CHART, Values=json.dumps({"a": [secret]})))
    assert secrets.in_folder(tmp_path)


@pytest.mark.parametrize("what", PUBLIC)
def test_what_is_public_is_no_finding(what, tmp_path):
    (tmp_path / "file").write_text(f"x: {PUBLIC[what]}\n")

    assert secrets.in_template(_template("AWS::SSM::Parameter", Value=PUBLIC[what])) == []
    assert secrets.in_folder(tmp_path) == []


@pytest.mark.parametrize(
    "value",
    [
        {"MasterUserPassword": "summer"},
        {"env": [{"name": "SLURM_TOKEN", "value": "x1"}]},
        {"api_key": "x"},
        {"SecretString": "x"},
        {"kind": "Secret", "data": {"slurm.key": "eA=="}},
        {"kind": "Secret", "stringData": {"a": "b"}},
        {"list": [{"deep": {"clientSecret": "x"}}]},
    ],
)
def test_a_literal_under_a_telling_name_is_found(value):
    assert list(secrets.in_value(value, "here"))


@pytest.mark.parametrize(
    "value",
    [
        {"MasterUserPassword": {"Ref": "Secret"}},
        {"MasterUserPassword": "{{resolve:secretsmanager:records}}"},
        {"passwordKeyRef": {"name": "records", "key": "password"}},
        {"env": [{"name": "SLURM_TOKEN", "valueFrom": {"secretKeyRef": {"key": "token"}}}]},
        {"env": [{"name": "SLURM_JWT_TOKEN", "value": "/run/petal/token"}]},
        {"automountServiceAccountToken": False},
        {"secretName": "records"},
        {"kind": "Token", "spec": {"username": "slurm"}},
    ],
)
def test_a_reference_to_a_secret_is_none(value):
    assert list(secrets.in_value(value, "here")) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('password = "summer"', True),
        ("db_password: 'summer'", True),
        ("StoragePass=x\nslurm_token=abc123def456", True),
        ('password = os.environ["DB_PASSWORD"]', False),
        ("token = path.read_text()", False),
        ("password: {{ randAlphaNum 32 }}", False),
        ('TOKEN="$SLURM_JWT"', False),
        ('token = "/run/petal/token"', False),
    ],
)
def test_an_assignment_in_a_file_is_found_if_it_is_a_literal(line, found):
    assert bool(list(secrets.in_text(line, "here"))) is found


def test_a_finding_names_the_place_and_keeps_the_secret():
    template = _template("AWS::SSM::Parameter", Value=PLANTED["base64"])

    text = secrets.as_text(secrets.in_template(template))

    assert "template.Resources.X.Properties.Value" in text
    assert PLANTED["base64"] not in text


def test_logical_ids_are_known():
    name = "Handler" + HEX
    template = {"Resources": {name: {"Type": "T"}, "B": {"Type": "T", "DependsOn": [name]}}}

    assert secrets.in_template(template) == []


def test_binary_files_are_left_out(tmp_path):
    (tmp_path / "layer.zip").write_bytes(b"PK\0" + BASE64.encode())

    assert secrets.in_folder(tmp_path) == []
