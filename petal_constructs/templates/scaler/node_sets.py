"""NodeSets of this namespace: what the API server says of them, and their replicas."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .answers import Doubt, Service

SCALER: Final = "petal-scaler"
"""Deployment of the scaler."""
QUEUE_LABEL: Final = "petal.dev/queue"
SIZE_ANNOTATION: Final = "petal.dev/size"


@dataclass(frozen=True, slots=True)
class NodeSet:
    """Nodes of one size in a queue; its name is a Slurm feature of its nodes."""

    name: str
    queue: str
    """The Slurm partition."""
    replicas: int
    """Pods wanted now."""
    pods: int
    """Pods that exist and do not end."""
    cpus: int
    threads_per_core: int
    memory_mib: int
    gpus: int
    min: int
    max: int
    """Of the queue: caps the sum over its node sets."""
    order: int
    """0 for the size that the seed names first."""


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """The API server, asked as the pod's service account."""

    service: Service
    namespace: str
    token_file: Path

    @classmethod
    def from_environment(cls) -> Kubernetes:
        """As every pod finds it.

        `PETAL_KUBERNETES` (a URL) and `PETAL_SERVICE_ACCOUNT` (a folder) point elsewhere,
        `PETAL_NAMESPACE` names another namespace than the pod's own.
        """
        env = os.environ
        account = Path(
            env.get("PETAL_SERVICE_ACCOUNT", "/var/run/secrets/kubernetes.io/serviceaccount")
        )
        host = env.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
        if ":" in host:
            host = f"[{host}]"
        url = f"https://{host}:{env.get('KUBERNETES_SERVICE_PORT', '443')}"
        return cls(
            Service(
                env.get("PETAL_KUBERNETES", url),
                float(env.get("PETAL_TIMEOUT_S", "10")),
                ca_file=str(account / "ca.crt"),
            ),
            env.get("PETAL_NAMESPACE") or (account / "namespace").read_text().strip(),
            account / "token",
        )

    def node_sets(self) -> list[NodeSet]:
        """All that carry the label.

        Raises:
            Doubt: One of them does not say what it is.
        """
        answer = self.service.ask(
            "GET",
            f"{self._path()}?labelSelector={QUEUE_LABEL.replace('/', '%2F')}",
            self._headers(),
        )
        items = answer.get("items")
        if not isinstance(items, list):
            raise Doubt("the API server lists no NodeSets")
        return [_node_set(item) for item in items]

    def scale(self, name: str, replicas: int) -> None:
        """Ask for so many pods."""
        headers = self._headers() | {"Content-Type": "application/merge-patch+json"}
        path = f"{self._path()}/{name}/scale"
        self.service.ask("PATCH", path, headers, {"spec": {"replicas": replicas}})

    def stop_scaler(self) -> None:
        """Ask for no pod of the scaler: it would raise again what a drain lowers."""
        headers = self._headers() | {"Content-Type": "application/merge-patch+json"}
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{SCALER}/scale"
        self.service.ask("PATCH", path, headers, {"spec": {"replicas": 0}})

    def _path(self) -> str:
        return f"/apis/slinky.slurm.net/v1beta1/namespaces/{self.namespace}/nodesets"

    def _headers(self) -> dict[str, str]:
        # Read each time: the kubelet renews the token in place.
        try:
            token = self.token_file.read_text().strip()
        except OSError as error:
            raise Doubt(f"no token of the service account: {error}") from error
        return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


def _node_set(item: Any) -> NodeSet:
    try:
        metadata = item["metadata"]
        size = json.loads(metadata["annotations"][SIZE_ANNOTATION])
        return NodeSet(
            name=str(metadata["name"]),
            queue=str(metadata["labels"][QUEUE_LABEL]),
            # The CRD's default.
            replicas=int(item["spec"].get("replicas", 1)),
            pods=int((item.get("status") or {}).get("replicas") or 0),
            cpus=int(size["cpus"]),
            threads_per_core=int(size["threads_per_core"]),
            memory_mib=int(size["memory_mib"]),
            gpus=int(size["gpus"]),
            min=int(size["min"]),
            max=int(size["max"]),
            order=int(size["order"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Doubt(f"a NodeSet that does not say its size: {error!r}") from error
