"""EKS clusters of plans, each in a stack of its own."""

from __future__ import annotations

import copy
import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from petal_constructs.app import new_app
from petal_constructs.platforms.pcs.values import PcsPlan

ROLE = "arn:aws:iam::123456789012:role"
SUBNETS = ("subnet-0aaaaaaa", "subnet-0bbbbbbb", "subnet-0ccccccc")
SEED = """\
cluster: {name: hpc, region: us-east-1, platform: pcs, tags: {project: lab}}
compute:
  queues:
    - {name: compute, instance_types: [c5.4xlarge, c5.9xlarge], min_count: 1, max_count: 20}
    - {name: spot, instance_types: [c5.2xlarge], max_count: 8, capacity_type: SPOT}
network: {ssh_from: [192.0.2.0/24]}
"""
FAST = """\
cluster: {name: fast, region: us-east-1, platform: pcs}
compute:
  queues:
    - {name: gpu, instance_types: [g5.12xlarge], max_count: 4}
    - {name: mpi, instance_types: [p5.48xlarge], max_count: 8, efa: true}
    - {name: arm, instance_types: [c7gd.4xlarge], max_count: 2}
data:
  s3_mounts: [{bucket: reads, mount_point: /shared/reads}]
  shared: [{name: work, type: fsx-lustre, mount_point: /work, size_gib: 1200}]
"""
TENANTS = f"""\
cluster: {{name: hpc, region: us-east-1, platform: pcs}}
compute:
  queues: [{{name: compute, instance_types: [c5.4xlarge], max_count: 20}}]
eks: {{admin_roles: ["{ROLE}/Admin", "{ROLE}/Chief"]}}
users: [{{name: ada, uid: 5001, gid: 5001}}, {{name: bob, uid: 5002, gid: 5002}}]
tenants:
  - {{name: chem, users: [ada], iam_roles: ["{ROLE}/Chemistry", "{ROLE}/Chief"]}}
  - {{name: pharma, users: [bob], isolation: dedicated,
      iam_roles: ["{ROLE}/Pharma", "{ROLE}/Chief"]}}
"""
EXISTING = f"""\
cluster: {{name: hpc, region: us-east-1, platform: pcs}}
compute:
  queues: [{{name: compute, instance_types: [c5.4xlarge], max_count: 20}}]
network:
  vpc_id: vpc-0aaaaaaa
  private_subnets: [{SUBNETS[0]}, {SUBNETS[1]}]
  public_subnets: [{SUBNETS[2]}]
"""
MANAGED = FAST + "eks: {karpenter: false}\n"
AUTOMATIC = SEED + "eks: {karpenter: auto-mode}\n"
CALICO = SEED.replace("network: {", "network: {network_policy: calico, ")


def new_cluster(app: Any, plan: PcsPlan) -> Any:
    """The cluster in a new stack `eks` of an app."""
    import aws_cdk as cdk

    from petal_constructs.constructs.network import ClusterNetwork
    from petal_constructs.platforms.pcs.eks_cluster import EksCluster

    stack = cdk.Stack(app, "eks", env=cdk.Environment(region=plan.region))
    network = ClusterNetwork(stack, "Network", plan=plan.network, zone_ids=plan.zone_ids)
    return EksCluster(stack, "Eks", plan=plan, network=network)


@lru_cache
def _template_of(plan: PcsPlan) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        app = new_app(folder)
        new_cluster(app, plan)
        app.synth()
        return json.loads(Path(folder, "eks.template.json").read_text())


def template_of(plan: PcsPlan) -> dict[str, Any]:
    """Its template, to read and to change."""
    return copy.deepcopy(_template_of(plan))
