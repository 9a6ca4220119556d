"""The pod `petal-images`: what it may, what it is given, and when it comes and goes."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from pathlib import Path

import aws_cdk as cdk
import pytest

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.images import images
from petal_constructs.platforms.pcs.image_access import ImageAccess
from petal_constructs.platforms.pcs.manifests import everything
from petal_constructs.platforms.pcs.programs import programs as of_chart
from petal_constructs.platforms.pcs.rendering import placeholders
from petal_constructs.platforms.pcs.software import NO_SOFTWARE
from petal_constructs.render.pod_images import path, programs, tables
from tests.manifests import graph, judge
from tests.manifests.policies import Pod, allowed
from tests.manifests.rbac import Who, may
from tests.need import missing, need_tool
from tests.oracles.templates import cfn_lint_errors, nag
from tests.pcs.judged import only
from tests.pcs.plans import SOFTWARE, TENANTS, plan_of, pushed_plan
from tests.rights import Rights, resolved
from tests.stacks import resources, synthesised

NO_ECR = "\n".join(line for line in SOFTWARE.splitlines() if "dkr.ecr" not in line)
LAB = "arn:aws:ecr:eu-west-1:210987654321:repository/lab/tools"


def provider(plan):
    return only(images(plan, plan.clusters[0]), "Deployment")["spec"]["template"]["spec"]


class TestProvider:
    """The pod `petal-images`."""

    def test_it_has_root_and_few_rights_and_no_token(self):
        pod = provider(pushed_plan())
        main, passwords = pod["containers"]

        assert pod["automountServiceAccountToken"] is False
        assert pod["nodeSelector"] == {names.ROLE_LABEL: "system"}
        context = main["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"]["drop"] == ["ALL"]
        assert not {"SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE"} & {
            *context["capabilities"]["add"]
        }
        assert passwords["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert passwords["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}

    def test_passwords_are_asked_for_where_an_image_lies_in_ecr_and_stay_in_memory(self):
        pod = provider(pushed_plan())

        (memory,) = (v["emptyDir"] for v in pod["volumes"] if v["name"] == "passwords")
        assert memory["medium"] == "Memory"
        without = provider(pushed_plan(NO_ECR))
        assert [container["name"] for container in without["containers"]] == ["images"]
        assert "passwords" not in [volume["name"] for volume in without["volumes"]]

    def test_it_finds_programs_and_tables_where_they_say(self):
        plan = pushed_plan()
        (source,) = (v for v in provider(plan)["volumes"] if v["name"] == "source")
        shown = {
            item["key"]: item["path"]
            for each in source["projected"]["sources"]
            for item in each["configMap"]["items"]
        }
        data = only_map(images(plan, plan.clusters[0]), names.IMAGE_TABLES)

        assert shown == {key: path(key) for key in (*programs(), *data)}
        assert set(data) == set(tables([], [], *_machines()))
        assert of_chart()[names.IMAGES_FILES] == programs()

    def test_it_pulls_what_has_modules_and_nothing_that_was_mounted(self):
        plan = pushed_plan()
        data = only_map(images(plan, plan.clusters[0]), names.IMAGE_TABLES)

        listed = data["data__containers__images.tsv"].splitlines()
        assert [row.split("\t")[0] for row in listed] == ["gatk", "lab"]
        assert plan.software.waiting == ("late",)

    def test_new_programs_start_a_new_pod_and_new_images_do_not(self):
        plan, fewer = pushed_plan(), pushed_plan(SOFTWARE.replace("broad/gatk:4.3", "broad/gatk:4"))
        templates = [
            only(images(each, each.clusters[0]), "Deployment")["spec"]["template"]
            for each in (plan, fewer)
        ]

        assert templates[0] == templates[1]
        assert "petal.dev/programs" in templates[0]["metadata"]["annotations"]


FILE_CAPABILITY = "0100000200200000000000000000000000000000"
"""CAP_NET_RAW, as `security.capability` holds it."""
NEEDS = {
    "CHOWN": "chown 1234:5678 file",
    "DAC_OVERRIDE": "install -d -o 1234 -m 700 theirs; touch theirs/file",
    "FOWNER": "chown 1234 file; chmod 600 file",
    "FSETID": "chown 1234:5678 file; chmod 2755 file; test -g file",
    "KILL": "timeout 1 setpriv --reuid=65534 sleep 3 || test $SECONDS -lt 3",
    "MKNOD": "mknod null c 1 3",
    "SETFCAP": f"""python3 -c 'import os
os.setxattr("file", "security.capability", bytes.fromhex("{FILE_CAPABILITY}"))'""",
    "SETGID": "setpriv --regid=65534 --clear-groups true",
    "SETUID": "setpriv --reuid=65534 true",
}
"""Capability -> what needs it, of layers of images or of programs of the pod."""


@pytest.mark.parametrize("name", NEEDS)
def test_each_capability_of_the_provider_is_needed_and_they_are_enough(name, tmp_path):
    if os.geteuid() != 0:
        missing("root", "run this test as root")
    setpriv = need_tool("setpriv", "apt-get install util-linux")
    main, _ = provider(pushed_plan())["containers"]
    allowed_ones = main["securityContext"]["capabilities"]["add"]

    def ends(capabilities, folder):
        folder.mkdir()
        (folder / "file").touch()
        kept = ",".join(["-all", *(f"+{each.lower()}" for each in capabilities)])
        limits = [f"--bounding-set={kept}", "--inh-caps=-all", "--no-new-privs"]
        script = ["bash", "-ec", NEEDS[name]]
        return subprocess.run([setpriv, *limits, *script], cwd=folder, check=False).returncode

    assert sorted(allowed_ones) == sorted(NEEDS)
    assert ends(allowed_ones, tmp_path / "with") == 0
    assert ends(set(allowed_ones) - {name}, tmp_path / "without") != 0


