"""`petal push-container`: images of this machine become what plans name."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Platform
from petal_constructs.errors import ToolError, UsageError

if TYPE_CHECKING:
    from petal_constructs.containers.push import Order
    from petal_constructs.containers.registry_client import Credentials
    from petal_constructs.plan.images import Image
    from petal_constructs.seed.lock import Locked
    from petal_constructs.seed.model import Seed

    Pushed = tuple[Image, Locked]

PASSWORD: Final = "PETAL_REGISTRY_PASSWORD"  # noqa: S105  # name of a variable
_REGIONS: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")


_StackOrSeed = Annotated[
    str | None,
    typer.Argument(
        metavar="STACK_OR_SEED",
        help="The seed, a YAML file; or the name of a cluster that was deployed.",
        show_default=False,
    ),
]
_Registry = Annotated[
    str | None,
    typer.Option(
        metavar="REGISTRY",
        help="Registry of Amazon ECR or any other, with a path or without. "
        "Default: the one that all images name, else the account's own in the cluster's region.",
        show_default=False,
    ),
]
_Username = Annotated[
    str | None,
    typer.Option(
        help="Who logs in to REGISTRY. Default: AWS credentials for Amazon ECR, the container "
        "tool's own login for others.",
        show_default=False,
    ),
]
_PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin",
        help=f"Read the password from standard input. Default: from {PASSWORD}.",
    ),
]


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Whose images are pushed."""

    seed: Seed
    folder: Path
    """Where the lock lies."""
    named: str
    """What later commands of the user call it by."""


def push_container(  # noqa: PLR0913, PLR0917  # options of a command
    argument: _StackOrSeed = None,
    seed: Annotated[
        str | None,
        typer.Option("-t", "--seed", help="The same, instead of the argument.", show_default=False),
    ] = None,
    on: Platform = None,
    ecr: _Registry = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", help="This image alone; may be repeated.", show_default=False),
    ] = None,
    tool: Annotated[
        Literal["auto", "docker", "podman", "buildah"],
        typer.Option(help="What has the images; auto takes the first that works."),
    ] = "auto",
    create: Annotated[
        bool, typer.Option("--create", help="Make repositories of Amazon ECR that are missing.")
    ] = False,
    username: _Username = None,
    password_stdin: _PasswordStdin = False,
) -> None:
    """Push the images that `petal build-container` made, and write down their digests.

    The digests go to petal.lock.yaml beside the seed, all at once at the end; plans read it. What
    the registry has is not pushed again, so a push that broke off is simply run once more.
    """
    if bool(argument) == bool(seed):
        raise UsageError("name one seed or cluster\nhint: petal push-container seeds/bio.yaml")
    given = _credentials(username, from_stdin=password_stdin)
    cluster = _cluster(argument or seed or "", on)
    with _ended_by_terminate():
        done = _push(cluster, names or (), ecr, tool, given, create=create)
        _write_down(cluster, done)
    for image, locked in done:
        output.write(f"{image.name}  {locked.reference}")
        if missing := [m for m, _ in image.targets if m not in locked.machines]:
            output.tell(
                f"{image.name}: still without an image for {' and '.join(missing)}: build and push "
                "on such a machine, and it joins this one"
            )


def _credentials(username: str | None, *, from_stdin: bool) -> Credentials | None:
    from petal_constructs.containers.registry_client import Credentials

    if username is None:
        if from_stdin:
            raise UsageError("--password-stdin: whose is it?\nhint: add --username NAME")
        return None
    password = sys.stdin.readline().rstrip("\r\n") if from_stdin else os.environ.get(PASSWORD)
    if not password:
        raise UsageError(
            f"--username {username}: there is no password\n"
            f"hint: --password-stdin reads it from standard input; or set {PASSWORD}"
        )
    return Credentials(username, password)


def _cluster(wanted: str, on: str | None) -> _Cluster:
    """A seed's file, or a cluster that tells which seed it was deployed from."""
    from petal_constructs.planning import load_seed
    from petal_constructs.seed.lock import read_lock

    file = Path(wanted)
    if file.exists() or file.suffix in {".yaml", ".yml"} or len(file.parts) > 1:
        return _Cluster(load_seed(file, platform=on), file.parent, wanted)
    here = Path()
    return _Cluster(_deployed_seed(wanted).with_lock(read_lock(here)), here, "SEED")


