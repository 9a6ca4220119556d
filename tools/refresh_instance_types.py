"""Write the catalog's instance types from a release of moto, which carries EC2's own answers.

    pip download --no-deps moto==5.2.5
    python tools/refresh_instance_types.py moto-5.2.5-py3-none-any.whl

A type that the catalog has and the release lacks moves to the withdrawn types, with a successor.
To write both files anew, delete them and give several releases, oldest first: the more, the longer
the memory of withdrawn types. Review the diff before you commit it.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

from petal_constructs.catalog import instance_types as catalog
from petal_constructs.catalog.instance_types import Architecture, InstanceType
from petal_constructs.catalog.tables import Table, read_table

RESOURCES = "moto/ec2/resources"
COLUMNS = tuple(field.name for field in fields(InstanceType))
GPU_MAKERS = {"NVIDIA", "AMD"}

SUCCESSORS = {
    # No type of today has 16 GPUs; the eight of p4d are much faster.
    "p2.16xlarge": "p4d.24xlarge",
    # By the rule these would become the last p3, p3dn.24xlarge.
    "p2.8xlarge": "p4d.24xlarge",
    "p3.16xlarge": "p4d.24xlarge",
    # Gaudi is for training; the nearest by numbers, dl2q, is for inference.
    "dl1.24xlarge": "p4d.24xlarge",
    # Same number of FPGAs, which the catalog does not count.
    "f1.2xlarge": "f2.6xlarge",
    "f1.4xlarge": "f2.12xlarge",
    "f1.16xlarge": "f2.48xlarge",
}
"""Successors where the rule of `successor` would mislead, each with the reason."""


@dataclass(frozen=True)
class Release:
    """EC2's answers as one moto release carries them."""

    version: str
    as_of: str
    types: dict[str, InstanceType]
    offers: dict[str, set[str]]
    """Types by region."""


def read_wheel(wheel: Path) -> Release:
    """Read a moto wheel; its date is that of the youngest file in it."""
    with zipfile.ZipFile(wheel) as archive:
        moment = max(entry.date_time for entry in archive.infolist())
        as_of = "{:04}-{:02}-{:02}".format(*moment)
        version = wheel.name.split("-")[1]
        return read_release(zipfile.Path(archive, f"{RESOURCES}/"), version, as_of)


def read_release(resources: Path | zipfile.Path, version: str, as_of: str) -> Release:
    """Read the folder of EC2 data, in a wheel or in an installed moto."""
    (described,) = (e for e in resources.iterdir() if e.name.startswith("instance_types.json"))
    types = [translate(name, facts) for name, facts in _load(described).items()]
    offers = {
        entry.name.partition(".")[0]: {offer["InstanceType"] for offer in _load(entry)}
        for entry in (resources / "instance_type_offerings" / "region").iterdir()
    }
    return Release(version, as_of, {t.name: t for t in types if t is not None}, offers)


def _load(entry: Path | zipfile.Path) -> Any:
    content = entry.read_bytes()
    return json.loads(gzip.decompress(content) if entry.name.endswith(".gz") else content)


def translate(name: str, facts: dict[str, Any]) -> InstanceType | None:
    """The catalog's view of a DescribeInstanceTypes entry; None for what only runs macOS."""
    architectures = facts["ProcessorInfo"]["SupportedArchitectures"]
    usage = facts["SupportedUsageClasses"]
    architecture = next((a for a in get_args(Architecture) if a in architectures), None)
    if architecture is None:
        return None
    chips = _chips(facts)
    gpus = [chip for chip in chips if chip["Manufacturer"] in GPU_MAKERS]
    return InstanceType(
        name=name,
        vcpus=facts["VCpuInfo"]["DefaultVCpus"],
        cores=facts["VCpuInfo"].get("DefaultCores", facts["VCpuInfo"]["DefaultVCpus"]),
        memory_mib=facts["MemoryInfo"]["SizeInMiB"],
        architecture=architecture,
        gpus=sum(_count(gpu) for gpu in gpus),
        gpu_model=gpus[0]["Name"] if gpus else "",
        gpu_memory_mib=facts["GpuInfo"].get("TotalGpuMemoryInMiB", 0) if gpus else 0,
        accelerators=sum(_count(chip) for chip in chips if chip not in gpus),
        efa_interfaces=facts["NetworkInfo"].get("EfaInfo", {}).get("MaximumEfaInterfaces", 0),
        network=facts["NetworkInfo"]["NetworkPerformance"],
        network_gbps=_gbps(facts["NetworkInfo"]),
        nvme_gib=facts.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0) * 10**9 // 2**30,
        placement_group="cluster" in facts["PlacementGroupInfo"]["SupportedStrategies"],
        bare_metal=facts["BareMetal"],
        current_generation=facts["CurrentGeneration"],
        spot="spot" in usage,
        capacity_blocks="capacity-block" in usage,
    )


