"""The accounting database: what is made, what survives, and the way of its password."""

from __future__ import annotations

import base64
import json
import signal

import aws_cdk as cdk
import pytest

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.constructs.database import AccountingDatabase
from petal_constructs.constructs.storage import Place
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.accounting import SecretAccess
from petal_constructs.platforms.pcs.charts.copied_secrets import database_password
from tests.constructs.password_cloud import PasswordPod
from tests.oracles.templates import cfn_lint_errors, nag
from tests.pcs.judged import mistakes, only
from tests.pcs.plans import GPU, TENANTS, plan_of
from tests.stacks import resources, synthesised

NODES = "sg-0123456789abcdef0"
SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
PLACE = Place("vpc-0123456789abcdef0", SUBNETS, NODES)
SECRET = "DatabasePassword6A86E5CA"
ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:slurm-AbCdEf"


def build(folder, plan):
    app = cdk.App(outdir=str(folder))
    stack = cdk.Stack(app, "Hpc", env=cdk.Environment(region="us-east-1"))
    database = AccountingDatabase(stack, "Database", place=PLACE)
    SecretAccess(
        stack,
        "Access",
        service_account=names.DATABASE_ACCOUNT,
        namespaces=[slurm.namespace for slurm in plan.clusters if slurm.accounting],
        cluster_name="hpc",
        secret_arn=database.secret_arn,
    )
    return app


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("database")
    build(folder, plan_of(TENANTS)).synth()
    return json.loads((folder / "Hpc.template.json").read_text())


def the(template, kind):
    (found,) = resources(template, kind).values()
    return found


def chart():
    plan = plan_of(GPU)
    return database_password(plan, plan.clusters[0], secret_arn=ARN)


def test_ids_of_what_holds_state_are_a_contract():
    """A new logical id is a new, empty database."""
    stack = synthesised(plan_of(GPU))

    assert list(resources(stack, "AWS::RDS::DBInstance")) == ["ClusterDatabase27E42338"]
    assert list(resources(stack, "AWS::SecretsManager::Secret")) == [
        "ClusterDatabasePasswordEE413186"
    ]


def test_the_pod_that_needs_a_right_is_made_after_it():
    """A pod gets its rights when it is made, or never."""
    stack = synthesised(plan_of(GPU))

    (host,) = resources(stack, "AWS::RDS::DBInstance")
    rights = {
        name
        for name, found in resources(stack, "AWS::EKS::PodIdentityAssociation").items()
        if found["Properties"]["ServiceAccount"] == names.DATABASE_ACCOUNT
    }
    (pods,) = [
        found
        for found in resources(stack, "Custom::AWSCDK-EKS-KubernetesResource").values()
        if FACTS.images.aws_cli in json.dumps(found)
    ]
    assert {"Fn::GetAtt": [host, "Endpoint.Address"]} in pods["Properties"]["Manifest"]["Fn::Join"][
        1
    ]
    assert rights
    assert rights <= set(stack["Resources"][host]["DependsOn"])


def test_cloudformation_takes_it(template):
    assert cfn_lint_errors(template, "us-east-1") == []


def test_no_finding_of_cdk_nag_is_left_without_a_reason(tmp_path):
    findings = nag(build(tmp_path, plan_of(TENANTS)))

    assert [str(finding) for finding in findings if not finding.reason] == []
    assert findings


def test_records_survive_the_end_of_the_database(template):
    database = the(template, "AWS::RDS::DBInstance")

    assert (database["DeletionPolicy"], database["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")
    assert database["Properties"]["BackupRetentionPeriod"] == 7
    assert database["Properties"]["StorageEncrypted"] is True


def test_only_the_nodes_reach_it_and_from_nowhere_else(template):
    rule = the(template, "AWS::EC2::SecurityGroupIngress")["Properties"]
    database = the(template, "AWS::RDS::DBInstance")["Properties"]

    assert (rule["SourceSecurityGroupId"], rule["FromPort"], rule["ToPort"]) == (NODES, 3306, 3306)
    assert database["PubliclyAccessible"] is False
    assert the(template, "AWS::RDS::DBSubnetGroup")["Properties"]["SubnetIds"] == [*SUBNETS]


def test_the_template_names_the_password_and_does_not_hold_it(template):
    password = the(template, "AWS::RDS::DBInstance")["Properties"]["MasterUserPassword"]
    secret = the(template, "AWS::SecretsManager::Secret")["Properties"]

    assert password == {
        "Fn::Join": [
            "",
            [
                "{{resolve:secretsmanager:",
                {"Ref": SECRET},
                ":SecretString:password}}",
            ],
        ]
    }
    assert secret["GenerateSecretString"]["GenerateStringKey"] == "password"
    assert secret["GenerateSecretString"]["ExcludePunctuation"] is True


def test_it_has_the_settings_that_slurmdbd_asks_for(template):
    parameters = the(template, "AWS::RDS::DBParameterGroup")["Properties"]

    assert parameters["Parameters"] == dict(FACTS.database.parameters)
    assert int(parameters["Parameters"]["innodb_lock_wait_timeout"]) >= 900
    assert int(parameters["Parameters"]["max_allowed_packet"]) >= 16 * 2**20


def test_one_account_in_namespaces_with_records_may_read_one_secret(template):
    statements = the(template, "AWS::IAM::Role")["Properties"]["Policies"][0]["PolicyDocument"]
    associations = resources(template, "AWS::EKS::PodIdentityAssociation").values()

    assert statements["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": {"Ref": SECRET},
        }
    ]
    assert [
        (found["Properties"]["Namespace"], found["Properties"]["ServiceAccount"])
        for found in associations
    ] == [("hpc-jobs", names.DATABASE_ACCOUNT)]


