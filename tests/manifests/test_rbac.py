"""Truth tables; the roles are the examples of Kubernetes' documentation."""

from __future__ import annotations

import pytest
import yaml

from tests.manifests.rbac import Who, may

EXAMPLES = list(
    yaml.safe_load_all("""
kind: Role
metadata: {namespace: default, name: pod-reader}
rules: [{apiGroups: [""], resources: [pods, pods/log], verbs: [get, watch, list]}]
---
kind: RoleBinding
metadata: {name: read-pods, namespace: default}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: Role, name: pod-reader, apiGroup: rbac.authorization.k8s.io}
---
kind: ClusterRole
metadata: {name: secret-reader}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get, watch, list]}]
---
kind: RoleBinding
metadata: {name: read-secrets, namespace: development}
subjects: [{kind: User, name: dave, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: ClusterRole, name: secret-reader, apiGroup: rbac.authorization.k8s.io}
---
kind: ClusterRoleBinding
metadata: {name: read-secrets-global}
subjects: [{kind: Group, name: manager, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: ClusterRole, name: secret-reader, apiGroup: rbac.authorization.k8s.io}
---
kind: Role
metadata: {namespace: default, name: configmap-updater}
rules:
- {apiGroups: [""], resources: [configmaps], resourceNames: [my-configmap], verbs: [update, get]}
---
kind: RoleBinding
metadata: {namespace: default, name: configmap-updaters}
subjects: [{kind: ServiceAccount, name: updater}]
roleRef: {kind: Role, name: configmap-updater}
---
kind: Role
metadata: {namespace: default, name: scaler}
rules: [{apiGroups: [slinky.slurm.net], resources: [nodesets/scale], verbs: [patch]}]
---
kind: RoleBinding
metadata: {namespace: default, name: scalers}
subjects: [{kind: ServiceAccount, name: scaler, namespace: default}]
roleRef: {kind: Role, name: scaler}
""")
)
JANE, DAVE, MANAGER = Who("jane"), Who("dave"), Who.group("manager")
UPDATER, SCALER = (
    Who.service_account("default", "updater"),
    Who.service_account("default", "scaler"),
)
SCALE = "nodesets.slinky.slurm.net/scale"


@pytest.mark.parametrize(
    ("who", "verb", "what", "namespace", "expected"),
    [
        (JANE, "get", "pods", "default", True),
        (JANE, "get", "pods/log", "default", True),
        (JANE, "create", "pods/exec", "default", False),
        (JANE, "delete", "pods", "default", False),
        (JANE, "get", "pods", "development", False),
        (JANE, "get", "pods", None, False),
        (JANE, "get", "pods.metrics.k8s.io", "default", False),
        (DAVE, "get", "secrets", "development", True),
        (DAVE, "get", "secrets", "default", False),
        (DAVE, "list", "secrets", None, False),
        (MANAGER, "list", "secrets", None, True),
        (MANAGER, "list", "secrets", "development", True),
        (Who.group("managers"), "list", "secrets", None, False),
        (SCALER, "patch", SCALE, "default", True),
        (SCALER, "patch", SCALE, "development", False),
        (SCALER, "patch", "nodesets.slinky.slurm.net", "default", False),
        (SCALER, "patch", "nodesets/scale", "default", False),
        (Who.service_account("other", "scaler"), "patch", SCALE, "default", False),
        (UPDATER, "update", "configmaps", "default", False),
    ],
)
def test_the_examples_of_the_documentation(who, verb, what, namespace, expected):
    assert may(EXAMPLES, who, verb, what, namespace) is expected


@pytest.mark.parametrize(("name", "expected"), [("my-configmap", True), ("other", False)])
def test_a_rule_may_be_for_one_object_only(name, expected):
    assert may(EXAMPLES, UPDATER, "update", "configmaps", "default", name) is expected


def _cluster_wide(group, **rule):
    return [
        {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": [rule]},
        {
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "b"},
            "subjects": [{"kind": "Group", "name": group}],
            "roleRef": {"kind": "ClusterRole", "name": "r"},
        },
    ]


def test_stars_grant_everything():
    admins = _cluster_wide("admins", apiGroups=["*"], resources=["*"], verbs=["*"])

    assert may(admins, Who.group("admins"), "create", "pods/exec", "default")
    assert may(admins, Who.group("admins"), "delete", SCALE)
    assert not may(admins, Who.group("others"), "get", "pods")


def test_everybody_is_authenticated():
    everybody = _cluster_wide(
        "system:authenticated", apiGroups=[""], resources=["*/status"], verbs=["get"]
    )

    assert may(everybody, Who("anybody"), "get", "pods/status")
    assert not may(everybody, Who("anybody"), "get", "pods")


def test_a_role_that_is_not_there_is_no_answer():
    bound = _cluster_wide("g", apiGroups=[""], resources=["pods"], verbs=["get"])[1:]

    with pytest.raises(LookupError, match="binds a ClusterRole that is not here: r"):
        may(bound, Who.group("g"), "get", "pods")
