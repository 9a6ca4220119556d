"""EC2 instance types: what each one has, where it is offered, and which are gone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from petal_constructs.catalog.tables import read_table

CURRENT = Path(__file__).with_name("instance_types.tsv")
WITHDRAWN = Path(__file__).with_name("withdrawn_instance_types.tsv")

Architecture = Literal["x86_64", "arm64"]


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One EC2 instance type as DescribeInstanceTypes shows it; macOS-only types are left out.

    Attributes:
        name: Such as `c5.4xlarge`.
        vcpus: Virtual CPUs, with the default number of threads for each core.
        cores: Physical cores; equals `vcpus` where hyper-threading is off by default or absent.
        memory_mib: Main memory in MiB.
        architecture: Processor architecture.
        gpus: Graphics processors that the operating system sees. A fraction of one (g6f, gr6f) is
            1, and `gpu_memory_mib` tells its size; ParallelCluster does not count such fractions.
        gpu_model: Such as `H100`; empty without GPU.
        gpu_memory_mib: Memory of all GPUs together, in MiB.
        accelerators: Other chips for training or inference: Trainium, Inferentia, Gaudi, AI 100.
            FPGAs and video encoders are not counted.
        efa_interfaces: Most Elastic Fabric Adapters that fit; 0 without support.
        network: Bandwidth as AWS words it, such as `Up to 10 Gigabit`.
        network_gbps: Bandwidth in Gbit/s that lasts: the figure in `network` where that is one,
            else the baseline.
        nvme_gib: Local disks in GiB (rounded down), all together, whatever their kind.
        placement_group: Whether it may run in a cluster placement group.
        bare_metal: Whether it has no hypervisor.
        current_generation: False for what AWS calls previous generation.
        spot: Whether it is sold as Spot.
        capacity_blocks: Whether it is sold in Capacity Blocks.
    """

    name: str
    vcpus: int
    cores: int
    memory_mib: int
    architecture: Architecture
    gpus: int
    gpu_model: str
    gpu_memory_mib: int
    accelerators: int
    efa_interfaces: int
    network: str
    network_gbps: float
    nvme_gib: int
    placement_group: bool
    bare_metal: bool
    current_generation: bool
    spot: bool
    capacity_blocks: bool

    @property
    def family(self) -> str:
        """What stands before the dot of its name, such as `c5`."""
        return self.name.partition(".")[0]

    @property
    def efa(self) -> bool:
        """Whether it can have an Elastic Fabric Adapter."""
        return self.efa_interfaces > 0


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A type that EC2 once described and does not any more in the regions that the data covers.

    Attributes:
        name: The type that is gone.
        successor: The nearest type of today that has no less of what jobs ask for, where one
            exists; the rule and its exceptions are in `tools/refresh_instance_types.py`.
        note: What the data shows, in words; it quotes no announcement.
        source: Where that data comes from.
        as_of: Date of the data that lacks the type, ISO 8601.
    """

    name: str
    successor: str
    note: str
    source: str
    as_of: str


@lru_cache
def find(name: str) -> InstanceType | None:
    """The type of that exact name, withdrawn ones included; None if nobody knows it."""
    cells = read_table(CURRENT).cells(name) or read_table(WITHDRAWN).cells(name)
    return None if cells is None else parse(cells)


def withdrawn(name: str) -> Withdrawn | None:
    """What became of a type that is gone; None for one of today or an unknown one."""
    gone, today = read_table(WITHDRAWN), read_table(CURRENT)
    cells = gone.cells(name)
    if cells is None:
        return None
    successor, last_release, last_date = cells[-3:]
    source, as_of = today.about["source"], today.about["as_of"]
    note = (
        f"in the EC2 data of {last_release} ({last_date}), no longer in that of {source} ({as_of})"
    )
    return Withdrawn(name, successor, note, source, as_of)


def names() -> tuple[str, ...]:
    """Every type of today, by name; withdrawn ones are not among them."""
    return tuple(read_table(CURRENT).rows)


def regions() -> tuple[str, ...]:
    """Regions that `offered_in` knows."""
    return tuple(read_table(CURRENT).about["regions"].split())


def offered_in(name: str, region: str) -> bool | None:
    """Whether a region offers a type; None where the data does not know the region.

    A withdrawn or unknown type is offered nowhere.
    """
    if region not in regions():
        return None
    cells = read_table(CURRENT).cells(name)
    return cells is not None and region in regions_of(cells[-1], regions())


def regions_of(mask: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Regions behind a hexadecimal mask whose lowest bit is the first known region."""
    bits = int(mask, 16)
    return tuple(region for i, region in enumerate(known) if bits >> i & 1)


def similar(name: str) -> tuple[str, ...]:
    """Up to three types of today that a misspelt name may have meant, likeliest first."""
    from difflib import get_close_matches

    word = name.strip().lower()[:_LONGEST]
    split = _SEPARATED.fullmatch(word)
    if split is None:
        joined = {known.replace(".", ""): known for known in names()}
        close = get_close_matches(word, joined, n=3, cutoff=0.7)
        return tuple(joined[letters] for letters in close)
    families = _likeness(split[1], {known.partition(".")[0] for known in names()})
    sizes = _likeness(split[2], {known.partition(".")[2] for known in names()})
    scores = {n: families[n.partition(".")[0]] + sizes[n.partition(".")[2]] for n in names()}
    likely = sorted(names(), key=lambda known: -scores[known])[:3]
    return tuple(known for known in likely if scores[known] >= _LIKELY)


_SEPARATED = re.compile(r"(.+?)(?:\.|[-_ ](?=[^.]*$))(.+)")
_LONGEST = 32
"""Letters looked at: no name is longer, and the comparison is quadratic."""
_LIKELY = 1.3
"""Least likeness of family and size together; 2 is the same, and unlike words reach about 1."""


def _likeness(word: str, known: set[str]) -> dict[str, float]:
    from difflib import SequenceMatcher

    return {other: SequenceMatcher(None, word, other).ratio() for other in known}


def parse(cells: tuple[str, ...]) -> InstanceType:
    """The type in a row of either file; cells after the last field are ignored.

    Raises:
        ValueError: A cell that should be a number is none.
    """
    return InstanceType(
        name=cells[0],
        vcpus=int(cells[1]),
        cores=int(cells[2]),
        memory_mib=int(cells[3]),
        architecture=cast("Architecture", cells[4]),
        gpus=int(cells[5]),
        gpu_model=cells[6],
        gpu_memory_mib=int(cells[7]),
        accelerators=int(cells[8]),
        efa_interfaces=int(cells[9]),
        network=cells[10],
        network_gbps=float(cells[11]),
        nvme_gib=int(cells[12]),
        placement_group=cells[13] == "yes",
        bare_metal=cells[14] == "yes",
        current_generation=cells[15] == "yes",
        spot=cells[16] == "yes",
        capacity_blocks=cells[17] == "yes",
    )
