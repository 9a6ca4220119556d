"""Random seeds for ParallelCluster, as the mappings that their YAML files hold.

Most are good. What is drawn leaves open whether petal or ParallelCluster accepts it: the point of
these seeds is that both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from petal_constructs.catalog import instance_types
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.catalog.parallelcluster import FACTS

REGIONS = ("us-east-1", "eu-west-1")
"""The simulated AWS of each takes seconds to furnish, so they are few."""

Mapped = dict[str, Any]


@lru_cache
def offered(region: str, architecture: str) -> tuple[InstanceType, ...]:
    """Types of today that a region offers."""
    known = [instance_types.find(name) for name in instance_types.names()]
    return tuple(
        kind
        for kind in known
        if kind
        and kind.architecture == architecture
        and instance_types.offered_in(kind.name, region)
    )


def _maybe(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Mapped]:
    """Each of these keys, or none."""
    return st.fixed_dictionaries({}, optional=keys)


def _names(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


def _rarely(usual: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The other one in a tenth of all cases."""
    return st.integers(0, 9).flatmap(lambda tenth: usual if tenth < 9 else other)


QUEUE_NAMES = _names(r"[a-z][a-z0-9-]{0,24}")
TAKEN = [*FACTS.reserved_mount_dirs, *FACTS.storage.forbidden_mount_dirs, "/home", "/scratch"]
FOLDERS = _rarely(_names(r"/data[a-z0-9._-]{0,9}(/[a-z0-9]{1,12}){0,2}"), st.sampled_from(TAKEN))
DENIED = st.sampled_from(FACTS.slurm.denied + FACTS.slurm.denied_with_database)
SLURM = st.dictionaries(
    _rarely(st.sampled_from(["PriorityType", "SchedulerParameters", "KillWait"]), DENIED),
    st.just("x"),
    max_size=2,
)
TAGS = st.dictionaries(
    _names(r"[A-Za-z0-9][A-Za-z0-9 _.:/=+@-]{0,20}"),
    _names(r"[A-Za-z0-9 _.:/=+@-]{0,20}"),
    max_size=4,
)
USERS = st.lists(
    st.tuples(_names(r"[a-z_][a-z0-9_-]{2,9}"), st.integers(2000, 60000)),
    max_size=4,
    unique_by=(lambda user: user[0], lambda user: user[1]),
).map(lambda users: [{"name": name, "uid": uid, "gid": uid} for name, uid in users])
SCRIPTS = st.fixed_dictionaries(
    {"script": st.sampled_from(["s3://scripts-of-ours/tune.sh", "s3://scripts-of-ours/more.sh"])},
    optional={
        "args": st.lists(_names("[a-z]{1,9}"), max_size=2),
        "when": st.sampled_from(["start", "configured"]),
    },
)
LAB = {
    "domain": "corp.example.org",
    "addresses": ["ldaps://corp.example.org"],
    "reader": "CN=Reader,OU=Users,DC=corp,DC=example,DC=org",
}
BOUNDARY = st.just("arn:aws:iam::123456789012:policy/Boundary")
IAM = st.sampled_from(["lab-", "/parallelcluster/lab/", "/parallelcluster/lab/lab-", "n" * 31])
RESERVATIONS = st.integers(0, 9).map("cr-0123456789abcdef{}".format)
IDS = {"efs": "fs-a", "fsx-lustre": "fs-b", "ebs": "vol-c", "fsx-ontap": "fsvol-d"}
"""Beginnings of ids; no file system is of two kinds."""
NETWORK = {
    "vpc_id": "vpc-0123456789abcdef0",
    "public_subnets": ["subnet-0123456789abcdef0"],
    "private_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
}


