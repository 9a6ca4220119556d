"""The reference of the command line, from what `petal --help` says: docs/reference/cli.md."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any, Final

import typer

from petal_constructs.cli.main import COMMANDS, command_line

STREAMS: Final = """\
`petal COMMAND --help` says the same as this page. Results go to standard output, all else to
standard error; petal's own steps are told at a terminal only."""
COMPLETION: Final = """\
`petal --install-completion` sets it up for your shell, `petal --show-completion` only prints it."""
ENVIRONMENT: Final = {
    "AWS_REGION, AWS_DEFAULT_REGION": "the region of seeds that name none",
    "PETAL_CDK": "the CDK's command line that `create` and `delete` run",
    "JSII_NODE": "the Node that the CDK library runs on, instead of the packaged one",
    "CDK_VALIDATION": "`true` or `false`: whether the CDK checks templates, whatever the command",
    "PETAL_DEBUG": "`1` shows the traceback of a bug in petal",
    "NO_COLOR": "no colours",
}
EXIT_CODES: Final = {
    "0": "fine",
    "1": "problems found in the seed, or a question answered with no",
    "2": "wrong usage, or no such file",
    "3": "a tool or AWS failed, or petal has a bug",
    "130": "interrupted",
    "141": "the reader of the output went away",
}


def cli_reference() -> str:
    """The page as Markdown, with a final line end."""
    petal: Any = typer.main.get_command(command_line())
    context = typer.Context(petal, info_name="petal")
    parts = [
        "# Command line",
        _paragraphs(petal.help).split("\n\n", maxsplit=1)[0],
        STREAMS,
        *(part for name in COMMANDS for part in _commands(petal.get_command(context, name), name)),
        f"## Exit codes\n\n{_table(('code', 'meaning'), EXIT_CODES)}",
        f"## Environment variables\n\n{_table(('variable', 'meaning'), _quoted(ENVIRONMENT))}",
        f"## Shell completion\n\n{COMPLETION}",
    ]
    return "\n\n".join(parts) + "\n"


def _commands(command: Any, name: str) -> Iterator[str]:
    """A command, or a group's own words and its commands."""
    below = getattr(command, "commands", {})
    yield f"## petal {name}\n\n{_paragraphs(command.help)}" if below else _command(command, name)
    for name_below, one in below.items():
        yield _command(one, f"{name} {name_below}")


def _command(command: Any, name: str) -> str:
    context = typer.Context(command, info_name=f"petal {name}")
    usage = " ".join(["petal", name, *command.collect_usage_pieces(context)])
    rows = {
        f"`{names}`": _flat(words)
        for parameter in command.get_params(context)
        for names, words in [parameter.get_help_record(context)]
        if "--help" not in names
    }
    parts = [f"## petal {name}", _paragraphs(command.help), f"```\n{usage}\n```"]
    return "\n\n".join([*parts, _table(("option", "meaning"), rows)])


def _paragraphs(text: str) -> str:
    return inspect.cleandoc(text).strip()


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _quoted(rows: dict[str, str]) -> dict[str, str]:
    return {
        ", ".join(f"`{name}`" for name in names.split(", ")): words for names, words in rows.items()
    }


def _table(columns: tuple[str, str], rows: dict[str, str]) -> str:
    return "\n".join(_lines(columns, rows))


def _lines(columns: tuple[str, str], rows: dict[str, str]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|---|---|"
    for first, second in rows.items():
        yield f"| {first.replace('|', chr(92) + '|')} | {second} |"


if __name__ == "__main__":
    sys.stdout.write(cli_reference())
