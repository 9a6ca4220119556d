"""Plans of seeds in text form."""

from __future__ import annotations

from functools import lru_cache

from petal_constructs.platforms.pcs.planning import make_plan
from petal_constructs.platforms.pcs.values import PcsPlan
from petal_constructs.seed import load, source
from petal_constructs.seed.lock import Lock, Locked

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
SOFTWARE = """\
cluster: {name: soft, region: us-east-1, platform: pcs}
compute:
  queues:
    - {name: all, instance_types: [c7i.4xlarge, c7i.8xlarge], max_count: 20}
    - {name: arm, instance_types: [c7g.4xlarge], max_count: 4}
    - {name: few, instance_types: [c7i.4xlarge], max_count: 4, containers: [chem]}
software:
  containers:
    - {name: bio, packages: [samtools@1.17]}
    - {name: chem, packages: [gromacs]}
    - {name: late, packages: [bwa]}
    - {name: gatk, image: "docker.io/broad/gatk:4.3", modules: [gatk]}
    - {name: lab, image: "210987654321.dkr.ecr.eu-west-1.amazonaws.com/lab/tools:1", modules: [t]}
    - {name: plain, image: "quay.io/lab/plain:1"}
"""
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
BIO_DIGEST, CHEM_DIGEST = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"


def locked(name: str, digest: str, *machines: str) -> Locked:
    """An image of the cluster `soft` that was pushed."""
    each = dict.fromkeys(machines, digest)
    place = f"{REGISTRY}/soft/{name}"
    return Locked(place, digest, "2026-11-23T10:11:12Z", (), each)  # type: ignore[arg-type]


PUSHED = Lock(
    {
        "soft/bio": locked("bio", BIO_DIGEST, "x86_64", "aarch64"),
        "soft/chem": locked("chem", CHEM_DIGEST, "x86_64"),
    }
)


def pushed_plan(text: str = SOFTWARE, lock: Lock = PUSHED) -> PcsPlan:
    """The plan of a seed, with what was pushed of its images."""
    decoded = source.decode("seed.yaml", text.encode())
    assert isinstance(decoded, source.Source)
    return make_plan(load.inspect_source(decoded, environment={}).unwrap().with_lock(lock))


@lru_cache
def plan_of(text: str) -> PcsPlan:
    """The plan of a seed, which the rules of the language accept."""
    decoded = source.decode("seed.yaml", text.encode())
    assert isinstance(decoded, source.Source)
    return make_plan(load.inspect_source(decoded, environment={}).unwrap())
