"""`module load` and `ml`, against the modules of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.catalog.spack_names import spack_names
from petal_constructs.jobs.commands import Command, Script
from petal_constructs.jobs.findings import Finding, Spot, cannot, change, note
from petal_constructs.jobs.options import Word
from petal_constructs.jobs.site import Site
from petal_constructs.seed.suggest import did_you_mean, nearest

_LOADS: Final = frozenset({"load", "add", "load-any", "switch", "swap"})
_TRIES: Final = frozenset({"try-load", "try-add"})
"""Orders that go on where there is no such module."""
_OF_A_TREE: Final = "tells how a tree of modules is built, not a program"
"""A reason of spack_names.toml."""
_SWITCHES: Final = frozenset({"switch", "swap"})


def brings_modules(script: Script) -> bool:
    """Whether a script names a folder with modules of its own."""
    orders = [
        word.text
        for command in script.commands
        if command.program in ("module", "ml")
        for word in command.words[1:2]
    ]
    paths = (word.text.startswith("MODULEPATH") for word in script.assignments)
    return "use" in orders or any(paths)


def check_modules(command: Command, site: Site, *, more: bool) -> Iterator[Finding]:
    """Modules that a command loads and the cluster does not have.

    Args:
        command: `module` or `ml`.
        site: The cluster.
        more: Whether there may be others, as `brings_modules` says.
    """
    wanted = _wanted(command)
    if not site.module_command:
        if wanted or command.words[1:]:
            yield _no_command(command.spot, wanted)
        return
    for word in wanted:
        if not word.dynamic and (finding := _check(word.text, word.spot, site)):
            yield _perhaps(word) if more else finding


def _perhaps(word: Word) -> Finding:
    message = (
        f"the cluster brings no module {word.text[:60]}: it must be in the script's own folder"
    )
    return note("J131", message, "", word.spot)


def _wanted(command: Command) -> list[Word]:
    words = [word for word in command.words[1:] if not word.text.startswith("--")]
    order = words[0].text if words else ""
    if order in _LOADS:
        # `module swap OLD NEW`, or the new one alone
        loaded = words[1:][-1:] if order in _SWITCHES else words[1:]
        return [word for word in loaded if not word.text.startswith("-")]
    if command.program == "ml" and order not in (*facts().words.module_orders, *_TRIES):
        return [word for word in words if not word.text.startswith("-")]
    return []


def _no_command(spot: Spot, wanted: list[Word]) -> Finding:
    names = ", ".join(word.text[:40] for word in wanted[:4])
    what = f"no module can be loaded here ({names})" if names else "there is no command module here"
    hint = (
        "list the packages under software: of the seed, "
        "or run the program as a step: srun --container-image=IMAGE PROGRAM"
    )
    return change("J133", what, hint, spot)


def _check(text: str, spot: Spot, site: Site) -> Finding | None:
    """The seed may say less than what was installed: `1.17` of it may be 1.17.2 on nodes."""
    name, _, version = text.partition("/")
    offered = [known for known in site.modules if known.partition("/")[0] == name]
    if not offered:
        names = [known.partition("/")[0] for known in site.modules]
        empty = spack_names().not_needed(name.lower()) == _OF_A_TREE
        hint = f"remove it: it {_OF_A_TREE}" if empty else _hint(name, names)
        make = change if empty or nearest(name, names) else cannot
        return make("J131", f"there is no module {text[:60]}", hint, spot)
    if not version or any(_same(version, known.partition("/")[2]) for known in offered):
        return None
    message = f"module {name} is there as {', '.join(offered)}, and not as {text[:60]}"
    return change("J132", message, f"write module load {offered[0]}", spot)


def _same(wanted: str, known: str) -> bool:
    return not known or wanted == known or _begins(wanted, known)


def _begins(longer: str, shorter: str) -> bool:
    return longer.startswith(shorter) and longer[len(shorter)] in ".-_+"


def _hint(name: str, names: list[str]) -> str:
    package = spack_names().packages.get(name.lower(), name.lower())
    return did_you_mean(name, names) or f"add {package} to software.spack_packages of the seed"
