"""`petal`: starts the command that is asked for; turns every error into text and an exit code."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from petal_constructs.cli import output
from petal_constructs.errors import PetalError, SeedError

COMMANDS: Final = (
    "validate",
    "plan",
    "diff",
    "synth",
    "create",
    "delete",
    "schema",
    "explain",
    "doctor",
    "build-container",
    "push-container",
    "extract-software",
    "convert",
    "check-jobs",
    "import",
)
"""Each is a function in the module of its own name, with `_` for `-`; `import_` is a group,
which Typer lists last."""

INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
BUG: Final = 3
ISSUES: Final = "the issues page of the project that petal came from"


def main() -> NoReturn:
    """Run `petal` with the arguments of this process, and end it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:  # a file name need not be text
            reconfigure(errors="backslashreplace")
    # Scans every installed package for pydantic's plugins, which petal has no use for.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> NoReturn:
    """End the process without taking Python apart, which takes a tenth of each command."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115  # all is said; jsii may still moan
    atexit._run_exitfuncs()  # noqa: SLF001  # stops Node; the public way is the slow one
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code: 0 fine, 1 problems found, 2 wrong usage, 3 a tool failed."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        return BROKEN_PIPE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except PetalError as error:
        output.tell(_text(error))
        return error.exit_code
    except typer.TyperException as error:
        output.tell(_usage(error))
        return error.exit_code
    except Exception as error:
        if os.environ.get("PETAL_DEBUG"):
            raise
        output.tell(_bug(error))
        return BUG
    return code


def _run(arguments: Sequence[str]) -> int:
    wanted = arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS
    shown = list(arguments) or ["--help"]
    app = typer.main.get_command(command_line(wanted))
    try:
        result: Any = app.main(args=shown, prog_name="petal", standalone_mode=False)
    except SystemExit as end:  # how Typer ends for a broken pipe, and after a completion script
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        raise
    return result if isinstance(result, int) else 0


def command_line(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """The Typer application with some commands, which loads the modules of these alone."""
    app = typer.Typer(
        name="petal",
        callback=_petal,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if output.is_terminal(sys.stdout) else None,
    )
    for name in commands:
        function = name.replace("-", "_") + "_" * iskeyword(name)
        command = getattr(import_module(f"petal_constructs.cli.{function}"), function)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from petal_constructs import __version__

        print(f"petal {__version__}")
        raise typer.Exit


def _petal(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """One YAML file, a seed, becomes a working HPC cluster on AWS.

    Exit codes: 0 fine, 1 problems found in the seed, 2 wrong usage or no such file,
    3 a tool or AWS failed.
    """


def _text(error: PetalError) -> str:
    if isinstance(error, SeedError):
        return "\n\n".join(output.problem_text(p, sys.stderr) for p in error.problems)
    return f"error: {error}"


def _usage(error: typer.TyperException) -> str:
    """Typer's words in petal's form: lower case, its guess as a hint."""
    near = getattr(error, "possibilities", None) or ()
    message = error.message if near else error.format_message().replace("Value error, ", "")
    fact, _, guess = message.partition(". Did you mean ")
    guess = guess or ", ".join(near)
    hint = f"did you mean {guess.rstrip('?')}?" if guess else "--help shows what can be written"
    return f"error: {fact[:1].lower()}{fact[1:].rstrip('.')}\nhint: {hint}"


def _bug(error: Exception) -> str:
    summary = f"{type(error).__name__}: {error}".splitlines()[0]
    return (
        f"error: this is a bug in petal, not in your seed ({summary})\n"
        f"hint: report it on {ISSUES}; PETAL_DEBUG=1 shows the traceback"
    )


def _forget_stdout() -> None:
    """Nobody reads on: what is still buffered must not fail when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