def test_the_api_server_takes_every_object():
    assert mistakes(chart()) == []


def test_the_pod_may_write_one_secret_and_read_none():
    name, _ = names.DATABASE_PASSWORD

    assert only(chart(), "Role")["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["patch"], "resourceNames": [name]},
    ]


def test_the_pod_keeps_what_it_reads_in_memory():
    spec = only(chart(), "Deployment")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    variables = {each["name"]: each["value"] for each in container["env"]}
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}

    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert spec["volumes"][1]["emptyDir"]["medium"] == "Memory"
    assert variables["PETAL_MEMORY"] == variables["HOME"] == mounts["memory"]


@pytest.fixture
def pod(tmp_path):
    pod = PasswordPod(tmp_path)
    yield pod
    pod.stop()


def stored(pod):
    name, key = names.DATABASE_PASSWORD
    return base64.b64decode(pod.api.secrets[name]["data"][key]).decode()


@pytest.mark.parametrize("command", [3, 6, 9, 12, 15])
def test_a_copy_that_was_killed_is_made_again_and_leaves_nothing_behind(pod, command):
    arn = pod.set_password('{"username": "slurm", "password": "first"}')
    assert pod.run(arn).returncode == 0
    pod.set_password('{"username": "slurm", "password": "second"}')
    trap = pod.folder / "trap.sh"
    trap.write_text(f"set -T; trap '((++commands < {command})) || kill -9 $$' DEBUG\n")

    assert pod.run(arn, BASH_ENV=str(trap)).returncode == -signal.SIGKILL
    assert stored(pod) in {"first", "second"}

    assert pod.run(arn).returncode == 0
    assert (stored(pod), pod.left_over()) == ("second", [])


def test_the_password_arrives_and_follows_a_change(pod):
    arn = pod.set_password('{"username": "slurm", "password": "first"}')
    assert pod.run(arn).returncode == 0
    assert stored(pod) == "first"

    pod.set_password('{"username": "slurm", "password": "second"}')
    assert pod.run(arn).returncode == 0
    assert stored(pod) == "second"
    assert [method for method, _ in pod.api.requests] == ["PATCH", "POST", "PATCH"]


def test_the_password_is_never_printed_and_leaves_nothing_behind(pod):
    arn = pod.set_password('{"username": "slurm", "password": "hunter2hunter2"}')

    done = pod.run(arn, "-x")

    assert (done.returncode, stored(pod)) == (0, "hunter2hunter2")
    assert "curl" in done.stderr, "bash showed no command line"
    assert "hunter2" not in done.stderr + done.stdout
    assert base64.b64encode(b"hunter2hunter2").decode() not in done.stderr + done.stdout
    assert pod.left_over() == []


@pytest.mark.parametrize("text", ["", "not json", '{"username": "slurm"}', '{"password": 5}'])
def test_what_is_no_password_is_not_stored(pod, text):
    done = pod.run(pod.set_password(text or " "))

    assert done.returncode == 1
    assert pod.api.requests == []
    assert pod.left_over() == []


@pytest.mark.parametrize("status", [403, 500])
def test_a_refusal_of_the_api_server_is_an_error(pod, status):
    pod.api.answer = status

    done = pod.run(pod.set_password('{"password": "first"}'))

    assert done.returncode == 1
    assert f"the API server answers {status}" in done.stderr


def test_a_secret_that_is_not_there_is_an_error(pod):
    assert pod.run(ARN).returncode == 1
    assert pod.api.requests == []


def test_the_password_is_not_told_to_who_is_not_the_api_server(pod):
    pod.distrust()

    done = pod.run(pod.set_password('{"password": "first"}'))

    assert done.returncode == 1
    assert pod.api.requests == []
