"""Names that petal's Kubernetes objects know one another by."""

from __future__ import annotations

from typing import Final

OPERATOR_NAMESPACE: Final = "slinky"
SYSTEM_NAMESPACE: Final = "kube-system"

CONTROLLER: Final = "slurm"
"""Controller, RestApi and Accounting of a namespace."""
REST_API: Final = "slurm-restapi"
"""Service of slurmrestd, port 6820: the operator calls it RestApi's name and `-restapi`."""
REST_PORT: Final = 6820
LOGIN: Final = "login"
"""LoginSet and its Service."""

SLURM_FILES: Final = "petal-config"
ACCOUNTS_FILES: Final = "petal-accounts"
USERS_FILES: Final = "petal-users"
LOGIN_FILES: Final = "petal-login"
NODE_FILES: Final = "petal-nodes"
SCALER_FILES: Final = "petal-scaler"
SUBMISSION_FILES: Final = "petal-submission"
"""ConfigMaps: files of /etc/slurm, tenants, people, the login pod's scripts, slurmd pods', the
scaler's, what the login pod submits to another cluster with."""
IMAGES_FILES: Final = "petal-images"
IMAGE_TABLES: Final = "petal-image-tables"
SHELL_FILES: Final = "petal-shell"
QUEUE_FILES: Final = "petal-queues"
"""ConfigMaps: programs of the pod that provides software, what it pulls, files of shells, and which
images the jobs of a queue see."""

SLURM_KEY: Final = ("slurm-auth-slurm", "slurm.key")
JWT_KEY: Final = ("slurm-auth-jwt", "jwt.key")
SSSD_CONF: Final = ("slurm-sssd-conf", "sssd.conf")
DATABASE_PASSWORD: Final = ("slurm-database", "password")
"""Secrets made in the cluster, and the key in each."""

SHARED_KEY: Final = ("petal-token-key", "jwt.key")
"""In place of `JWT_KEY` where another cluster signs tokens too: a Secret that comes from AWS."""

SCALER_TOKEN: Final = ("petal-scaler-token", "SLURM_JWT")
"""Secret that the operator writes for Slurm user `nobody`, who may look at jobs."""
DRAIN_TOKEN: Final = ("petal-drain-token", "SLURM_JWT")
"""Secret that the operator writes for Slurm user `slurm`, who may cancel jobs."""

ACCOUNTS_FOLDER: Final = "/etc/petal/accounts"
"""Where `ACCOUNTS_FILES` is mounted: the folder, so that it follows the ConfigMap."""

JOBS_ACCOUNT: Final = "petal-jobs"
"""Service account of login and slurmd pods; it may reach the buckets."""
JOBS_PRIORITY: Final = "petal-jobs"
"""Priority class of slurmd pods, and of no others: quotas of tenants count by it."""
SCALER_ACCOUNT: Final = "petal-scaler"
DRAIN_ACCOUNT: Final = "petal-drain"
IMAGES_ACCOUNT: Final = "petal-images"
"""Service account of the pod that provides software; it may pull from Amazon ECR."""
DATABASE_ACCOUNT: Final = "petal-database"
"""Service account that may read the database's password in AWS."""
KEY_ACCOUNT: Final = "petal-token-key"
"""Service account that may read in AWS the key of tokens that another cluster has too."""

QUEUE_LABEL: Final = "petal.dev/queue"
"""On NodeSets and slurmd pods: the queue. The scaler finds NodeSets by it."""
SIZE_ANNOTATION: Final = "petal.dev/size"
"""On NodeSets: what the scaler must know, as JSON: cpus, threads_per_core, memory_mib, gpus, min,
max (of the queue) and order (0 for the size that the seed names first)."""
TENANT_LABEL: Final = "petal.dev/tenant"
"""On namespaces of dedicated tenants."""
ROLE_LABEL: Final = "petal.dev/role"
"""On nodes: `system` or `jobs`."""
ON_SYSTEM_NODES: Final = {ROLE_LABEL: "system"}
"""Node selector of what keeps the cluster running."""
NAMESPACE_TAINT: Final = "petal.dev/namespace"
"""On nodes of queues, with effect NoSchedule: only pods of that namespace run there."""
NODE_POOL_LABEL: Final = "petal.dev/node-pool"
"""On nodes of queues, whoever starts them: `Queue.node_pool`."""

FUTURE: Final = "future"
"""Shape nodes are called `<node set>-future-[0-N]`: no pod ever takes such a name."""

LOCAL_SCRATCH: Final = "/scratch-local"
"""The node's own NVMe disks, in queues where every type has some; empty when a node starts."""
