"""Pairs of tenants: which connections and which requests are allowed, and which are not."""

from __future__ import annotations

import pytest

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.namespace import namespace
from petal_constructs.platforms.pcs.charts.scaler import scaler
from tests.manifests.policies import Pod, allowed
from tests.manifests.rbac import Who, may
from tests.pcs.plans import plan_of

SEED = """\
cluster: {name: hpc, region: us-east-1, platform: pcs}
compute:
  queues:
    - {name: compute, instance_types: [c5.4xlarge], max_count: 20}
network: {ssh_from: [192.0.2.0/24]}
accounting: true
tenants:
  - {name: chem, iam_roles: ["arn:aws:iam::123456789012:role/chem"]}
  - {name: pharma, isolation: dedicated, iam_roles: ["arn:aws:iam::123456789012:role/pharma"]}
  - {name: physics, isolation: dedicated, iam_roles: ["arn:aws:iam::123456789012:role/physics"]}
"""
VPC = "10.0.0.0/16"
FURTHER = "100.64.0.0/16"
PLACES = ("hpc-jobs", "hpc-pharma", "hpc-physics")
PAIRS = [(one, other) for one in PLACES for other in PLACES if one != other]
APPS = (
    "slurmctld",
    "slurmd",
    "slurmrestd",
    "slurmdbd",
    "login",
    names.SCALER_ACCOUNT,
    names.DATABASE_ACCOUNT,
    names.DRAIN_ACCOUNT,
)
PORTS = (22, 53, 80, 443, 3306, 6817, 6818, 6819, 6820, 40000)

PLAN = plan_of(SEED)
OBJECTS = [
    body
    for cluster in PLAN.clusters
    for chart in (namespace(PLAN, cluster, vpc_cidrs=(VPC, FURTHER)), scaler(cluster))
    for body in chart.objects
]


def pod(place: str, app: str) -> Pod:
    """Pods have addresses of the VPC, so blocks of addresses may match them too."""
    number = (*PLACES, "slinky", "kube-system").index(place)
    return Pod(place, (("app.kubernetes.io/name", app),), ip=f"10.0.{number}.7")


def test_the_plan_has_a_namespace_for_all_who_share_and_one_for_each_dedicated_tenant():
    assert tuple(cluster.namespace for cluster in PLAN.clusters) == PLACES


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_pod_of_a_tenant_reaches_one_of_another(one, other):
    assert not [
        (source, destination, port)
        for source in APPS
        for destination in APPS
        for port in PORTS
        if allowed(OBJECTS, pod(one, source), pod(other, destination), port)
    ]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_tenant_who_breaks_his_own_rules_is_still_turned_away(one, other):
    """The destination's rules alone refuse: jobs of a privileged pod may have lifted their own.

    SSH is the exception: the health checks of the load balancer come from the same addresses.
    """
    theirs = [found for found in OBJECTS if found["metadata"].get("namespace") != one]

    assert [
        (destination, port)
        for destination in APPS
        for port in PORTS
        if allowed(theirs, pod(one, "slurmd"), pod(other, destination), port)
    ] == [("login", 22)]


@pytest.mark.parametrize("place", PLACES)
def test_within_a_namespace_all_pods_talk_on_all_ports(place):
    for port in PORTS:
        assert allowed(OBJECTS, pod(place, "slurmd"), pod(place, "slurmd"), port)
        assert allowed(OBJECTS, pod(place, "login"), pod(place, "slurmctld"), port)


@pytest.mark.parametrize("place", PLACES)
def test_ssh_comes_from_where_the_seed_says_and_to_the_login_pod_alone(place):
    assert allowed(OBJECTS, "192.0.2.9", pod(place, "login"), 22)
    assert not allowed(OBJECTS, "198.51.100.9", pod(place, "login"), 22)
    assert not allowed(OBJECTS, "192.0.2.9", pod(place, "login"), 6817)
    assert not allowed(OBJECTS, "192.0.2.9", pod(place, "slurmd"), 22)


@pytest.mark.parametrize("place", PLACES)
def test_health_checks_of_the_load_balancer_reach_the_login_pod(place):
    assert allowed(OBJECTS, "10.0.200.1", pod(place, "login"), 22)
    assert allowed(OBJECTS, "100.64.200.1", pod(place, "login"), 22)


@pytest.mark.parametrize("place", PLACES)
def test_the_operator_reaches_slurmrestd_alone(place):
    """And sshd, which takes connections from the whole VPC because health checks come from it."""
    operator = pod("slinky", "slurm-operator")

    reached = [
        (app, port)
        for app in APPS
        for port in PORTS
        if allowed(OBJECTS, operator, pod(place, app), port)
    ]
    assert reached == [("slurmrestd", 6820), ("login", 22)]


