"""Every pcs seed before its judges: definitions, order, secrets, sizes, and what a removal does."""

from __future__ import annotations

import dataclasses
import json
import re
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from petal_constructs.catalog.containers import CONTAINERS
from petal_constructs.platforms.pcs import names
from tests.manifests import crds, graph, judge, secrets
from tests.manifests.policies import Pod, allowed
from tests.manifests.rbac import Who, may
from tests.manifests.tokens import text_of
from tests.need import need_oracles
from tests.stacks import (
    Template,
    assembly_of,
    plan_of,
    seeds_with,
    side_of,
    synthesised,
    template_of,
)

SLINKY = ("Accounting", "Controller", "LoginSet", "NodeSet", "RestApi", "Token")
PUBLIC = (CONTAINERS.apptainer.sha256,)
"""Digests that stand alone in a cell."""
DEVICE_PLUGINS = ("aws-efa-k8s-device-plugin", "nvidia-device-plugin")


class Built(NamedTuple):
    """A seed with all that was made of it."""

    whole: Any
    plan: Any
    """Of Slurm on EKS: the whole, or a side of it."""
    template: Template
    folder: Path

    def changed(self, plan: Any) -> Template:
        """The template with this plan of Slurm on EKS."""
        beside = plan if self.whole is self.plan else dataclasses.replace(self.whole, pcs=plan)
        return synthesised(beside)

    @property
    def access(self) -> set[str]:
        return graph.of_type(self.template, "AWS::EKS::AccessEntry")

    @property
    def releases(self) -> set[str]:
        return graph.of_type(self.template, judge.CHART)


@pytest.fixture(scope="module", params=seeds_with("pcs"), ids=lambda seed: seed.stem)
def built(request):
    seed = request.param
    return Built(plan_of(seed), side_of(seed, "pcs"), template_of(seed), assembly_of(seed))


def _rendered(built):
    """The objects of the charts that petal brings itself."""
    for name, values in judge.helm_values(built.template).items():
        properties = built.template["Resources"][name]["Properties"]
        if "ChartAssetURL" in properties:
            url = text_of(properties["ChartAssetURL"], built.template)
            folder = built.folder / f"asset.{re.search('[0-9a-f]{64}', url)[0]}"
            yield from judge.rendered(
                folder, values, properties["Release"], properties["Namespace"]
            )


def test_every_object_passes_its_definition_and_its_rules(built):
    folder, version = need_oracles("crds"), built.plan.kubernetes.version

    found = [*judge.objects(built.template), *_rendered(built)]

    assert [error for body in found for error in crds.errors(body, version, folder)] == []
    assert found


def test_no_two_manifests_hold_the_same_object(built):
    found = [f"{o['apiVersion']} {judge.name_of(o)}" for o in judge.objects(built.template)]

    assert sorted(found) == sorted(set(found))


def test_nothing_secret_leaves_the_cluster(built):
    assets = [path for path in built.folder.glob("asset.*") if path.is_dir()]

    findings = [*secrets.in_template(built.template)]
    findings += [finding for folder in assets for finding in secrets.in_folder(folder, PUBLIC)]

    assert findings == [], secrets.as_text(findings)
    assert assets


def test_the_template_and_each_manifest_stay_small(built):
    sizes = {k: len(json.dumps(v)) for k, v in judge.manifests(built.template).items()}

    assert {k: size for k, size in sizes.items() if size >= judge.MANIFEST_BYTES} == {}
    assert len(json.dumps(built.template, separators=(",", ":"))) < judge.TEMPLATE_BYTES
    assert len(built.template["Resources"]) < judge.RESOURCES


def test_nothing_needs_itself(built):
    assert graph.cycle(built.template) == []


def test_kubectl_keeps_its_access_until_the_last_manifest_and_chart_are_gone(built):
    applied = {*judge.manifests(built.template), *built.releases}
    needs = graph.needs(built.template)

    kept = built.access.intersection(*(graph.all_needs(needs, name) for name in applied))

    assert kept, "no access entry outlives all that kubectl must delete"


def test_kubectl_keeps_its_way_to_aws_until_the_last_manifest_and_chart_are_gone(built):
    applied = {*judge.manifests(built.template), *built.releases}
    way_out = graph.of_type(built.template, "AWS::EC2::NatGateway", "AWS::EC2::Route")

    assert graph.out_of_order(built.template, way_out, applied) == []


def test_folders_and_drivers_stay_until_the_last_pod_of_slurm_is_gone(built):
    slurm = judge.holding(built.template, *SLINKY)
    needed = graph.of_type(built.template, "AWS::EFS::MountTarget", "AWS::EKS::Addon")

    assert graph.out_of_order(built.template, needed, slurm) == []


