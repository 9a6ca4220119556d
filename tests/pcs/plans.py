"""Plans of seeds in text form."""

from __future__ import annotations

from functools import lru_cache

from petal_constructs.platforms.pcs.planning import make_plan
from petal_constructs.platforms.pcs.values import PcsPlan
from petal_constructs.seed import load, source

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGU7N2QHsFgYVDZuhqRS1hWw/3ZUbhjVKNRhEI3DVpnk"

BIO = f"""\
cluster: {{name: bio, region: us-east-1, platform: pcs}}
compute:
  queues:
    - {{name: compute, instance_types: [c5.4xlarge, c5.9xlarge], min_count: 1, max_count: 20}}
    - {{name: scratch, instance_types: [i4i.4xlarge], max_count: 4}}
users:
  - {{name: ada, uid: 5001, gid: 5001, ssh_public_keys: ["{KEY} ada"]}}
data:
  s3_mounts:
    - {{bucket: reads, mount_point: /shared/reads, read_only: true}}
  shared:
    - {{name: work, type: fsx-lustre, mount_point: /work, size_gib: 1200}}
network: {{ssh_from: [192.0.2.0/24]}}
"""
GPU = """\
cluster: {name: ml, region: us-east-1, platform: pcs}
compute:
  queues:
    - {name: gpu, instance_types: [g5.12xlarge], max_count: 4}
    - {name: mpi, instance_types: [hpc7a.96xlarge], max_count: 8, efa: true}
accounting: true
"""
TENANTS = f"""\
cluster: {{name: hpc, region: us-east-1, platform: pcs}}
compute:
  queues:
    - {{name: compute, instance_types: [c5.4xlarge], max_count: 20}}
    - {{name: secret, instance_types: [c5.9xlarge], max_count: 4}}
users:
  - {{name: ada, uid: 5001, gid: 5001, ssh_public_keys: ["{KEY} ada"]}}
  - {{name: bob, uid: 5002, gid: 5002, ssh_public_keys: ["{KEY} bob"]}}
tenants:
  - {{name: chem, users: [ada], quota: {{cpus: 64}}}}
  - {{name: pharma, users: [bob], queues: [secret], isolation: dedicated}}
"""


@lru_cache
def plan_of(text: str) -> PcsPlan:
    """The plan of a seed, which the rules of the language accept."""
    decoded = source.decode("seed.yaml", text.encode())
    assert isinstance(decoded, source.Source)
    return make_plan(load.inspect_source(decoded, environment={}).unwrap())
