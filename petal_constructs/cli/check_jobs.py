"""`petal check-jobs`: whether job scripts run on a cluster, before it exists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Format, OutputFile, Platform

if TYPE_CHECKING:
    from petal_constructs.jobs.findings import Finding, Verdict
    from petal_constructs.jobs.site import Site

Scripts = Annotated[
    list[Path],
    typer.Argument(
        metavar="SCRIPT",
        help="Job scripts, or folders: of these *.sh, *.sbatch, *.slurm, and what has #SBATCH "
        "lines.",
        show_default=False,
    ),
]
Seed = Annotated[
    Path, typer.Option("-t", "--seed", help="The seed of the cluster.", show_default=False)
]


@dataclass(frozen=True, slots=True)
class Checked:
    """A script on one platform."""

    platform: str
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """What the findings mean together."""
        from petal_constructs.jobs.findings import worst

        return worst(self.findings)


def check_jobs(
    scripts: Scripts,
    seed: Seed,
    on: Platform = None,
    output_file: OutputFile = None,
    form: Format = "text",
) -> None:
    """Say whether job scripts run on a cluster: unchanged, with a change, or not at all.

    They are read as Slurm reads them; nothing is run, and AWS is not asked. Without `--platform`
    each platform is looked at that the seed can be built on. Exit code 1: something stops a job.
    """
    from petal_constructs.jobs.check import check_job, read_job
    from petal_constructs.jobs.files import job_files, read_bytes

    sites = _sites(seed, on)
    found: dict[Path, list[Checked]] = {}
    for file in job_files(scripts):
        job = read_job(read_bytes(file))
        found[file] = [Checked(site.platform, check_job(job, site)) for site in sites]
    text = output.to_json(_report(seed, found)) if form == "json" else "\n".join(_text(found))
    output.write(text, output_file)
    if any(f.stops for checked in found.values() for each in checked for f in each.findings):
        raise typer.Exit(1)


def _sites(seed_file: Path, on: str | None) -> list[Site]:
    """The seed's own platform first; both sides of a hybrid cluster are all there is."""
    from petal_constructs.planning import inspect_seed, plan_checked
    from petal_constructs.platforms import PLATFORMS, platform

    sites: dict[str, Site] = {}
    as_written = inspect_seed(seed_file, platform=on)
    tried = [as_written]
    names = () if on else tuple(PLATFORMS)
    for name in (None, *names):
        if name in sites:
            continue
        if name is not None:
            if len(sites) > 1:
                break
            tried.append(inspect_seed(seed_file, platform=name))
        if not tried[-1].errors and tried[-1].seed:
            plan = plan_checked(tried[-1].seed)
            for site in platform(plan.platform).job_sites(plan):
                sites.setdefault(site.platform, site)
    if not sites:
        as_written.unwrap()
    return list(sites.values())


def _text(found: dict[Path, list[Checked]]) -> Iterator[str]:
    for file, checked in found.items():
        yield str(file)
        for each in checked:
            yield f"  {each.platform}: {each.verdict}"
            for finding in each.findings:
                yield from _finding(file, finding)
    yield ""
    for platform, counts in _counts(found).items():
        told = ", ".join(f"{number} {_NUMBERED[name]}" for name, number in counts.items() if number)
        yield f"{platform}: {told}"


_NUMBERED = {"UNCHANGED": "unchanged", "CHANGE": "with a change", "CANNOT": "cannot run"}


def _finding(file: Path, finding: Finding) -> Iterator[str]:
    spot = finding.spot
    place = f"{file}:{spot.line}:{spot.column}" if spot.column else f"{file}:{spot.line}"
    place = place if spot.line else str(file)
    yield f"    {place}: {finding.level}[{finding.code}]: {_printable(finding.message)}"
    if finding.hint:
        yield f"      hint: {_printable(finding.hint)}"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _counts(found: dict[Path, list[Checked]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for checked in found.values():
        for each in checked:
            of_platform = counts.setdefault(each.platform, dict.fromkeys(_NUMBERED, 0))
            of_platform[each.verdict.name] += 1
    return counts


def _report(seed: Path, found: dict[Path, list[Checked]]) -> dict[str, Any]:
    def platforms(checked: Sequence[Checked]) -> list[dict[str, Any]]:
        return [
            {
                "platform": each.platform,
                "verdict": each.verdict.name.lower(),
                "findings": [finding.to_json() for finding in each.findings],
            }
            for each in checked
        ]

    scripts = [
        {"file": str(file), "platforms": platforms(checked)} for file, checked in found.items()
    ]
    return {"seed": str(seed), "scripts": scripts}