def test_karpenter_works_until_the_last_node_pool_is_gone(built):
    if built.plan.kubernetes.node_starter != "karpenter":
        pytest.skip("no Karpenter of its own")
    template = built.template
    starters = judge.releases(template, "karpenter") | judge.releases(template, "karpenter-crd")
    joining = {
        name
        for name in built.access
        if template["Resources"][name]["Properties"].get("Type", "STANDARD").startswith("EC2")
    }

    pools = judge.holding(template, "NodePool", "EC2NodeClass")

    assert len(starters) == 2
    assert joining
    assert pools
    assert graph.out_of_order(template, starters | joining, pools) == []


def _role_of(template, service_account):
    """The IAM role of a service account, and the associations that lend it."""
    found = {
        name: next(iter(graph.needs(template)[name] & graph.of_type(template, "AWS::IAM::Role")))
        for name in graph.of_type(template, "AWS::EKS::PodIdentityAssociation")
        if template["Resources"][name]["Properties"]["ServiceAccount"] == service_account
    }
    return set(found.values()), set(found)


def test_karpenter_keeps_its_rights_its_nodes_and_its_way_out_until_it_is_gone(built):
    if built.plan.kubernetes.node_starter != "karpenter":
        pytest.skip("no Karpenter of its own")
    template, needs = built.template, graph.needs(built.template)
    roles, associations = _role_of(template, "karpenter")
    policies = {
        name
        for name in graph.of_type(template, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        if needs[name] & roles or any(name in needs[role] for role in roles)
    }
    nodes = graph.of_type(template, "AWS::EKS::Nodegroup")
    way_out = graph.of_type(template, "AWS::EC2::NatGateway", "AWS::EC2::Route")

    assert associations
    assert policies
    assert nodes
    kept = associations | policies | nodes | way_out
    assert graph.out_of_order(template, kept, judge.releases(template, "karpenter")) == []


def test_the_operator_works_until_the_last_object_of_slurm_is_gone(built):
    template = built.template
    operator = judge.releases(template, "slurm-operator")
    definitions = judge.releases(template, "slurm-operator-crds")

    assert len(operator) == len(definitions) == 1
    assert graph.out_of_order(template, definitions, operator) == []
    assert graph.out_of_order(template, operator, judge.holding(template, *SLINKY)) == []


def _by_name(template, kind):
    """Manifests by the namespace and name of each object of a kind."""
    return {
        (body["metadata"].get("namespace"), body["metadata"]["name"]): logical
        for logical, bodies in judge.manifests(template).items()
        for body in bodies
        if body["kind"] == kind
    }


def test_the_nodes_of_a_node_set_outlive_it(built):
    pools = {name: {pool} for (_, name), pool in _by_name(built.template, "NodePool").items()}
    for group in graph.of_type(built.template, "AWS::EKS::Nodegroup"):
        labels = built.template["Resources"][group]["Properties"].get("Labels", {})
        pools.setdefault(labels.get(names.NODE_POOL_LABEL), set()).add(group)
    for logical, bodies in judge.manifests(built.template).items():
        for body in (body for body in bodies if body["kind"] == "NodeSet"):
            chosen = body["spec"]["template"]["spec"]["nodeSelector"][names.NODE_POOL_LABEL]
            assert graph.out_of_order(built.template, pools[chosen], [logical]) == []


def test_a_namespace_outlives_all_that_is_in_it(built):
    namespaces = _by_name(built.template, "Namespace")
    for logical, bodies in judge.manifests(built.template).items():
        homes = {namespaces.get((None, b["metadata"].get("namespace"))) for b in bodies}
        first = homes - {None, logical}
        assert graph.out_of_order(built.template, first, [logical]) == []


def test_the_controller_outlives_all_that_refers_to_it(built):
    controllers = _by_name(built.template, "Controller")
    for logical, bodies in judge.manifests(built.template).items():
        for body in bodies:
            reference = body.get("spec", {}).get("controllerRef")
            if reference:
                home = controllers[body["metadata"]["namespace"], reference["name"]]
                assert graph.out_of_order(built.template, {home} - {logical}, [logical]) == []


def test_queues_are_drained_before_anything_of_slurm_is_deleted(built):
    drains = {
        name: built.template["Resources"][name]["Properties"]["Namespace"]
        for name in built.releases
        if built.template["Resources"][name]["Properties"]["Release"].endswith("drain")
    }
    assert sorted(drains.values()) == sorted(c.namespace for c in built.plan.clusters)
    for logical, bodies in judge.manifests(built.template).items():
        for body in (body for body in bodies if body["kind"] in SLINKY):
            drain = [k for k, v in drains.items() if v == body["metadata"]["namespace"]]
            assert graph.out_of_order(built.template, [logical], drain) == []


def _slurm_pods(cluster):
    daemons = ("slurmctld", "slurmrestd", "slurmd", "slurmdbd", "login")
    apps = (*daemons, names.SCALER_ACCOUNT, names.IMAGES_ACCOUNT)
    return [
        Pod(cluster.namespace, (("app.kubernetes.io/name", app),), ip="10.0.0.9") for app in apps
    ]


@pytest.mark.parametrize("port", [22, 6817, 6818, 6819, 6820, 40000])
def test_no_pod_reaches_another_slurm_at_any_port(built, port):
    known = judge.objects(built.template)
    open_ways = [
        (source.labels, source.namespace, destination.labels, destination.namespace)
        for mine, other in permutations(built.plan.clusters, 2)
        for source in _slurm_pods(mine)
        for destination in _slurm_pods(other)
        if allowed(known, source, destination, port)
    ]

    assert open_ways == []


def _without_last_queue(plan):
    """The plan without the last queue of the first Slurm that has several, and that queue."""
    for cluster in plan.clusters:
        if len(cluster.queues) > 1:
            *kept, last = cluster.queues
            smaller = dataclasses.replace(cluster, queues=tuple(kept))
            clusters = tuple(smaller if c is cluster else c for c in plan.clusters)
            return dataclasses.replace(plan, clusters=clusters), last
    return pytest.skip("no Slurm with two queues")


ACCOUNTS = (
    names.JOBS_ACCOUNT,
    names.SCALER_ACCOUNT,
    names.DRAIN_ACCOUNT,
    names.DATABASE_ACCOUNT,
    names.IMAGES_ACCOUNT,
)
NODE_SETS = "nodesets.slinky.slurm.net"


def _rights(built, verb, what):
    """Which service account may do it in which namespace."""
    known = [*judge.objects(built.template), *_rendered(built)]
    places = [cluster.namespace for cluster in built.plan.clusters]
    return {
        (home, account, place)
        for home in places
        for account in ACCOUNTS
        for place in places
        if may(known, Who.service_account(home, account), verb, what, place)
    }


def test_only_the_scaler_and_the_drain_size_node_sets_and_only_their_own(built):
    expected = {
        (cluster.namespace, account, cluster.namespace)
        for cluster in built.plan.clusters
        for account in (names.SCALER_ACCOUNT, names.DRAIN_ACCOUNT)
    }

    assert _rights(built, "patch", f"{NODE_SETS}/scale") == expected


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        ("get", "secrets"),
        ("list", "secrets"),
        ("create", "pods"),
        ("create", "pods/exec"),
        ("delete", "pods"),
        ("patch", NODE_SETS),
        ("create", "rolebindings.rbac.authorization.k8s.io"),
    ],
)
def test_no_service_account_of_petal_may(built, verb, what):
    assert _rights(built, verb, what) == set()


