"""Who may talk to whom: nothing, except what is listed here.

Two tenants never meet: a pod takes connections from its own namespace only (and SSH from outside),
and opens none to the VPC, where the pods of all namespaces have their addresses. File systems need
no opening: the kubelet's drivers mount them in the network of the node. Traffic of Elastic Fabric
Adapters bypasses the kernel, and with it these rules.
"""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.plan.submission import HEAD_REST_PORT
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.objects import Chart, add
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster

APP_LABEL: Final = "app.kubernetes.io/name"
"""What a pod is, on the operator's pods (its `internal/builder/labels`) as on petal's."""

SERVICE_RANGES: Final = ("10.100.0.0/16", "172.20.0.0/16")
"""EKS takes addresses of services from one of them (EKS User Guide, `serviceIpv4Cidr`)."""
LINK_LOCAL: Final = "169.254.0.0/16"
"""Holds the metadata service of EC2, which would hand out the node's own rights."""
POD_IDENTITY_AGENT: Final = "169.254.170.23/32"
"""Hands a pod the rights of its service account (aws/eks-pod-identity-agent, its default)."""
ANYWHERE: Final = "0.0.0.0/0"

_SSH: Final = 22
_DNS: Final = 53
_HTTP: Final = 80
_HTTPS: Final = 443
_DATABASE: Final = 3306

Rule = dict[str, Any]


def add_policies(
    made: Chart, plan: PcsPlan, cluster: SlurmCluster, *, vpc_cidrs: tuple[str, ...]
) -> None:
    """Add the network policies of a Slurm's namespace.

    Args:
        made: Where to add them.
        plan: Says from where users log in.
        cluster: The Slurm of the namespace.
        vpc_cidrs: Addresses of the VPC: of all pods, and of the load balancer's health checks.
    """
    pulling = (names.IMAGES_ACCOUNT,) if plan.software.names else ()
    asking = (*_copiers(cluster), *(pulling if plan.software.in_ecr else ()))
    within = (_nothing(), _namespace(), _names(), _operator())
    internet = _internet(vpc_cidrs, pulling)
    beyond = (_ssh(plan, vpc_cidrs), internet, _agent(asking), _kubernetes(asking))
    others = (_others_jobs(vpc_cidrs), _jobs_for_others(vpc_cidrs)) if cluster.submission else ()
    for name, spec in (*within, *beyond, _database(vpc_cidrs), *others):
        place = cluster.namespace
        add(made, "networking.k8s.io/v1", "NetworkPolicy", name, namespace=place, spec=spec)


def _nothing() -> tuple[str, Rule]:
    return "nothing", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def _namespace() -> tuple[str, Rule]:
    """All pods of a namespace: Slurm's daemons, and the ranks of an MPI job on any port."""
    same: Rule = {"podSelector": {}}
    return "own-namespace", _policy((), ingress=[{"from": [same]}], egress=[{"to": [same]}])


def _names() -> tuple[str, Rule]:
    """CoreDNS: pods of the system, or in EKS Auto Mode a service of the node itself."""
    system = {"namespaceSelector": _namespace_called(names.SYSTEM_NAMESPACE)}
    to = [system, *map(_block, SERVICE_RANGES)]
    ports = [{"protocol": protocol, "port": _DNS} for protocol in ("UDP", "TCP")]
    return "names", _policy((), egress=[{"to": to, "ports": ports}])


def _operator() -> tuple[str, Rule]:
    """The operator knows Slurm through slurmrestd alone (`slurmclient_sync.go`)."""
    operator = {"namespaceSelector": _namespace_called(names.OPERATOR_NAMESPACE)}
    rule = {"from": [operator], "ports": _tcp(names.REST_PORT)}
    return "operator", _policy(("slurmrestd",), ingress=[rule])


def _ssh(plan: PcsPlan, vpc_cidrs: tuple[str, ...]) -> tuple[str, Rule]:
    """The load balancer keeps the client's address; its health checks come from its own."""
    blocks = [_block(cidr) for cidr in dict.fromkeys((*plan.network.ssh_from, *vpc_cidrs))]
    return "ssh", _policy(("login",), ingress=[{"from": blocks, "ports": _tcp(_SSH)}])


def _internet(vpc_cidrs: tuple[str, ...], pulling: tuple[str, ...]) -> tuple[str, Rule]:
    """Users fetch data, packages and licenses from anywhere but the VPC and the node itself.

    So does the pod that provides their software.
    """
    away = [*dict.fromkeys((*vpc_cidrs, *SERVICE_RANGES, LINK_LOCAL))]
    return "internet", _policy(
        ("login", "slurmd", *pulling), egress=[{"to": [_block(ANYWHERE, away)]}]
    )


def _copiers(cluster: SlurmCluster) -> tuple[str, ...]:
    """Pods that copy secrets of AWS."""
    token_key = (names.KEY_ACCOUNT,) if cluster.submission else ()
    return (names.DATABASE_ACCOUNT, *token_key)


def _agent(asking: tuple[str, ...]) -> tuple[str, Rule]:
    """Rights to buckets, to secrets and to images in Amazon ECR."""
    rule = {"to": [_block(POD_IDENTITY_AGENT)], "ports": _tcp(_HTTP)}
    return "pod-identity", _policy(("login", "slurmd", *asking), egress=[rule])


def _kubernetes(asking: tuple[str, ...]) -> tuple[str, Rule]:
    """The API server, at a service's address or its own in the VPC, and AWS in both places."""
    rule = {"to": [_block(ANYWHERE, [LINK_LOCAL])], "ports": _tcp(_HTTPS)}
    apps = (names.SCALER_ACCOUNT, *asking, names.DRAIN_ACCOUNT)
    return "kubernetes", _policy(apps, egress=[rule])


def _others_jobs(vpc_cidrs: tuple[str, ...]) -> tuple[str, Rule]:
    """The load balancer asks from an address of its own; its security group says who may ask it."""
    rule = {"from": [*map(_block, vpc_cidrs)], "ports": _tcp(names.REST_PORT)}
    return "others-jobs", _policy(("slurmrestd",), ingress=[rule])


def _jobs_for_others(vpc_cidrs: tuple[str, ...]) -> tuple[str, Rule]:
    """To slurmrestd of the other cluster; security groups say that nothing else has that port."""
    rule = {"to": [*map(_block, vpc_cidrs)], "ports": _tcp(HEAD_REST_PORT)}
    return "jobs-for-others", _policy(("login",), egress=[rule])


def _database(vpc_cidrs: tuple[str, ...]) -> tuple[str, Rule]:
    rule = {"to": [*map(_block, vpc_cidrs)], "ports": _tcp(_DATABASE)}
    return "database", _policy(("slurmdbd",), egress=[rule])


def _policy(apps: tuple[str, ...], **directions: list[Rule]) -> Rule:
    """For these pods, or all where none is named; `ingress` and `egress` are only added to."""
    chosen = {"matchExpressions": [{"key": APP_LABEL, "operator": "In", "values": [*apps]}]}
    types = [direction.capitalize() for direction in directions]
    return {"podSelector": chosen if apps else {}, "policyTypes": types, **directions}


def _namespace_called(name: str) -> Rule:
    return {"matchLabels": {"kubernetes.io/metadata.name": name}}


def _block(cidr: str, away: list[str] | None = None) -> Rule:
    return {"ipBlock": {"cidr": cidr, **({"except": away} if away else {})}}


def _tcp(port: int) -> list[Rule]:
    return [{"protocol": "TCP", "port": port}]