def _deployed_seed(name: str) -> Seed:
    from petal_constructs.cli.deployed import deployed_stack
    from petal_constructs.cli.stacks import place
    from petal_constructs.platforms import STACK_PREFIX

    region = next((os.environ[r] for r in _REGIONS if os.environ.get(r)), None)
    if region is None:
        raise UsageError(
            f"{name}: there is no such file, and no region to look for a cluster of that name\n"
            "hint: name the seed's file; or set AWS_REGION"
        )
    stack = f"{STACK_PREFIX}{name.removeprefix(STACK_PREFIX)}"
    found = deployed_stack(stack, region)
    if found is None:
        raise UsageError(
            f"{name}: there is no such file, and no stack {stack} in {place(region)}\n"
            "hint: check AWS_PROFILE and AWS_REGION; or name the seed's file"
        )
    seed = found.record.seed if found.record else None
    if seed is None:
        raise ToolError(
            f"stack {stack} does not say from which seed it was made, or this petal does not build "
            "that one\nhint: name the seed's file"
        )
    return seed


def _push(
    cluster: _Cluster,
    names: Sequence[str],
    registry: str | None,
    tool_name: str,
    given: Credentials | None,
    *,
    create: bool,
) -> list[Pushed]:
    """What was pushed."""
    from petal_constructs.cli.steps import Steps
    from petal_constructs.containers.credentials import login_folder
    from petal_constructs.containers.login import make_repositories, registries
    from petal_constructs.containers.push import Push
    from petal_constructs.containers.tools import find_tool

    wanted = _wanted(cluster, names)
    tool = find_tool(tool_name)
    if tool is None:
        raise ToolError("no container tool is here\nhint: install docker, podman or buildah")
    where = _registry(cluster.seed, wanted, registry)
    orders = _orders(cluster.seed, wanted, where, tool)
    logins = {where.partition("/")[0]: given} if given else {}
    found = registries(orders, logins, output.tell)
    how = (
        "hint: --create makes it; or deploy the registry's stack: "
        f"npx cdk deploy -c seed={cluster.named} -c stack=registry"
    )
    for made in make_repositories(orders, create=create, how=how):
        output.tell(f"made repository {made}")
    steps, done = Steps(len(orders)), []
    with login_folder({h: r.credentials for h, r in found.items() if r.credentials}) as login:
        for order in orders:
            push = Push(tool, found[order.to.host], login, output.progress)
            with steps.step(f"push {order.to.repository} with {tool.name}"):
                done.append((order.image, push.image(order)))
    return done


def _wanted(cluster: _Cluster, names: Sequence[str]) -> tuple[Image, ...]:
    from petal_constructs.plan.images import images
    from petal_constructs.seed.suggest import did_you_mean, one_of

    seed = cluster.seed
    built = [image for image in images(seed) if image.built]
    known = [image.name for image in built]
    if not built:
        raise UsageError(
            f"{seed.cluster.name}: there is no image to push: no container has packages\n"
            "hint: list packages under software.containers, or software.spack_packages"
        )
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or one_of(known)
            raise UsageError(f"--name {name}: petal builds no image of this name\nhint: {hint}")
    return tuple(image for image in built if not names or image.name in names)


def _registry(seed: Seed, wanted: Sequence[Image], given: str | None) -> str:
    """The one that was named, or that all images name; else that of the account."""
    from petal_constructs.containers.references import named_host, registry_name

    if given:
        return registry_name(given)
    hosts = {named_host(image.reference or "") for image in wanted}
    if len(hosts) == 1 and (host := hosts.pop()):
        return host
    from petal_constructs.containers.ecr import own_registry

    return own_registry(seed.cluster.region)


def _orders(seed: Seed, wanted: Sequence[Image], registry: str, tool: Any) -> list[Order]:
    from petal_constructs.containers.local_image import local_image
    from petal_constructs.containers.push import Order
    from petal_constructs.containers.references import destination

    return [
        Order(image, local_image(tool, image), destination(image, seed.cluster.name, registry))
        for image in wanted
    ]


def _write_down(cluster: _Cluster, done: Sequence[Pushed]) -> None:
    from petal_constructs.containers.lock_file import write_lock
    from petal_constructs.seed.lock import Lock, key, read_lock

    name = cluster.seed.cluster.name
    now = {key(name, image.name): locked for image, locked in done}
    lock = Lock({**read_lock(cluster.folder).images, **now})
    output.tell(f"{write_lock(cluster.folder, lock)}: written")


@contextmanager
def _ended_by_terminate() -> Iterator[None]:
    """While a push runs, SIGTERM ends it as Ctrl-C does: the tool is stopped, the login removed."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