def _chips(facts: dict[str, Any]) -> list[dict[str, Any]]:
    # EC2 lists Inferentia twice: as Neuron device and as inference accelerator.
    neuron = facts.get("NeuronInfo", {}).get("NeuronDevices", [])
    inference = facts.get("InferenceAcceleratorInfo", {}).get("Accelerators", [])
    devices = [{"Manufacturer": "AWS", **device} for device in neuron]
    return [*facts.get("GpuInfo", {}).get("Gpus", []), *(devices or inference)]


def _count(chip: dict[str, Any]) -> int:
    return int(chip.get("LogicalGpuCount", chip["Count"]))


def _gbps(network: dict[str, Any]) -> float:
    # Cards may share what the type has, so their sum is right only where AWS states no figure.
    stated = re.fullmatch(r"(?:(\d+)x )?([\d.]+) Gigabit", network["NetworkPerformance"])
    if stated:
        return int(stated[1] or 1) * float(stated[2])
    cards = network["NetworkCards"]
    return float(sum(card.get("BaselineBandwidthInGbps", 0) for card in cards))


def successor(lost: InstanceType, release: Release) -> str:
    """A type of today with no less of what `_lacks` looks at and as little more as possible.

    Ties go to the type that most regions offer. Where nothing has enough of everything, the type
    that lacks the fewest things.
    """

    def excess(t: InstanceType) -> tuple[object, ...]:
        regions = sum(t.name in types for types in release.offers.values())
        return (_lacks(t, lost), t.gpus, t.accelerators, t.vcpus, t.memory_mib, -regions, t.name)

    alike = (
        t
        for t in release.types.values()
        if (t.architecture, t.bare_metal) == (lost.architecture, lost.bare_metal)
        and t.current_generation
    )
    return SUCCESSORS.get(lost.name) or min(alike, key=excess).name


def _lacks(candidate: InstanceType, lost: InstanceType) -> int:
    needs = ("gpus", "gpu_memory_mib", "accelerators", "vcpus", "memory_mib", "efa_interfaces")
    return sum(getattr(candidate, need) < getattr(lost, need) for need in needs)


def current_text(release: Release) -> str:
    """The file of today's types."""
    regions = sorted(release.offers)
    about = {
        "written by": "tools/refresh_instance_types.py from EC2's DescribeInstanceTypes and "
        "DescribeInstanceTypeOfferings as moto carries them (Apache-2.0); do not edit",
        "source": f"moto {release.version}",
        "as_of": release.as_of,
        "regions": " ".join(regions),
        "offered": "hexadecimal mask, lowest bit is the first region",
    }
    rows = [
        (*_cells(t), f"{sum((t.name in release.offers[r]) << i for i, r in enumerate(regions)):x}")
        for _, t in sorted(release.types.items())
    ]
    return _text(about, (*COLUMNS, "offered"), rows)


def withdrawn_text(release: Release, today: Table | None, gone: Table | None) -> str:
    """The file of withdrawn types: those known so far, and those of `today` that are now gone."""
    rows: dict[str, tuple[str, ...]] = {}
    if gone is not None:
        rows |= {name: tuple(row.split("\t")) for name, row in gone.rows.items()}
    if today is not None:
        seen = (today.about["source"], today.about["as_of"])
        rows |= {name: (*row.split("\t")[:-1], "", *seen) for name, row in today.rows.items()}
    lost = [
        (*cells[:-3], successor(catalog.parse(cells), release), *cells[-2:])
        for name, cells in sorted(rows.items())
        if name not in release.types
    ]
    about = {"written by": "tools/refresh_instance_types.py; do not edit"}
    return _text(about, (*COLUMNS, "successor", "last_release", "last_date"), lost)


def _cells(instance_type: InstanceType) -> tuple[str, ...]:
    values = (getattr(instance_type, column) for column in COLUMNS)
    return tuple(_cell(value) for value in values)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(about: dict[str, str], columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    head = [f"# {key}: {value}" for key, value in about.items()]
    return "\n".join([*head, *("\t".join(cells) for cells in [columns, *rows])]) + "\n"


def refresh(wheel: Path) -> None:
    """Bring both files of the catalog up to one moto release, which must not be an older one."""
    read_table.cache_clear()
    release = read_wheel(wheel)
    today = read_table(catalog.CURRENT) if catalog.CURRENT.exists() else None
    gone = read_table(catalog.WITHDRAWN) if catalog.WITHDRAWN.exists() else None
    if today is not None and release.as_of < today.about["as_of"]:
        sys.exit(f"{wheel} ({release.as_of}) is older than the catalog ({today.about['as_of']})")
    catalog.WITHDRAWN.write_text(withdrawn_text(release, today, gone), encoding="utf-8")
    catalog.CURRENT.write_text(current_text(release), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    for argument in sys.argv[1:]:
        refresh(Path(argument))
