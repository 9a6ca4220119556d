"""Pods against what Karpenter, nodeadm and Bottlerocket leave them.

Nothing here calls what it judges, nor reads its numbers: formulas and figures are those of

- aws/karpenter-provider-aws v1.14.1, pkg/providers/instancetype/types.go,
- awslabs/amazon-eks-ami v20260724, nodeadm/internal/kubelet/config.go,
- EKS user guide, ml/node-efa, and bottlerocket-core-kit, sources/api/corndog/src/main.rs,
- the charts of the daemon sets, each named below.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest

from petal_constructs.catalog import instance_types
from petal_constructs.catalog.instance_types import WITHDRAWN, InstanceType
from petal_constructs.catalog.tables import read_table
from petal_constructs.platforms.pcs.pods import pod_size

NAMES = (*instance_types.names(), *read_table(WITHDRAWN).rows)
KINDS = tuple(filter(None, map(instance_types.find, NAMES)))

PODS = 110
EVICTION_MIB = 100
DAEMON_SETS = {  # millicores, MiB
    "aws-node": (25 + 25, 0),
    "kube-proxy": (100, 0),
    "ebs-csi-node": (10 + 10 + 10, 40 + 32 + 32),
    "fsx-csi-node": (10 + 10 + 10, 40 + 32 + 32),
    "s3-csi-node": (10 + 10 + 10, 40 + 40 + 40),
    "aws-efa-k8s-device-plugin": (10, 20),
}
LOGFILE = (10, 32)
SPARE = (100, 512)
SLURMD = 256
"""MiB of the pod's limit that no job gets: a full job meets its own limit, not its neighbours'."""
ROUNDING = (3, 1)
"""Fractions of a millicore in each of four ranges, and half a MiB of floating point."""


def reserved_cpu(kind: InstanceType) -> int:
    """Range by range, as Karpenter and nodeadm do it."""
    ranges = ((0, 1000, 600), (1000, 2000, 100), (2000, 4000, 50), (4000, 1 << 31, 25))
    total = kind.vcpus * 1000
    return sum((min(total, end) - start) * p // 10_000 for start, end, p in ranges if total > start)


def expected_memory(kind: InstanceType) -> int:
    """`memory()` in types.go, in exact numbers."""
    size = kind.memory_mib - (64 if kind.architecture == "arm64" else 0)
    return size - math.ceil(size * Fraction(75, 1000))


def left_over(kind: InstanceType) -> tuple[int, int]:
    """Millicores and MiB for a slurmd pod, beside the daemon sets and its own sidecar."""
    cpu = kind.vcpus * 1000 - reserved_cpu(kind)
    memory = expected_memory(kind) - (11 * PODS + 255) - EVICTION_MIB
    others = [*DAEMON_SETS.values(), LOGFILE]
    return cpu - sum(c for c, _ in others), memory - sum(m for _, m in others)


def test_every_type_is_judged():
    assert len(KINDS) == len(NAMES) > 1000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_requests_fit_and_leave_no_more_than_the_documented_spare(kind):
    cpu, memory = left_over(kind)

    pod = pod_size([kind])

    if pod is None:
        assert cpu - SPARE[0] < 1000 + ROUNDING[0] or memory - SPARE[1] < 1024 + ROUNDING[1]
        return
    assert pod.cpus == kind.vcpus
    assert pod.cpu_request_millicores >= 1000
    assert pod.limit_mib >= 1024
    assert pod.limit_mib - pod.memory_mib == SLURMD
    assert SPARE[0] - ROUNDING[0] <= cpu - pod.cpu_request_millicores <= SPARE[0] + ROUNDING[0]
    assert SPARE[1] <= memory - pod.limit_mib <= SPARE[1] + ROUNDING[1]


@pytest.mark.parametrize("kind", [k for k in KINDS if k.efa], ids=lambda kind: kind.name)
def test_huge_pages_of_the_efa_driver_are_left_out(kind):
    on_amazon_linux, on_bottlerocket = 5128 * 2, 110 * 2 * kind.vcpus
    _, memory = left_over(kind)

    pod = pod_size([kind], efa=True)

    fits = memory - max(on_amazon_linux, on_bottlerocket)
    assert pod is not None
    assert SPARE[1] <= fits - pod.limit_mib <= SPARE[1] + ROUNDING[1]
    assert pod.cpu_request_millicores == pod_size([kind]).cpu_request_millicores


def test_other_ways_to_start_a_node_reserve_no_more():
    """With fewer pods, as on types with few network interfaces or at Auto Mode's limit."""
    reserve = {pods: 11 * pods + 255 for pods in range(PODS + 1)}

    assert max(reserve.values()) == 1465


@pytest.mark.parametrize("name", ["t3.small", "c7g.medium", "t2.nano", "r8g.medium"])
def test_a_type_too_small_for_a_useful_pod_has_none(name):
    assert pod_size([instance_types.find(name)]) is None


def test_one_small_type_rules_out_its_group():
    small, large = instance_types.find("t3.small"), instance_types.find("c5.large")

    assert pod_size([large]) is not None
    assert pod_size([large, small]) is None


@pytest.mark.parametrize(
    "names",
    [
        ("c5.4xlarge", "c6i.4xlarge", "m5.4xlarge", "r5.4xlarge"),
        ("c7g.2xlarge", "m7g.2xlarge"),
        ("p4d.24xlarge", "p4de.24xlarge"),
    ],
)
def test_a_group_takes_the_smallest_of_its_types_in_any_order(names):
    kinds = [instance_types.find(name) for name in names]
    alone = [pod_size([kind]) for kind in kinds]

    for order in itertools.permutations(kinds):
        pod = pod_size(order)
        assert pod.limit_mib == min(one.limit_mib for one in alone)
        assert pod.cpu_request_millicores == min(one.cpu_request_millicores for one in alone)


def test_a_well_known_type_has_the_size_that_a_pencil_finds():
    # c5.4xlarge: 32768 - 2458 (7.5 %) - 1465 - 100 - 348 - 32 - 512 MiB;
    # 16000 - 60 - 10 - 10 - 30 - 250 - 10 - 100 millicores; 256 MiB are slurmd's.
    pod = pod_size([instance_types.find("c5.4xlarge")])

    assert (pod.cpu_request_millicores, pod.cpus) == (15530, 16)
    assert (pod.limit_mib, pod.memory_mib) == (27853, 27597)
