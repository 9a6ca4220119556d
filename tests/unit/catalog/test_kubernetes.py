from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields

import pytest

from petal_constructs.catalog import kubernetes, versions
from petal_constructs.catalog.kubernetes import FACTS

DATE = r"\d{4}-\d{2}-\d{2}"
TABLES = ("karpenter", "cluster_autoscaler", "database", "limits", "kubelet", "reserve")


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("v").split("."))


@pytest.mark.parametrize("table", TABLES)
def test_every_table_says_where_its_facts_are_from_and_when(table):
    facts = getattr(FACTS, table)

    assert facts.source
    assert re.fullmatch(DATE, facts.as_of)


def test_every_share_of_a_node_has_a_source():
    reserve = FACTS.reserve
    shares = [*reserve.daemon_sets.values(), reserve.sidecars, reserve.spare, reserve.slurmd]

    assert all(share.source for share in shares)


@pytest.mark.parametrize("name", FACTS.charts)
def test_every_chart_is_pinned(name):
    chart = FACTS.charts[name]

    assert re.fullmatch(r"v?\d+\.\d+\.\d+", chart.version)
    assert chart.repository.startswith(("oci://", "https://"))
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", chart.namespace)
    if chart.repository.startswith("oci://"):
        assert chart.repository.endswith("/" + name)


@pytest.mark.parametrize("name", [f.name for f in fields(kubernetes.Images)])
def test_every_image_names_its_registry_and_a_tag_that_says_a_version(name):
    repository, _, tag = getattr(FACTS.images, name).rpartition(":")

    assert "." in repository.partition("/")[0]
    assert re.match(r"v?\d+\.\d+", tag)


def test_nodes_never_drift_by_themselves():
    assert re.fullmatch(r"al2023@v20\d{6}", FACTS.ami_alias)


def test_all_of_slurm_is_of_one_release():
    images = FACTS.images
    slurm = [images.slurmctld, images.slurmd, images.login, images.slurmrestd, images.slurmdbd]

    assert len({image.rpartition(":")[2] for image in slurm}) == 1
    assert FACTS.charts["slurm-operator"].version == FACTS.charts["slurm-operator-crds"].version


def test_karpenter_knows_every_kubernetes_that_petal_offers():
    ours = numbers(FACTS.charts["karpenter"].version)

    assert FACTS.charts["karpenter-crd"].version == FACTS.charts["karpenter"].version
    for version in versions.EKS.offered:
        assert numbers(FACTS.karpenter.needed_for[version]) <= ours


def test_the_cluster_autoscaler_is_of_the_default_kubernetes():
    tag = FACTS.images.cluster_autoscaler.rpartition(":")[2]

    assert numbers(tag)[:2] == numbers(versions.EKS.default)


def test_the_cluster_autoscaler_changes_nothing_on_all_resources():
    verbs = [action.partition(":")[2] for action in FACTS.cluster_autoscaler.actions_on_all]

    assert all(verb.startswith(("Describe", "Get")) for verb in verbs)


def test_kubelet_settings_are_those_of_the_facts_in_kubernetes_spelling():
    assert FACTS.kubelet.settings == {
        "maxPods": 110,
        "kubeReserved": {"memory": "1465Mi"},
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "10%",
            "nodefs.inodesFree": "5%",
        },
    }
    assert FACTS.kubelet.kube_reserved_memory_mib == 11 * FACTS.kubelet.max_pods + 255


@pytest.mark.parametrize(
    ("vcpus", "millicores"), [(1, 60), (2, 70), (3, 75), (4, 80), (5, 83), (16, 110), (96, 310)]
)
def test_the_kubelets_cpu_grows_slower_with_every_vcpu(vcpus, millicores):
    assert FACTS.kubelet.cpu_millicores(vcpus) == millicores


def test_the_database_is_one_that_the_cdk_knows():
    program = (
        "from aws_cdk.aws_rds import MariaDbEngineVersion as v\n"
        f"print(v.VER_{FACTS.database.mariadb.replace('.', '_')}.maria_db_full_version)"
    )

    told = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert told.strip() == FACTS.database.mariadb
    assert FACTS.database.mariadb.startswith(FACTS.database.mariadb_major + ".")


def test_limits_are_those_of_the_services():
    limits = FACTS.limits

    assert (limits.template_resources, limits.template_bytes) == (500, 1_000_000)
    assert (limits.kubectl_payload_bytes, limits.custom_resource_response_bytes) == (2**18, 4096)
    assert (limits.namespace_name, limits.label_value, limits.object_name) == (63, 63, 253)


def test_the_module_has_nothing_but_its_facts():
    with pytest.raises(AttributeError):
        kubernetes.NOTHING  # noqa: B018