def _not_of(name, went, template):
    """Resources in which a name does not occur; a device plugin goes with its last queue."""
    plugins = judge.releases(template, *DEVICE_PLUGINS)
    texts = {logical: f"{logical}{json.dumps(template['Resources'][logical])}" for logical in went}
    return {logical for logical, text in texts.items() if name not in text} - plugins


def _rights_for_spot(template):
    """What a cluster may do only while a queue of it starts spot instances."""
    found = template["Resources"].items()
    return {name for name, resource in found if "spot.amazonaws.com" in json.dumps(resource)}


def _holding_tables_of_images(template):
    """Of the processors for which Lmod is installed, and of the folders that programs see."""
    return {
        logical
        for logical, bodies in judge.manifests(template).items()
        if any(body["metadata"]["name"] == names.IMAGE_TABLES for body in bodies)
    }


def _told_to_images(plan):
    return [
        (cluster.machines, any(queue.local_disks for queue in cluster.queues))
        for cluster in plan.clusters
    ]


def test_removing_a_queue_removes_its_own_resources_and_changes_only_slurms_configuration(built):
    plan, queue = _without_last_queue(built.plan)
    smaller = built.changed(plan)

    came, went, changed = graph.differences(built.template, smaller)

    assert came == set()
    assert went & judge.holding(built.template, "NodeSet")
    assert _not_of(queue.name, went, built.template) == set()
    expected = judge.holding(built.template, "Controller")
    if all(queue.capacity_type != "SPOT" for queue in plan.queues):
        expected |= _rights_for_spot(built.template)
    if _told_to_images(plan) != _told_to_images(built.plan):
        expected |= _holding_tables_of_images(built.template)
    assert changed - expected == set()


def test_removing_a_dedicated_tenant_removes_its_own_resources_and_changes_none(built):
    *kept, last = built.plan.clusters
    if last.tenant is None or not kept:
        pytest.skip("no tenant with a Slurm of its own beside another")
    smaller = built.changed(dataclasses.replace(built.plan, clusters=tuple(kept)))

    came, went, changed = graph.differences(built.template, smaller)

    assert came == changed == set()
    assert went
    assert _not_of(last.tenant, went, built.template) == set()
