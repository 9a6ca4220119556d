"""`software`: what users find with `module avail`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from petal_constructs.seed.base import QueueName, Section, SpackSpec, form

AUTO: Final = "auto"
"""What `software.target` calls the best that all nodes run."""

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
    background after the head node has started. Variants and dependencies may follow the version:
    `hdf5@1.14 +mpi ^openmpi@4.1`."""

    build_on: Annotated[QueueName | None, Field(examples=["compute"])] = None
    """Where packages are compiled that no build cache has: a queue, whose nodes then run one build
    at a time as a Slurm job that has a node for itself; or `head`, the head node at lowest
    priority. The node is billed while it builds; where nothing is to be compiled none is started.
    Default: the queue with the smallest nodes of 8 vCPUs or more, among those without accelerators
    that everybody may use for four hours or longer; else `head`."""

    build_cache: Annotated[
        str | None,
        form(
            r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_][A-Za-z0-9_.-]*)*"
            r"|https://[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*)/?$",
            "a part of a bucket such as s3://my-software/cache, or an https address",
            longest=600,
        ),
        Field(examples=["s3://my-software/cache"]),
    ] = None
    """A signed Spack build cache of your own, asked before the public one. Nodes may read this part
    of the bucket and no other. Default: Spack's public cache alone."""

    compiler: Annotated[
        str | None,
        form(
            r"^[a-z][a-z0-9-]*(@=?[0-9][A-Za-z0-9_.]*)?$",
            "a compiler such as gcc@13.2, as Spack names it",
            longest=60,
        ),
        Field(examples=["gcc@13.2"]),
    ] = None
    """Compiler of C, C++ and Fortran that packages are built with where they can be. One that nodes
    lack is installed first. A new one decides on all packages anew. Default: what Spack chooses,
    which is what the public cache has most binaries for."""

    target: Annotated[
        str | None,
        form(
            r"^[a-z][a-z0-9_]*$",
            "a processor such as x86_64_v4 or zen4, as Spack names it, or auto",
            longest=40,
        ),
        Field(examples=["x86_64_v4"]),
    ] = None
    """Processor that packages are built for; every queue and the head node must run it. `auto`
    takes the best that all of them run, where AWS names their processors. A new one builds all
    packages again, and the public cache has few binaries for special ones. Default: `x86_64_v3` or
    `aarch64`, which all EC2 types of use run."""

    containers: tuple[Container, ...] = ()
    """Container images with software."""

    container_runtime: Literal["apptainer", "pyxis"] | None = None
    """What runs containers. Modules of images work with both. `pyxis` also lets jobs start in any
    image, by `srun --container-image`; `pcs` always has it. Default: `apptainer` on
    `parallelcluster`, `pyxis` on `pcs`."""

    licences: tuple[Licence, ...] = ()
    """Licences that Slurm hands out to jobs."""
