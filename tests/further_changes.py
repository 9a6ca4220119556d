"""More changes of seeds whose clusters run: every key that the first table does not have.

With it, tools/change_reference.py has a row for each key of the language.
"""

from __future__ import annotations

import yaml

from tests import live_changes
from tests.live_changes import DIRECTORY, Row

SEED = yaml.safe_load("""
cluster:
  name: lab
  region: us-east-1
  slurm_settings: {PriorityType: priority/multifactor}
compute:
  head_node: m7i.2xlarge
  queues:
    - name: small
      instance_types: [c5.4xlarge]
      tags: {grant: nsf-1234}
      scripts: [{script: "s3://lab-scripts/tune.sh", args: [fast]}]
    - {name: gpu, instance_types: [g5.xlarge], max_count: 4, gpu_health_check: true}
    - name: reserved
      instance_types: [c7i.4xlarge]
      max_count: 4
      capacity_reservation: cr-0123456789abcdef0
  login_nodes: [{name: login, instance_type: m6i.large}]
software:
  spack_packages: [samtools@1.17]
  build_on: small
  licences: [{name: solver, count: 8}]
users:
  - {name: ada, uid: 5001, gid: 5001}
  - {name: bob, uid: 5002, gid: 5002}
data:
  s3_mounts: [{bucket: genes-reads, mount_point: /shared/reads}]
  shared:
    - {name: work, type: efs, mount_point: /work}
    - {name: projects, type: fsx-ontap, mount_point: /projects, id: fsvol-0123456789abcdef0}
    - name: scratch
      type: fsx-lustre
      mount_point: /scratch
      size_gib: 1200
      import_from: s3://genes-archive/2026
tenants:
  - name: chem
    users: [ada]
    queues: [small]
    quota: {cpus: 64, gpus: 1, nodes: 4, memory: 512Gi}
network:
  vpc_id: vpc-0123456789abcdef0
  public_subnets: [subnet-0123456789abcdef0]
  private_subnets: [subnet-0123456789abcdef1, subnet-0123456789abcdef2]
  ssh_from: [192.0.2.0/24]
budget: 2000
alert_emails: [hpc@example.org]
log_retention_days: 90
monitoring: true
""")
"""A network that exists, a tenant, GPUs, a reservation, a site's own scripts and settings."""

_QUEUE = "compute.queues.0."
_TENANT = "tenants.0."
_SUBNET = "subnet-0123456789abcdef"
ROWS = (
    Row("a setting of Slurm", "live", {"cluster.slurm_settings.PriorityWeightAge": "1000"}),
    Row("another tag of a queue", "drain", {f"{_QUEUE}tags.grant": "nsf-5678"}),
    Row(
        "another script of a queue",
        "drain",
        {f"{_QUEUE}scripts.0.script": "s3://lab-scripts/other.sh"},
    ),
    Row("a script that runs earlier", "drain", {f"{_QUEUE}scripts.0.when": "start"}),
    Row("GPUs no longer tested", "live", {"compute.queues.1.gpu_health_check": None}),
    Row("queue in another subnet", "drain", {f"{_QUEUE}subnets": [f"{_SUBNET}2"]}),
    Row("queue in a further subnet", "drain", {f"{_QUEUE}subnets": [f"{_SUBNET}1", f"{_SUBNET}2"]}),
    Row(
        "another reservation",
        "drain",
        {"compute.queues.2.capacity_reservation": "cr-0123456789abcdef1"},
    ),
    Row("pool of login nodes renamed", "stop", {"compute.login_nodes.0.name": "front"}),
    Row("software built elsewhere", "live", {"software.build_on": "head"}),
    Row("a build cache", "live", {"software.build_cache": "s3://lab-software/cache"}),
    Row("a compiler", "live", {"software.compiler": "gcc@13.2"}),
    Row("a target", "live", {"software.target": "x86_64_v2"}),
    Row(
        "container images",
        "live",
        {"software.containers": [{"name": "r", "image": "quay.io/lab/r:4", "modules": ["r"]}]},
    ),
    Row("container runtime", "live", {"software.container_runtime": "pyxis"}),
    Row("more licences", "live", {"software.licences.0.count": 16}),
    Row("licences of another product", "live", {"software.licences.0.name": "mesher"}),
    Row("another uid", "refused", {"users.1.uid": 6002}, "live"),
    Row("another gid", "refused", {"users.1.gid": 6002}, "live"),
    Row("user renamed", "live", {"users.1.name": "bill"}),
    Row("another bucket", "live", {"data.s3_mounts.0.bucket": "genes-more"}),
    Row("file system of another name", "replace", {"data.shared.0.name": "other"}, "live"),
    Row(
        "another type",
        "refused",
        {"data.shared.0.type": "fsx-lustre", "data.shared.0.size_gib": 1200},
    ),
    Row("another existing one", "refused", {"data.shared.1.id": "fsvol-0123456789abcdef1"}),
    Row(
        "another bucket behind scratch",
        "refused",
        {"data.shared.2.import_from": "s3://other"},
        "live",
    ),
    Row("changes written back", "live", {"data.shared.2.export": True}),
    Row("tenant renamed", "live", {f"{_TENANT}name": "physics"}),
    Row("user joins a tenant", "live", {f"{_TENANT}users.+": "bob"}),
    Row("queue for a tenant", "live", {f"{_TENANT}queues.+": "gpu"}),
    Row("fewer CPUs", "live", {f"{_TENANT}quota.cpus": 32}),
    Row("more memory", "live", {f"{_TENANT}quota.memory": "1Ti"}),
    Row("no limit of memory", "stop", {f"{_TENANT}quota.memory": None}),
    Row("GPUs of a tenant", "live", {f"{_TENANT}quota.gpus": 2}),
    Row("nodes of a tenant", "live", {f"{_TENANT}quota.nodes": 8}),
    Row("storage of a tenant", "live", {f"{_TENANT}quota.storage": "2Ti"}),
    Row("roles of a tenant", "live", {f"{_TENANT}iam_roles": ["arn:aws:iam::123456789012:role/C"]}),
    Row("another public subnet", "refused", {"network.public_subnets": [f"{_SUBNET}3"]}),
    Row("network policies", "live", {"network.network_policy": "calico"}),
    Row("mail to somebody else", "live", {"alert_emails": ["ops@example.org"]}),
    Row("logs kept longer", "live", {"log_retention_days": 365}),
    Row("logs kept as long as ParallelCluster wants", "refused", {"log_retention_days": None}),
    Row("version of Kubernetes", "live", {"eks.version": "1.34"}),
    Row("managed node groups", "live", {"eks.managed_node_groups": False}),
    Row("Karpenter", "live", {"eks.karpenter": "auto-mode"}),
    Row(
        "administrators of Kubernetes",
        "live",
        {"eks.admin_roles": ["arn:aws:iam::123456789012:role/A"]},
    ),
)
"""What eks and the like do there: nothing, for they are keys of pcs."""