def _machines():
    from petal_constructs.catalog.containers import CONTAINERS

    return CONTAINERS.apptainer, tuple(CONTAINERS.machines.values())


def only_map(chart, name):
    (found,) = (o for o in chart.objects if o["metadata"]["name"] == name and "data" in o)
    return found["data"]


class TestNetwork:
    """Whom `petal-images` may speak to."""

    def known(self, text):
        plan = pushed_plan(text)
        return [o for chart in everything(plan, placeholders(plan)) for o in chart.objects]

    def pod(self):
        return Pod("hpc-jobs", (("app.kubernetes.io/name", names.IMAGES_ACCOUNT),), ip="10.0.0.9")

    @pytest.mark.parametrize("port", [80, 443])
    def test_it_reaches_archives_and_registries(self, port):
        assert allowed(self.known(SOFTWARE), self.pod(), "185.125.190.36", port)

    def test_it_asks_for_rights_only_where_an_image_lies_in_ecr(self):
        agent = "169.254.170.23"
        assert allowed(self.known(SOFTWARE), self.pod(), agent, 80)
        assert not allowed(self.known(NO_ECR), self.pod(), agent, 80)

    def test_it_never_reaches_the_rights_of_its_node_or_another_namespace(self):
        for text in (SOFTWARE, NO_ECR):
            known = self.known(text)
            assert not allowed(known, self.pod(), "169.254.169.254", 80)
            other = Pod("hpc-pharma", (("app.kubernetes.io/name", "slurmd"),), ip="10.0.0.8")
            assert not allowed(known, self.pod(), other, 6818)

    def test_kubernetes_gives_it_no_right(self):
        known = self.known(SOFTWARE)
        who = Who.service_account("hpc-jobs", names.IMAGES_ACCOUNT)
        for verb in ("get", "list", "create", "patch", "delete"):
            for what in ("pods", "secrets", "configmaps", "nodesets.slinky.slurm.net"):
                assert not may(known, who, verb, what, "hpc-jobs")


@pytest.fixture(scope="module")
def template():
    return synthesised(pushed_plan())


class TestStack:
    """The whole stack."""

    def test_software_comes_before_slurm_and_goes_after_it(self, template):
        (provided,) = (
            name
            for name, bodies in judge.manifests(template).items()
            if any(body["metadata"]["name"] == names.IMAGE_TABLES for body in bodies)
        )
        slurm = judge.holding(template, "LoginSet") | judge.holding(template, "NodeSet")

        assert slurm
        assert graph.out_of_order(template, [provided], slurm) == []

    def test_the_last_image_takes_the_pod_that_provides_software(self, template):
        plan = dataclasses.replace(pushed_plan(), software=NO_SOFTWARE)
        came, went, _ = graph.differences(template, synthesised(plan))

        kinds = sorted(template["Resources"][name]["Type"] for name in went)
        assert came == set()
        assert kinds == [
            "AWS::EKS::PodIdentityAssociation",
            "AWS::IAM::Role",
            "Custom::AWSCDK-EKS-KubernetesResource",
        ]


class TestRights:
    """Rights of `petal-images` in AWS, as CloudFormation will make them."""

    @staticmethod
    def app(folder, plan):
        app = cdk.App(outdir=str(folder))
        stack = cdk.Stack(app, "Stack", env=cdk.Environment(region="us-east-1"))
        ImageAccess(stack, "Images", plan=plan, cluster_name="soft")
        return app

    def template(self, folder, plan):
        self.app(folder, plan).synth()
        return json.loads(Path(folder, "Stack.template.json").read_text())

    def test_it_pulls_the_images_of_the_seed_and_does_nothing_else(self, tmp_path):
        found = self.template(tmp_path, pushed_plan())
        (role,) = resources(found, "AWS::IAM::Role").values()
        (policy,) = role["Properties"]["Policies"]
        (association,) = resources(found, "AWS::EKS::PodIdentityAssociation").values()
        statements = policy["PolicyDocument"]["Statement"]
        may_pull = Rights(tuple(resolved(statement, found) for statement in statements))

        assert may_pull.allow("ecr:BatchGetImage", LAB)
        assert may_pull.allow("ecr:GetAuthorizationToken", "*")
        assert not may_pull.allow("ecr:BatchGetImage", f"{LAB}-2")
        assert not may_pull.allow("ecr:PutImage", LAB)
        assert association["Properties"]["ServiceAccount"] == names.IMAGES_ACCOUNT

    def test_without_an_image_in_ecr_there_is_no_role(self, tmp_path):
        assert "Resources" not in self.template(tmp_path, pushed_plan(NO_ECR))

    def test_a_namespace_that_pulls_nothing_from_it_gets_no_role(self, tmp_path):
        text = TENANTS.replace("max_count: 4}", "max_count: 4, containers: [py]}")
        text = text.replace("max_count: 20}", "max_count: 20, containers: [lab]}")
        lab = "{name: lab, image: 210987654321.dkr.ecr.eu-west-1.amazonaws.com/l/t, modules: [t]}"
        py = "{name: py, image: quay.io/lab/py, modules: [py]}"
        found = self.template(tmp_path, plan_of(f"{text}software: {{containers: [{lab}, {py}]}}\n"))

        associations = resources(found, "AWS::EKS::PodIdentityAssociation").values()
        assert [each["Properties"]["Namespace"] for each in associations] == ["hpc-jobs"]

    def test_judges_find_nothing(self, tmp_path):
        found = self.template(tmp_path / "lint", pushed_plan())

        assert cfn_lint_errors(found, "us-east-1") == []
        findings = nag(self.app(tmp_path / "nag", pushed_plan()))
        assert [str(finding) for finding in findings if not finding.reason] == []
