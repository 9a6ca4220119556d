"""A good object of each kind passes; one planted typo is caught."""

from __future__ import annotations

import copy
from functools import reduce
from pathlib import Path

import pytest
import yaml

from tests.manifests import crds
from tests.need import need_oracles

VERSION = "1.36"
SAMPLES = {
    found["kind"]: found
    for found in yaml.safe_load_all(Path(__file__).with_name("samples.yaml").read_text())
}

TYPOS = [
    # kind, place, value, what the finding says
    ("Namespace", "metadata.label", {"a": "b"}, "label"),
    ("Namespace", "metadata.name", "hpc_physics", "is no name"),
    ("Namespace", "metadata.name", "hpc.physics", "is no name"),
    ("Namespace", "metadata.labels.petal/x", "a" * 64, "is no label"),
    ("ResourceQuota", "spec.hards", {}, "hards"),
    ("ResourceQuota", "spec.hard.pods", "20 pods", "is no quantity"),
    ("LimitRange", "spec.limits.0.kind", "Container", "kind"),
    ("LimitRange", "spec.limits.0.defaultRequest.memory", "64MiB", "is no quantity"),
    ("NetworkPolicy", "spec.policyType", ["Ingress"], "policyType"),
    ("NetworkPolicy", "spec.ingress", [{"from": [{"podSelectors": {}}]}], "podSelectors"),
    ("NetworkPolicy", "spec.policyTypes", ["Ingres"], "is none of Egress, Ingress"),
    ("Job", "spec.template.spec.restartPolicy", "Nevr", "is none of"),
    ("NodeSet", "spec.template.spec.tolerations.0.effect", "NoShedule", "is none of"),
    ("PersistentVolumeClaim", "spec.accessModes", ["ReadWriteMeny"], "is none of"),
    ("Role", "rules.0.resource", "pods", "resource"),
    ("Role", "rules.0.verbs", "get", "array"),
    ("RoleBinding", "subjects.0.kindd", "Group", "kindd"),
    ("RoleBinding", "roleRef.name", None, "name"),
    ("ClusterRole", "rule", [], "rule"),
    ("ClusterRoleBinding", "subject", [], "subject"),
    ("ServiceAccount", "automountToken", False, "automountToken"),
    ("ConfigMap", "data.uid", 2001, "2001"),
    ("Service", "spec.ports.0.targetport", 80, "targetport"),
    ("Deployment", "spec.template.spec.containers.0.resource", {}, "resource"),
    ("Deployment", "spec.replicas", "1", "integer"),
    ("DaemonSet", "spec.replicas", 1, "replicas"),
    ("Job", "spec.backofLimit", 1, "backofLimit"),
    ("CronJob", "spec.schedules", "* * * * *", "schedules"),
    ("PodDisruptionBudget", "spec.maxUnavailble", 1, "maxUnavailble"),
    ("PriorityClass", "value", "high", "integer"),
    ("StorageClass", "parameter", {}, "parameter"),
    ("StorageClass", "apiVersion", "storage.k8s.io/v3", "v3"),
    ("PersistentVolume", "spec.csi.volumeHandel", "fs-1", "volumeHandel"),
    ("PersistentVolumeClaim", "spec.resources.requests.storage", "100GB", "is no quantity"),
    ("NodePool", "spec.template.spec.expiresAfter", "Never", "expiresAfter"),
    ("NodePool", "spec.template.spec.requirements.0.values", [], "operator 'In'"),
    ("NodePool", "spec.template.spec.requirements.0.key", "karpenter.sh/typo", "domain"),
    ("NodePool", "spec.disruption.budgets.0.nodes", "half", "half"),
    ("NodePool", "spec.disruption.budgets.0.schedule", "@daily", "'schedule' must be set"),
    ("NodePool", "metadata.labels", {"a": "b c"}, "is no label"),
    ("EC2NodeClass", "spec.amiSelectorTerms.0.id", "ami-0123456789abcdef0", "alias"),
    ("EC2NodeClass", "spec.amiSelectorTerms.0.alias", "al2024@latest", "family"),
    ("EC2NodeClass", "spec.instanceProfile", "petal", "role"),
    ("EC2NodeClass", "spec.subnetSelectorTerm", [], "subnetSelectorTerm"),
    ("EC2NodeClass", "spec.instanceStorePolicy", "RAID1", "RAID1"),
    ("Controller", "spec.jwtKeyRef", None, "jwtKeyRef"),
    ("Controller", "spec.clustername", "demo", "clustername"),
    ("Controller", "spec.slurmctld.imagePullPolice", "Always", "imagePullPolice"),
    ("Controller", "spec.reconfigure.imag", "x", "imag"),
    ("Controller", "spec.template.spec.nodeselector", {}, "nodeselector"),
    ("RestApi", "spec.replica", 1, "replica"),
    ("RestApi", "spec.service.spec.typ", "ClusterIP", "typ"),
    ("NodeSet", "spec.replicas", "0", "integer"),
    ("NodeSet", "spec.scaleMode", "StatefulSet", "scaleMode"),
    ("NodeSet", "spec.partition.enabled", "no", "boolean"),
    ("NodeSet", "spec.slurmd.volumeMounts.0.path", "/home", "path"),
    ("NodeSet", "spec.slurmd.resources", {"limits": {"memory": "16Gib"}}, "is no quantity"),
    ("NodeSet", "spec.logfile.commands", [], "commands"),
    ("NodeSet", "spec.template.spec.tolerations.0.keys", "x", "keys"),
    ("NodeSet", "spec.template.spec.initContainers", [{"name": "a", "imag": "b"}], "imag"),
    ("NodeSet", "spec.volumeClaimTemplates", [{"spec": {"accessMode": []}}], "accessMode"),
    ("NodeSet", "metadata.namespaces", "x", "namespaces"),
    ("LoginSet", "spec.sssdConfRef", None, "sssdConfRef"),
    ("LoginSet", "spec.login.env", [{"named": "A"}], "'name' is a required"),
    ("LoginSet", "spec.initconf.imag", "x", "imag"),
    ("LoginSet", "spec.service.spec.loadBalancerSourceRange", [], "loadBalancerSourceRange"),
    ("Accounting", "spec.storageConfig.password", "x", "password"),
    ("Accounting", "spec.slurmdbd.port", 1, "port"),
    ("TargetGroupBinding", "spec.serviceRef.port", None, "port"),
    ("TargetGroupBinding", "spec.targetGroupArn", "arn:aws:x", "targetGroupArn"),
    ("TargetGroupBinding", "spec.targetType", "pod", "pod"),
    ("Token", "spec.username", None, "username"),
    ("Token", "spec.lifetimes", "1h", "lifetimes"),
]