UNJUDGED = (
    Row("file system in another folder", "stop", {"data.shared.0.mount_point": "/elsewhere"}),
)
"""ParallelCluster 3.16.1 cannot compare these: its policy fails, and so would the update."""

WITH_A_DIRECTORY = {
    "cluster": {"name": "lab", "region": "us-east-1"},
    "compute": {
        "head_node": "m7i.2xlarge",
        "queues": [{"name": "small", "instance_types": ["c5.4xlarge"]}],
    },
    "directory": DIRECTORY,
    "network": {"ssh_from": ["192.0.2.0/24"], "zones": ["us-east-1a", "us-east-1b"]},
}
DIRECTORY_ROWS = (
    Row("another domain", "stop", {"directory.domain": "lab.example.org"}),
    Row("another server", "stop", {"directory.addresses": ["ldaps://dc2.example.org"]}),
    Row("another reader", "stop", {"directory.reader": "CN=Other,DC=corp,DC=example,DC=org"}),
    Row(
        "another secret",
        "stop",
        {"directory.password_secret": f"{DIRECTORY['password_secret'][:-6]}GhIjKl"},
    ),
    Row("certificates of one's own", "stop", {"directory.ca_certificate": "/etc/pki/corp.pem"}),
    Row("certificates checked less strictly", "stop", {"directory.verify_certificate": "try"}),
    Row("who may log in", "stop", {"directory.access_filter": "(memberOf=CN=hpc)"}),
    Row("no keys for people", "stop", {"directory.ssh_keys": False}),
    Row("an option of SSSD", "stop", {"directory.sssd": {"ldap_id_mapping": "false"}}),
)
WITH_IMAGES = {
    **{key: part for key, part in WITH_A_DIRECTORY.items() if key != "directory"},
    "compute": {
        "head_node": "m7i.2xlarge",
        "queues": [
            {"name": "small", "instance_types": ["c5.4xlarge"]},
            {"name": "stats", "instance_types": ["c5.4xlarge"], "containers": ["r"]},
        ],
    },
    "software": {
        "containers": [
            {"name": "r", "image": "quay.io/lab/r:4", "modules": ["r"]},
            {"name": "py", "image": "quay.io/lab/py:3", "packages": ["python"]},
        ]
    },
}
_IMAGE = "software.containers.0."
IMAGE_ROWS = (
    Row("another image", "live", {f"{_IMAGE}image": "quay.io/lab/r:5"}),
    Row("another program that starts with it", "live", {f"{_IMAGE}entrypoint": "/bin/r"}),
    Row("another module", "live", {f"{_IMAGE}modules": ["r", "rstudio"]}),
    Row("other packages", "live", {"software.containers.1.packages": ["python", "py-numpy"]}),
    Row("queue of other images", "live", {"compute.queues.1.containers": ["py"]}),
    Row("jobs in an image", "live", {"compute.queues.1.containers_mode": "whole-job"}),
    Row("queue of all images", "live", {"compute.queues.1.containers": None}),
)
PLAIN = {key: part for key, part in WITH_A_DIRECTORY.items() if key != "directory"}
PLAIN_ROWS = (Row("another platform", "replace", {"cluster.platform": "pcs"}),)
"""Not ParallelCluster's to judge."""

TABLES = (
    (live_changes.SEED, live_changes.ROWS, ""),
    (live_changes.WITH_LOGINS, live_changes.LOGIN_ROWS, ", with login nodes"),
    (SEED, ROWS + UNJUDGED, ""),
    (WITH_A_DIRECTORY, DIRECTORY_ROWS, ""),
    (WITH_IMAGES, IMAGE_ROWS, ""),
    (PLAIN, PLAIN_ROWS, ""),
)
"""Every change that is known, with its seed and what to add to its name."""
