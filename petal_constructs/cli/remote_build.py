"""`petal build-container --remote`: AWS CodeBuild builds, and petal writes down what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petal_constructs.cli import output
from petal_constructs.errors import ToolError, UsageError

if TYPE_CHECKING:
    from petal_constructs.containers.code_builds import RemoteBuild
    from petal_constructs.plan.images import Image
    from petal_constructs.plan.registry import RegistryPlan, Repository
    from petal_constructs.seed.lock import Locked
    from petal_constructs.seed.model import Seed


def build_remotely(seed_file: Path, seed: Seed, wanted: Sequence[Image], form: str) -> None:
    """Build images in AWS, and write their digests to the lock beside the seed.

    Args:
        seed_file: Where the seed lies.
        seed: The seed.
        wanted: Images that are built; others of the seed are left.
        form: `text` or `json`.

    Raises:
        UsageError: An image lies in another registry than that of the stack.
        ToolError: There is no such stack, or a build failed.
    """
    from petal_constructs.containers.ecr import own_registry
    from petal_constructs.containers.lock_file import add_to_lock
    from petal_constructs.plan.registry import plan_registry

    plan = plan_registry(seed)
    repositories = tuple(_repositories(plan, wanted))
    _build(plan, repositories, seed_file)
    host = own_registry(plan.region)
    done = [(repository.image, _locked(plan, repository, host)) for repository in repositories]
    file = add_to_lock(seed_file.parent, plan.name, done)
    output.tell(f"{file}: written")
    if form == "json":
        output.write(output.to_json({"images": [_as_json(*each) for each in done]}))
    else:
        output.write("\n".join(f"{image.name}  {locked.reference}" for image, locked in done))


def _repositories(plan: RegistryPlan, wanted: Sequence[Image]) -> Iterator[Repository]:
    there = {repository.image.name: repository for repository in plan.repositories}
    for image in wanted:
        if image.name not in there:
            raise UsageError(
                f"{image.name}: image {image.reference} lies in another registry than the one that "
                "AWS CodeBuild pushes to\n"
                "hint: leave image out of software.containers, and petal names its repository; or "
                "build it here, without --remote"
            )
        yield there[image.name]


def _build(plan: RegistryPlan, repositories: Sequence[Repository], seed_file: Path) -> None:
    from petal_constructs.cli.stacks import client
    from petal_constructs.containers.code_builds import follow, missing, start
    from petal_constructs.plan.registry import projects

    machines = {machine for each in repositories for machine, _ in each.image.targets}
    found = {m: name for m, name in projects(plan).items() if m in machines}
    deploy = f"npx cdk deploy -c seed={seed_file} -c stack=registry"
    codebuild = client("codebuild", plan.region)
    with _told():
        if absent := missing(codebuild, found):
            raise ToolError(
                f"{plan.region} has no CodeBuild project {' and '.join(absent)}\n"
                f"hint: the registry's stack makes it: {deploy}"
            )
        builds = []
        for build in start(codebuild, found, _variables(plan, repositories)):
            output.tell(f"{build.machine}: build {build.identity} is started")
            builds.append(build)
        with _how_to_stop(builds, plan.region):
            follow(codebuild, client("logs", plan.region), builds, output.progress, deploy)


def _variables(plan: RegistryPlan, repositories: Sequence[Repository]) -> dict[str, str]:
    """What the program of the builds is told: which list it must have, and what of it to build."""
    from petal_constructs.render.image_bundle import LIST, image_bundle

    variables = {"PETAL_LIST": sha256(image_bundle(plan)[LIST].encode()).hexdigest()}
    if len(repositories) < len(plan.repositories):
        variables["PETAL_NAMES"] = " ".join(each.image.name for each in repositories)
    return variables


def _locked(plan: RegistryPlan, repository: Repository, host: str) -> Locked:
    from petal_constructs.containers.built_there import built_there
    from petal_constructs.containers.references import Destination

    found = built_there(plan, repository.image, Destination(host, repository.name))
    if found is None:
        raise ToolError(
            f"{repository.name}: the builds ended well, and the registry lacks what they push\n"
            "hint: a lifecycle rule or somebody removed it meanwhile: run the same again"
        )
    return found


@contextmanager
def _how_to_stop(builds: Sequence[RemoteBuild], region: str) -> Iterator[None]:
    """Who interrupts is told that builds go on, and are billed."""
    try:
        yield
    except KeyboardInterrupt:
        for build in builds:
            command = f"aws codebuild stop-build --region {region} --id {build.identity}"
            output.tell(f"{build.machine}: the build goes on in AWS; stop it: {command}")
        raise


@contextmanager
def _told() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    from petal_constructs.catalog.causes import hint_for

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        hint = hint_for(str(error)) or "petal doctor checks credentials"
        raise ToolError(f"AWS CodeBuild does not answer: {error}\nhint: {hint}") from error


def _as_json(image: Image, locked: Locked) -> dict[str, Any]:
    return {"name": image.name, "image": locked.reference, "machines": dict(locked.machines)}