@pytest.fixture
def folder():
    return need_oracles("crds")


def _planted(kind, place, value):
    """The good sample of a kind with one field changed, or removed where the value is None."""
    bad = copy.deepcopy(SAMPLES[kind])
    *way, last = (int(step) if step.isdecimal() else step for step in _steps(place))
    target = reduce(lambda part, step: part[step], way, bad)
    if value is None:
        del target[last]
    else:
        target[last] = value
    return bad


def _steps(place):
    head, label, key = place.partition("labels.")
    return [*head.split(".")[:-1], "labels", key] if label else place.split(".")


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_good_object_passes(kind, folder):
    assert crds.errors(SAMPLES[kind], VERSION, folder) == []


@pytest.mark.parametrize(
    ("kind", "place", "value", "said"), TYPOS, ids=[f"{t[0]}-{n}" for n, t in enumerate(TYPOS)]
)
def test_a_planted_typo_is_caught(kind, place, value, said, folder):
    errors = crds.errors(_planted(kind, place, value), VERSION, folder)

    assert said in "\n".join(errors)
    assert len(errors) < 4


def test_each_kind_has_a_typo():
    assert {kind for kind, *_ in TYPOS} == set(SAMPLES)


def test_a_kind_that_nobody_defines_is_an_error(folder):
    unknown = {"apiVersion": "petal.dev/v1", "kind": "Blossom", "metadata": {"name": "x"}}

    assert "Blossom" in crds.errors(unknown, VERSION, folder)[0]


def test_a_kind_that_the_version_of_kubernetes_lacks_is_an_error(folder):
    beta = {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget"}
    beta["metadata"] = {"name": "login"}

    assert "policy/v1beta1" in crds.errors(beta, VERSION, folder)[0]


def test_every_free_part_of_every_definition_has_a_type(folder):
    def free(schema, place=""):
        if schema.get("x-kubernetes-preserve-unknown-fields"):
            yield place.removeprefix(".spec.")
        for key, child in schema.get("properties", {}).items():
            yield from free(child, f"{place}.{key}")

    slinky = [s for (api, _), s in crds.definitions(folder).items() if "slinky" in api]

    assert {place for schema in slinky for place in free(schema)} == set(crds.FREE)


def test_every_rule_of_the_definitions_can_be_compiled(folder):
    from tests.manifests.rules import _compiled

    def rules(schema):
        if isinstance(schema, dict):
            yield from (r["rule"] for r in schema.get("x-kubernetes-validations", ()))
            for child in schema.values():
                yield from rules(child)
        elif isinstance(schema, list):
            for child in schema:
                yield from rules(child)

    found = {rule for schema in crds.definitions(folder).values() for rule in rules(schema)}

    assert len(found) > 50
    for rule in found:
        if "oldSelf" not in rule:
            _compiled(rule)