@pytest.mark.parametrize("app", ["login", "slurmd"])
def test_users_reach_the_internet_but_nothing_beside_the_cluster(app):
    jobs = pod("hpc-pharma", app)

    assert allowed(OBJECTS, jobs, "198.51.100.9", 443)
    assert allowed(OBJECTS, jobs, "198.51.100.9", 27000)  # a license server
    assert not allowed(OBJECTS, jobs, "10.0.77.7", 3306)  # a database in the VPC
    assert not allowed(OBJECTS, jobs, "100.64.77.7", 3306)  # and in a further block of it
    assert not allowed(OBJECTS, jobs, "172.20.0.1", 443)  # the API server
    assert not allowed(OBJECTS, jobs, "169.254.169.254", 80)  # the node's own rights
    assert allowed(OBJECTS, jobs, "169.254.170.23", 80)  # the rights of jobs
    assert not allowed(OBJECTS, jobs, pod("slinky", "slurm-operator"), 9443)


@pytest.mark.parametrize("app", APPS)
def test_every_pod_finds_names(app):
    for port_of in ("UDP", "TCP"):
        assert allowed(OBJECTS, pod("hpc-jobs", app), pod("kube-system", "x"), 53, port_of)
        assert allowed(OBJECTS, pod("hpc-jobs", app), "172.20.0.10", 53, port_of)


def test_petals_own_pods_reach_the_api_server_and_slurms_daemons_do_not():
    reaching = [
        app
        for app in APPS
        if allowed(OBJECTS, pod("hpc-jobs", app), "172.20.0.1", 443)
        and allowed(OBJECTS, pod("hpc-jobs", app), "10.0.99.1", 443)
    ]

    assert reaching == [names.SCALER_ACCOUNT, names.DATABASE_ACCOUNT, names.DRAIN_ACCOUNT]


def test_only_slurmdbd_reaches_the_database():
    reaching = [app for app in APPS if allowed(OBJECTS, pod("hpc-jobs", app), "10.0.88.8", 3306)]

    assert reaching == ["slurmdbd"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "what",
    ["pods", "pods/log", "events", "services", "nodesets.slinky.slurm.net"],
)
def test_a_role_looks_into_its_own_namespace_alone(place, what):
    for other in PLACES:
        assert may(OBJECTS, Who.group(f"petal:{place}"), "list", what, other) == (other == place)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("verb", "what"),
    [
        ("get", "secrets"),
        ("list", "secrets"),
        ("create", "pods"),
        ("create", "pods/exec"),
        ("get", "pods/exec"),
        ("create", "pods/attach"),
        ("create", "pods/portforward"),
        ("patch", "pods/ephemeralcontainers"),
        ("create", "serviceaccounts/token"),
        ("patch", "nodesets.slinky.slurm.net"),
        ("patch", "nodesets.slinky.slurm.net/scale"),
        ("create", "tokens.slinky.slurm.net"),
        ("delete", "networkpolicies.networking.k8s.io"),
        ("update", "resourcequotas"),
        ("bind", "roles.rbac.authorization.k8s.io"),
    ],
)
def test_a_role_changes_nothing_and_sees_no_secret(place, verb, what):
    who = Who.group(f"petal:{place}")

    assert not may(OBJECTS, who, verb, what, place)
    assert not may(OBJECTS, who, verb, what)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_scaler_scales_its_own_namespace_alone(one, other):
    who = Who.service_account(one, names.SCALER_ACCOUNT)
    scale = "nodesets.slinky.slurm.net/scale"

    assert may(OBJECTS, who, "patch", scale, one)
    assert not may(OBJECTS, who, "patch", scale, other)


@pytest.mark.parametrize("place", PLACES)
def test_jobs_may_ask_the_api_server_for_nothing(place):
    who = Who.service_account(place, names.JOBS_ACCOUNT)

    for verb in ("get", "list", "create", "patch", "delete"):
        for what in ("pods", "secrets", "nodesets.slinky.slurm.net", "configmaps"):
            assert not may(OBJECTS, who, verb, what, place)


def test_slurmdbd_reaches_its_database_in_every_block_of_the_vpc():
    for address in ("10.0.200.1", "100.64.200.1"):
        assert allowed(OBJECTS, pod("hpc-jobs", "slurmdbd"), address, 3306)
        assert not allowed(OBJECTS, pod("hpc-jobs", "slurmctld"), address, 3306)