@st.composite
def seeds(draw: st.DrawFn) -> Mapped:
    """A whole seed."""
    region = draw(st.sampled_from(REGIONS))
    kinds = offered(region, draw(st.sampled_from(FACTS.architectures)))
    network = draw(_networks(region))
    existing = "vpc_id" in network
    secret = f"arn:aws:secretsmanager:{region}:123456789012:secret:reader-AbCdEf"
    directory = {"directory": LAB | {"password_secret": secret}}
    people = draw(_rarely(st.fixed_dictionaries({"users": USERS}), st.just(directory)))
    return {
        "cluster": {
            "name": draw(_names(r"[a-zA-Z][a-zA-Z0-9-]{0,59}")),
            "region": region,
            **draw(_maybe(os=_systems(), tags=TAGS, slurm_settings=SLURM)),
            **draw(
                _rarely(st.just({}), _maybe(permissions_boundary=BOUNDARY, resource_prefix=IAM))
            ),
        },
        "compute": draw(_computes(kinds, network)),
        "network": network,
        "data": {"shared": draw(_storage(existing=existing))},
        **people,
        **draw(_rarely(st.just({}), _tenants(people.get("users", [])))),
        **draw(
            _maybe(
                accounting=st.booleans(),
                monitoring=st.booleans(),
                log_retention_days=st.sampled_from([*FACTS.logs.retention_days, 31]),
            )
        ),
    }


def _tenants(users: list[Mapped]) -> st.SearchStrategy[Mapped]:
    """A tenant of all people, with a limit that all nodes keep or one that Slurm must count."""
    names = [user["name"] for user in users]
    quotas = st.sampled_from([{"cpus": 512}, {"memory": "512Gi"}])
    tenant = st.fixed_dictionaries({"name": QUEUE_NAMES, "users": st.just(names), "quota": quotas})
    return tenant.map(lambda one: {"tenants": [one]} if names else {})


def _systems() -> st.SearchStrategy[str]:
    """Those with a public image: an image of one's own lies in an account."""
    public = [name for name, system in FACTS.operating_systems.items() if system.public_ami]
    return st.sampled_from(public)


@st.composite
def _networks(draw: st.DrawFn, region: str) -> Mapped:
    place = draw(st.sampled_from([{}, {"zones": [f"{region}a", f"{region}b"]}, NETWORK]))
    blocks = st.lists(st.sampled_from(["192.0.2.0/24", "10.0.0.0/8"]), min_size=1, unique=True)
    return {**place, "ssh_from": draw(blocks), **draw(_maybe(key_name=st.just("administrator")))}


@st.composite
def _computes(draw: st.DrawFn, kinds: tuple[InstanceType, ...], network: Mapped) -> Mapped:
    queues = st.lists(_queues(kinds, network), min_size=1, max_size=4, unique_by=_name)
    pools = st.lists(_pools(kinds), max_size=2, unique_by=_name)
    return {
        "head_node": draw(st.sampled_from(kinds)).name,
        "queues": draw(queues),
        "login_nodes": draw(_rarely(st.just([]), pools)),
    }


def _name(part: Mapped) -> str:
    return str(part["name"])


def _pools(kinds: tuple[InstanceType, ...]) -> st.SearchStrategy[Mapped]:
    types = st.sampled_from([kind.name for kind in kinds])
    return st.fixed_dictionaries(
        {"name": QUEUE_NAMES, "instance_type": types},
        optional={"count": st.integers(0, 20), "gracetime_minutes": st.integers(3, 120)},
    )


def _places(network: Mapped) -> st.SearchStrategy[Mapped]:
    """Where a queue may stand: some of the subnets or zones that there are."""
    wheres = {"zones": "zones", "subnets": "private_subnets"}
    return _maybe(
        **{
            key: st.lists(st.sampled_from(network[of]), min_size=1, unique=True)
            for key, of in wheres.items()
            if of in network
        }
    )


