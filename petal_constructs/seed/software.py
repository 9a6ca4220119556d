"""`software`: what users find with `module avail`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from petal_constructs.seed.base import Section, SpackSpec, form

ModuleName = Annotated[
    str,
    form(
        r"^[A-Za-z0-9][A-Za-z0-9_.+-]*(/[A-Za-z0-9][A-Za-z0-9_.+-]*)?$",
        "a module such as samtools/1.17",
        longest=100,
    ),
]


class Container(Section):
    """A container image: one that exists, or one that petal builds from packages."""

    name: Annotated[
        str,
        form(
            r"^[a-z0-9]+([._-][a-z0-9]+)*$",
            "lower-case letters and digits, with single . _ - between them",
            longest=100,
        ),
        Field(examples=["bioinformatics"]),
    ]
    """Name of the container, and of its repository in the registry."""

    image: Annotated[
        str | None,
        form(
            r"^[a-z0-9][a-zA-Z0-9._-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*"
            r"(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha256:[0-9a-f]{64})?$",
            "an image such as public.ecr.aws/bio/tools:v1.0",
            longest=300,
        ),
        Field(examples=["public.ecr.aws/bio/tools:v1.0"]),
    ] = None
    """Image to use or to push to. Default: one that petal names in the account's own registry."""

    packages: tuple[SpackSpec, ...] = ()
    """Spack packages to build the image from."""

    entrypoint: Annotated[
        str | None,
        form(r"^/[A-Za-z0-9_./-]+$", "an absolute path such as /bin/bash", longest=200),
    ] = None
    """Program that starts with the container. Default: the image's own."""

    modules: Annotated[tuple[ModuleName, ...], Field(examples=[["samtools/1.17"]])] = ()
    """Modules that the image provides: `module load` puts their commands on PATH."""


class Licence(Section):
    """Licences of a product, which Slurm counts: a job waits until enough of them are free."""

    name: Annotated[
        str,
        form(
            r"^[A-Za-z][A-Za-z0-9_.-]*$",
            "letters, digits and . _ -, starting with a letter",
            longest=64,
        ),
        Field(examples=["abaqus"]),
    ]
    """Name that jobs ask for: `sbatch -L <name>:<number>`."""

    count: Annotated[int, Field(ge=1, le=1_000_000)]
    """How many jobs of the cluster may hold at once. Slurm asks no licence server."""


class Software(Section):
    """Software for the users, as Spack packages or in containers."""

    spack_packages: Annotated[tuple[SpackSpec, ...], Field(examples=[["samtools@1.17"]])] = ()
    """Spack packages to install on shared storage, each with a module file. They are built in the
    background after the head node has started."""

    containers: tuple[Container, ...] = ()
    """Container images with software."""

    container_runtime: Literal["apptainer", "pyxis"] | None = None
    """What runs containers. Default: `apptainer` on `parallelcluster`, `pyxis` on `pcs`."""

    licences: tuple[Licence, ...] = ()
    """Licences that Slurm hands out to jobs."""
