"""Registries that orders go to, logged in; their repositories, there or made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from petal_constructs.containers.credentials import stored
from petal_constructs.containers.push import Order
from petal_constructs.containers.references import ecr_region
from petal_constructs.containers.registry_client import Credentials, Registry
from petal_constructs.errors import ToolError


def registries(
    orders: Sequence[Order],
    given: Mapping[str, Credentials],
    say: Callable[[str], None],
) -> dict[str, Registry]:
    """The registries of orders by host; each lets the user in.

    Args:
        orders: What is to be pushed.
        given: Credentials that the user gave, by host. Default for Amazon ECR: those of AWS; for
            others: what the user's own login left.
        say: Told why something is tried again.

    Raises:
        ToolError: One cannot be reached, or refuses.
    """
    found = {}
    for host in dict.fromkeys(order.to.host for order in orders):
        credentials = given.get(host) or _own(host)
        found[host] = Registry(host, credentials, say)
        found[host].check()
    return found


def make_repositories(orders: Sequence[Order], *, create: bool, how: str) -> Iterator[str]:
    """Make the repositories of Amazon ECR that are missing; others make theirs by themselves.

    Args:
        orders: What is to be pushed.
        create: Whether the user wants it.
        how: What the error tells to do.

    Returns:
        What was made, while it is made.

    Raises:
        ToolError: Some are missing and not wanted, or AWS refuses.
    """
    from petal_constructs.containers.ecr import create_repository, missing_repositories

    paths = defaultdict(list)
    for order in orders:
        if ecr_region(order.to.host):
            paths[order.to.host].append(order.to.path)
    missing = {host: missing_repositories(host, wanted) for host, wanted in paths.items()}
    names = [f"{host}/{path}" for host, absent in missing.items() for path in absent]
    if names and not create:
        raise ToolError(f"there is no repository {', '.join(names)}\n{how}")
    for host, absent in missing.items():
        for path in absent:
            create_repository(host, path)
            yield f"{host}/{path}"


def _own(host: str) -> Credentials | None:
    from petal_constructs.containers.ecr import ecr_login

    return ecr_login(host) if ecr_region(host) else stored(host)
