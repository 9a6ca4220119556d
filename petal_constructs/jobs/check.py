"""A job script against a cluster: all findings, with one reading of the script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.jobs.commands import Command, Document, Script
from petal_constructs.jobs.directives import Directives, read_directives, refusal
from petal_constructs.jobs.findings import Finding, Spot, change, in_order, note
from petal_constructs.jobs.folders import check_folders
from petal_constructs.jobs.limits import check_limits
from petal_constructs.jobs.modules import brings_modules
from petal_constructs.jobs.options import Line, Option, Word, read_options
from petal_constructs.jobs.programs import Job, check_command, check_words, no_pyxis
from petal_constructs.jobs.request import Request, request
from petal_constructs.jobs.shell import read_script
from petal_constructs.jobs.site import Site
from petal_constructs.jobs.wishes import check_names

_SHELL: Final = re.compile(r"#!\s*(?:\S*/env\s+(?:-\S+\s+)*)?(?:\S*/)?(?:ba|z|k|da|a)?sh\b")
_PROTECTED: Final = re.compile(r"\\([$`\\])")
_MOST_FINDINGS: Final = 200
"""Of one script: more would be read by nobody."""


@dataclass(frozen=True, slots=True)
class JobScript:
    """A script, read once for all platforms."""

    refused: Finding | None
    """Why Slurm takes no job from it, whatever it says."""
    directives: Directives
    shell: Script
    notes: tuple[Finding, ...]
    nested: tuple[tuple[int, JobScript], ...] = ()
    """Scripts in here-documents that it submits, and the line before each."""


def read_job(data: bytes) -> JobScript:
    """Read a script, whatever its bytes are; at most what Slurm would take of it."""
    most = facts().limits.script_bytes
    refused = refusal(data[: most + 1], most)
    return _read(data[:most].decode("utf-8", "replace"), refused, deep=True)


def _read(text: str, refused: Finding | None, *, deep: bool) -> JobScript:
    directives = read_directives(text)
    for_shell = _SHELL.match(text) is not None or not text.startswith("#!")
    shell = read_script(text) if for_shell and "\0" not in text else Script()
    inside = {line for document in shell.documents for line in document.lines}
    kept = [f for f in directives.findings if f.code != "J105" or f.spot.line not in inside]
    nested = [_nested(each) for each in _submitted(shell)] if deep else []
    return JobScript(
        refused,
        replace(directives, findings=tuple(kept)),
        shell,
        tuple(_notes(shell, for_shell=for_shell)),
        tuple(nested),
    )


def _submitted(shell: Script) -> Iterator[Document]:
    for command in shell.commands:
        if command.program == "sbatch" and command.document:
            yield command.document


def _nested(document: Document) -> tuple[int, JobScript]:
    text = _PROTECTED.sub(r"\1", document.text) if document.filled else document.text
    refused = refusal(text.encode(), facts().limits.script_bytes)
    job = _read(text, refused, deep=False)
    if document.filled:
        job = replace(job, directives=job.directives.with_variables())
    return document.line - 1, job


def _notes(shell: Script, *, for_shell: bool) -> Iterator[Finding]:
    if not for_shell:
        message = "this is no script of a shell: only its #SBATCH lines were looked at"
        yield note("J109", message, spot=Spot(1, 1))
    if shell.open_quote:
        message = "a quote or here-document is not closed: commands behind it may be misread"
        yield note("J107", message, "bash -n FILE says where", shell.open_quote)
    if shell.cut:
        yield note("J107", "the script is long: only its beginning was looked at for commands")


def check_job(job: JobScript, site: Site) -> tuple[Finding, ...]:
    """What stands in the way of a script on one platform, in its order."""
    if elsewhere := _elsewhere(job, site):
        return (elsewhere,)
    found = [*job.notes, *job.directives.findings]
    if job.refused:
        found.append(job.refused)
    options: tuple[Option, ...] = ()
    efa = False
    for words in job.directives.components:
        line = _options(words, site)
        found += _refusals(line, site)
        wish, problems = request(line.options)
        found += [*problems, *check_names(wish, site), *check_limits(wish, site)]
        options, efa = (*options, *line.options), efa or _efa(wish, site)
    # With such an option the script itself runs in the image, of which petal knows nothing.
    inside = any(option.name == "container-image" for option in options)
    shell = Script() if inside else job.shell
    found += _commands(shell, Job(site, efa, brings_modules(shell)), options)
    for before, script in job.nested:
        found += [_moved(each, before) for each in check_job(script, site)]
    return in_order(found)[:_MOST_FINDINGS]


def _elsewhere(job: JobScript, site: Site) -> Finding | None:
    """Whether the whole job is for the other side of a hybrid cluster."""
    lines = [_options(words, site) for words in job.directives.components]
    wanted = [o for line in lines for o in line.options if o.name == "partition"]
    if not wanted or len(wanted) < len(lines) or any(o.value not in site.elsewhere for o in wanted):
        return None
    first = wanted[0]
    message = f"queue {first.value} is on {site.elsewhere[first.value]}: look there"
    return note("J110", message, "petal-submit sends the job there", first.spot)


def _options(words: tuple[Word, ...], site: Site) -> Line:
    return read_options(facts().sbatch, words, site.plugins)


def _refusals(line: Line, site: Site) -> Iterator[Finding]:
    for refused in line.refused:
        pyxis = no_pyxis(refused.message, refused.spot, site)
        hint = refused.hint
        yield pyxis or change("J102", f"sbatch: {refused.message}", hint, refused.spot)
    for word in line.rest[:1]:
        message = f"sbatch takes {word.text[:60]} for no option, and refuses the script"
        yield change("J104", message, "put a # before comments", word.spot)


def _efa(wish: Request, site: Site) -> bool:
    names = (wish.text("partition") or site.default).split(",")
    return any(queue.efa for name in names if (queue := site.partition(name)))


def _commands(shell: Script, job: Job, options: tuple[Option, ...]) -> Iterator[Finding]:
    for command in shell.commands:
        if command.program in shell.functions:
            continue
        if command.program == "sbatch":
            yield from _sbatch(command, job.site)
        else:
            yield from check_command(command, job)
            yield from check_words(command.words, job)
    yield from check_words(tuple(shell.assignments), job)
    yield from check_folders(shell, options, job.site)


def _sbatch(command: Command, site: Site) -> Iterator[Finding]:
    """Options of a further job; what its script says is in its own file."""
    line = _options(command.words[1:], site)
    yield from (each for each in _refusals(replace(line, rest=()), site))
    wish, problems = request(line.options)
    named: Iterable[Finding] = (*problems, *check_names(wish, site))
    yield from named
    if "partition" in wish.options:
        yield from check_limits(wish, site)
    if line.rest:
        message = f"{line.rest[0].text[:80]} is submitted from here: check it too"
        yield note("J108", message, spot=line.rest[0].spot)


def _moved(finding: Finding, lines: int) -> Finding:
    spot = finding.spot
    return replace(finding, spot=Spot(spot.line + lines, spot.column) if spot.line else spot)
