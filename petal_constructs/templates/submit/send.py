"""`petal-submit`: sbatch for both sides of a hybrid cluster.

Called by the name `sbatch` it does the same, if the table lets it; else it is Slurm's own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .dependencies import check_dependencies
from .errors import Refusal
from .options import (
    COMMAND,
    SCRIPT,
    Line,
    Option,
    OptionTable,
    Word,
    environment_options,
    strongest,
)
from .request import Job, check
from .script import checked, directives, find_script, wrapped
from .slurmrestd import Slurmrestd
from .submission import Submitted, submit
from .table import Table, folder, load_table
from .tokens import own_token
from .variables import given_environment, in_utf8, job_environment

_OF_SBATCH = frozenset({"help", "usage", "version"})


@dataclass(frozen=True)
class Script:
    """What is submitted."""

    data: bytes
    name: str
    """For people; `stdin` where it has none."""
    job_name: str
    arguments: tuple[str, ...]
    from_stdin: bool = False


def main(program: str, arguments: list[str]) -> int:
    """Submit one job; the exit code is sbatch's."""
    try:
        table = load_table()
        if program == "sbatch" and not table.wrapper:
            return _local(table, arguments)
        return _submit(table, arguments)
    except Refusal as refusal:
        print(f"{program}: error: {refusal}", file=sys.stderr)
        return _error_code()


def _error_code() -> int:
    """Source: sbatch(1), SLURM_EXIT_ERROR."""
    asked = os.environ.get("SLURM_EXIT_ERROR", "")
    return int(asked) % 256 or 1 if asked.isdigit() else 1


def _submit(table: Table, arguments: list[str]) -> int:
    known = OptionTable.load(folder() / "options.json", table.plugins)
    line = known.read([Word(text, "command line") for text in arguments], COMMAND)
    outside = [*environment_options(os.environ, known), *line.options]
    if _OF_SBATCH & {option.name for option in line.options}:
        return _local(table, arguments)
    asked = [option for option in outside if option.name == "partition"]
    if asked and not table.is_there(_queues(table, strongest(asked))):
        return _local(table, arguments)
    script = _script(line, {option.name: option for option in line.options})
    if script is None:
        return _local(table, arguments)
    options, problems = _all_options(script, known, outside)
    if not table.is_there(_queues(table, options)):
        return _local(table, arguments, script.data if script.from_stdin else None)
    for problem in (*line.problems, *problems):
        raise problem
    return _elsewhere(table, script, options)


def _queues(table: Table, options: dict[str, Option]) -> list[str]:
    option = options.get("partition")
    name = option.value if option else table.default_queue
    return name.split(",") if name else []


def _script(line: Line, options: dict[str, Option]) -> Script | None:
    """The script of a command line; None for one that cannot be read, of which sbatch tells."""
    if "wrap" in options:
        command = options["wrap"].value
        return Script(wrapped(command).encode(), "--wrap", "wrap", line.rest)
    if not line.rest:
        return Script(sys.stdin.buffer.read(), "stdin", "sbatch", (), from_stdin=True)
    path = find_script(line.rest[0])
    try:
        return Script(path.read_bytes(), str(path), path.name, line.rest[1:])
    except OSError:
        return None


def _all_options(
    script: Script, known: OptionTable, outside: list[Option]
) -> tuple[dict[str, Option], tuple[Refusal, ...]]:
    """What counts, and what of the script cannot be read, which matters on the other side only."""
    words: list[Word] = []
    problems: tuple[Refusal, ...] = ()
    try:
        text = checked(script.data, script.name)
        foreign = not any(option.name == "ignore-pbs" for option in outside)
        words = directives(text, script.name, foreign=foreign)
    except Refusal as refusal:
        problems = (refusal,)
        words = _readable(script)
    line = known.read(words, SCRIPT)
    stray = tuple(Refusal(f"{script.name}: {word} is no option") for word in line.rest[:1])
    return strongest([*line.options, *outside]), (*problems, *line.problems, *stray)


def _readable(script: Script) -> list[Word]:
    """Words of each line alone, to learn at least for which queue a script is."""
    words: list[Word] = []
    for line in script.data.decode("utf-8", "replace").split("\n"):
        try:
            words += directives(line.rstrip("\r"), script.name, foreign=False)
        except Refusal:
            continue
    return words


def _elsewhere(table: Table, script: Script, options: dict[str, Option]) -> int:
    check(options)
    if "wrap" in options and script.arguments:
        raise options["wrap"].refused("takes no script beside it")
    if table.url is None:
        raise Refusal(f"nothing is submitted to {table.there} from here: log in to its nodes")
    if table.default_queue:
        options.setdefault("partition", Option("partition", table.default_queue, "default"))
    job = _job(script, options)
    job.body(old=False)  # complains before anybody is asked
    token = own_token(table.token_socket)
    side = Slurmrestd(table.there, table.url, table.ca_file, token)
    version = side.version()
    if "dependency" in options:
        check_dependencies(side, version, options["dependency"])
    submitted = submit(side, version, job)
    _tell(submitted, table.there, options)
    return 0


def _job(script: Script, options: dict[str, Option]) -> Job:
    options = dict(options)
    name = options["job-name"].value if "job-name" in options else script.job_name
    options["job-name"] = Option("job-name", name, "job name")
    pattern = "slurm-%A_%a.out" if "array" in options else "slurm-%j.out"
    options.setdefault("output", Option("output", pattern, "default"))
    chdir = options.get("chdir")
    where = str(Path.cwd() / chdir.value) if chdir else str(Path.cwd())
    environment = job_environment(options, name, str(Path.cwd()), given_environment())
    text = checked(script.data, script.name)
    for word in (*script.arguments, *(option.value for option in options.values())):
        in_utf8(repr(word), word)
    comment = options["comment"].value if "comment" in options else ""
    return Job(text, script.arguments, environment, options, where, comment)


def _tell(submitted: Submitted, cluster: str, options: dict[str, Option]) -> None:
    for message in submitted.messages:
        print(message, file=sys.stderr)
    if "quiet" in options:
        return
    if "parsable" in options:
        print(f"{submitted.job_id};{cluster}")
    else:
        print(f"Submitted batch job {submitted.job_id} on cluster {cluster}")


def _local(table: Table, arguments: list[str], stdin: bytes | None = None) -> int:
    """Become Slurm's own sbatch, with the very same arguments."""
    if stdin is not None:
        with tempfile.TemporaryFile() as file:
            file.write(stdin)
            file.seek(0)
            os.dup2(file.fileno(), 0)
    sys.stdout.flush()
    try:
        os.execve(table.sbatch, ["sbatch", *arguments], given_environment())  # noqa: S606
    except OSError as error:
        raise Refusal(f"{table.sbatch}: {error.strerror}") from error