@st.composite
def _queues(draw: st.DrawFn, kinds: tuple[InstanceType, ...], network: Mapped) -> Mapped:
    """Types that have what the queue asks for, as a rule, and often the same size."""
    wishes = draw(_maybe(efa=st.booleans(), placement_group=st.booleans()))
    capacity = draw(st.sampled_from(["ONDEMAND", "SPOT"]))
    fitting = [kind for kind in kinds if _fits(kind, wishes, capacity)]
    first = draw(st.sampled_from(draw(_rarely(st.just(fitting), st.just(kinds)))))
    alike = [kind for kind in fitting if (kind.vcpus, kind.gpus) == (first.vcpus, first.gpus)]
    others = draw(st.lists(st.sampled_from(alike or [first]), max_size=3))
    more = draw(st.lists(st.sampled_from(fitting), max_size=1))
    if draw(_rarely(st.just(value=False), st.just(value=True))):
        return draw(_reserved(first, wishes))
    most = draw(_rarely(st.integers(4, 100), st.integers(1, 1000)))
    strategies = _rarely(
        st.sampled_from(FACTS.capacity.allocation_strategies[capacity]),
        st.sampled_from(["prioritized", "capacity-optimized"]),
    )
    return {
        "name": draw(QUEUE_NAMES),
        "instance_types": list(dict.fromkeys(kind.name for kind in (first, *others, *more))),
        "capacity_type": capacity,
        "min_count": draw(st.integers(0, most)),
        "max_count": most,
        **wishes,
        **draw(_places(network)),
        **draw(
            _maybe(
                allocation_strategy=strategies,
                max_time=st.just("2-00:00:00"),
                scripts=st.lists(SCRIPTS, min_size=1, max_size=3),
                tags=TAGS,
                gpu_health_check=st.just(bool(first.gpus)),
            )
        ),
    }


@st.composite
def _reserved(draw: st.DrawFn, kind: InstanceType, wishes: Mapped) -> Mapped:
    """A queue in a reservation, which holds enough nodes for a few of these."""
    most = draw(st.integers(1, 5))
    return {
        "name": draw(QUEUE_NAMES),
        "instance_types": [kind.name],
        "capacity_type": draw(st.sampled_from(["ONDEMAND", "CAPACITY_BLOCK"])),
        "capacity_reservation": draw(RESERVATIONS),
        "min_count": draw(_rarely(st.just(most), st.just(0))),
        "max_count": most,
        **wishes,
    }


def _fits(kind: InstanceType, wishes: Mapping[str, bool], capacity: str) -> bool:
    near = wishes.get("placement_group") or wishes.get("efa")
    return (
        (kind.efa or not wishes.get("efa"))
        and (kind.placement_group or not near)
        and (kind.spot or capacity != "SPOT")
    )


@st.composite
def _storage(draw: st.DrawFn, *, existing: bool) -> list[Mapped]:
    most = draw(_rarely(st.just(3), st.just(6)))
    folders = st.lists(_folders(existing=existing), max_size=most, unique_by=_mount_point)
    found = draw(folders)
    return [{**folder, "name": f"{folder['name']}{n}"} for n, folder in enumerate(found)]


def _mount_point(folder: Mapped) -> str:
    return str(folder["mount_point"]).split("/")[1]


@st.composite
def _folders(draw: st.DrawFn, *, existing: bool) -> Mapped:
    kind = draw(st.sampled_from(["efs", "fsx-lustre", "ebs", *(["fsx-ontap"] if existing else [])]))
    digits = draw(_rarely(st.just(16), st.just(7)))
    given_id = f"{IDS[kind]}{draw(st.integers(1, 2**24)):0{digits}x}"
    old = existing and (kind == "fsx-ontap" or draw(st.booleans()))
    sizes = {
        "ebs": _rarely(st.integers(1, 2000), st.integers(1, 20_000)),
        "fsx-lustre": _rarely(st.sampled_from([1200, 2400, 4800]), st.integers(1, 20_000)),
    }
    return {
        "name": draw(_names(r"[a-z][a-z0-9-]{0,22}")),
        "type": kind,
        "mount_point": draw(FOLDERS),
        "keep": old,
        **({"id": given_id} if old else {}),
        **({"size_gib": draw(sizes[kind])} if kind in sizes and not old else {}),
    }
