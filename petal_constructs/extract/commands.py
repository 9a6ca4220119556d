"""Commands that install software -> what they install."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from petal_constructs.extract import conda, python, r
from petal_constructs.extract.found import Found, Kind, Note, Read
from petal_constructs.extract.shell import Command


@dataclass(frozen=True, slots=True)
class Installer:
    """How a package manager is called."""

    kind: Kind
    verbs: frozenset[str]
    """Subcommands that install; empty: the program always does."""
    values: frozenset[str] = frozenset()
    """Options that take the word behind them."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_APT = Installer("deb", _words("install"), _words("-t --target-release -o --option -c"))
_DNF = Installer(
    "rpm", _words("install localinstall in"), _words("-x --repo --enablerepo --disablerepo -c")
)
_APK = Installer("apk", _words("add"), _words("-t --virtual -X --repository -p --root"))
_CONDA = Installer(
    "conda",
    _words("install create"),
    _words("-n --name -p --prefix -c --channel -f --file --solver --repodata-fn -r"),
)
_PIP = Installer(
    "python",
    _words("install"),
    _words(
        "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t"
        " --target --prefix -e --editable --root --trusted-host --no-binary --only-binary"
        " --timeout --retries --python --cache-dir --log --platform --python-version"
    ),
)
_CPAN = Installer("perl", frozenset(), _words("-l -L --mirror --local-lib"))
_SPACK = Installer(
    "spack",
    _words("install add"),
    _words("-j --jobs -e --env -D -C -c -f --file --log-file --log-format --list-name -l"),
)
_LITTLER = Installer("r", frozenset(), _words("-r --repos -l --libloc -n --ncpus -m --method"))

INSTALLERS: Final[Mapping[str, Installer]] = {
    **dict.fromkeys(("apt", "apt-get", "aptitude"), _APT),
    **dict.fromkeys(("dnf", "yum", "microdnf", "tdnf", "zypper"), _DNF),
    "apk": _APK,
    **dict.fromkeys(("conda", "mamba", "micromamba"), _CONDA),
    **dict.fromkeys(("pip", "pip3", "pipx"), _PIP),
    **dict.fromkeys(("cpanm", "cpan", "cpm"), _CPAN),
    "spack": _SPACK,
    **dict.fromkeys(("install2.r", "installBioc.r", "installGithub.r"), _LITTLER),
}

_BY_HAND: Final[Mapping[str, tuple[str, ...]]] = {
    "make": ("install",),
    "ninja": ("install",),
    "cmake": ("--install", "install"),
    "git": ("clone",),
    "npm": ("install", "i", "ci"),
    "yarn": ("add",),
    "gem": ("install",),
    "cargo": ("install",),
    "go": ("install",),
    "luarocks": ("install",),
    "julia": ("-e", "--eval"),
    "nextflow": ("pull",),
    "curl": (),
    "wget": (),
    "dpkg": ("-i", "--install"),
    "rpm": ("-i", "-U", "-ivh", "-Uvh", "--install"),
    "poetry": ("install",),
    "python": ("setup.py",),
    "python3": ("setup.py",),
}
"""Programs that bring software in ways that name no package, and the word that says so."""


@dataclass(frozen=True, slots=True)
class Needed:
    """A file that a command reads its list from."""

    path: str
    reader: str
    """Name of what reads it: `requirements`, `environment`, `script`, `renv` or `spack`."""


def installed(command: Command, where: str) -> Iterator[Found | Note | Needed]:
    """What a command installs; nothing for one that installs nothing."""
    words = _unwrapped(command.words)
    program = words[0].rpartition("/")[2] if words else ""
    if program in ("R", "Rscript", "r", "littler"):
        yield from _r(words, where)
    elif re.fullmatch(r"pip[0-9.]*", program) or program in INSTALLERS:
        installer = INSTALLERS.get(program, _PIP)
        yield from _by(installer, words, where)
    elif program in _BY_HAND:
        signs = _BY_HAND[program]
        if not signs or any(word in signs for word in words[1:]):
            yield Found("other", " ".join(words), where=where)


def _unwrapped(words: tuple[str, ...]) -> tuple[str, ...]:
    """`python -m pip` and `uv pip` are pip, `conda run -n x pip` too, `sh -c '...'` is not here."""
    text = " ".join(words)
    if match := re.match(r"(?:\S*/)?(?:python[0-9.]* -m|uv) pip ", text):
        return words[match[0].count(" ") - 1 :]
    if match := re.match(r"(?:\S*/)?(?:conda|mamba|micromamba) run (?:-[np] \S+ |-\S+ )*", text):
        return words[match[0].count(" ") :]
    return words


def _by(installer: Installer, words: Sequence[str], where: str) -> Iterator[Found | Note | Needed]:
    options, plain = _options(installer, words[1:])
    for option, value in options:
        reader = _FILES.get((installer.kind, option))
        if reader:
            yield Needed(value, reader)
        elif installer.kind == "python" and option in ("-e", "--editable"):
            yield Found("other", f"pip install -e {value}", where=where)
    if installer.verbs:
        verb = next((word for word in plain if word in installer.verbs), None)
        if verb is None:
            return
        plain = plain[plain.index(verb) + 1 :]
    if installer.kind == "spack":
        yield from (Found("spack", spec, where=where) for spec in _spack(words))
        return
    for word in plain:
        yield from _package(installer.kind, word, where)


_FILES: Final = {
    ("python", "-r"): "requirements",
    ("python", "--requirement"): "requirements",
    ("conda", "-f"): "environment",
    ("conda", "--file"): "environment",
    ("spack", "-f"): "spack",
    ("spack", "--file"): "spack",
}


def _options(installer: Installer, words: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Options with their values, and the other words."""
    options, plain, rest = [], [], iter(words)
    for word in rest:
        name, sign, value = word.partition("=")
        if word in installer.values:
            options.append((word, next(rest, "")))
        elif word.startswith("-") and sign and name in installer.values:
            options.append((name, value))
        elif not word.startswith("-"):
            plain.append(word)
    return options, plain


def _package(kind: Kind, word: str, where: str) -> Read:
    if "$" in word:
        yield from _unknown(kind, word, where)
    elif word.startswith((".", "/", "http:", "https:", "git+", "file:")):
        yield Found("other", f"install {word}", where=where)
    else:
        yield from _PACKAGES[kind](word, where)


def _unknown(kind: Kind, word: str, where: str) -> Read:
    """Part of the word is a variable: the name may be known all the same."""
    name = re.fullmatch(r"([A-Za-z0-9][\w.+-]*?)(?:[=<>~@]+|-)\$.*", word)
    if name is None:
        yield Note(where, f"{word}: what this variable holds is not in the file")
        return
    yield Note(where, f"{word}: which version this is is not in the file")
    yield from _PACKAGES[kind](name[1], where)


def _deb(word: str, where: str) -> Read:
    if word.endswith("-"):
        return  # removes it
    name, _, version = word.partition("=")
    name = name.partition("/")[0].partition(":")[0]
    yield Found("deb", name, version.rstrip("*"), where)


def _rpm(word: str, where: str) -> Read:
    exact = re.fullmatch(
        r"(?P<name>.+?)-(?:[0-9]+:)?(?P<version>[0-9]+(?:\.\w+)+)(?:-[0-9][\w.~^]*)?", word
    )
    name = exact["name"] if exact else word
    name = re.sub(r"\.(?:x86_64|aarch64|noarch|i686)$", "", name)
    if name.startswith("@") or "*" in name:
        yield Found("other", f"dnf install {word}", where=where)
    else:
        yield Found("rpm", name, exact["version"] if exact else "", where)


def _apk(word: str, where: str) -> Read:
    parts = re.split(r"([=~<>]+|@)", word, maxsplit=1)
    exact = len(parts) > 1 and parts[1] in ("=", "~", "=~", "~=")
    if not parts[0].startswith("."):
        yield Found("apk", parts[0], parts[2] if exact else "", where)


def _perl(word: str, where: str) -> Read:
    name, _, version = word.partition("@")
    if re.fullmatch(r"[A-Za-z]\w*(::\w+)*", name.partition("~")[0]):
        yield Found("perl", name.partition("~")[0], version, where)
    elif name != "install":
        yield Found("other", f"cpanm {word}", where=where)


def _conda(word: str, where: str) -> Read:
    yield conda.spec(word, where)


def _r_name(word: str, where: str) -> Read:
    yield Found("other" if "/" in word else "r", word, where=where)


_PACKAGES: Final[Mapping[str, Callable[[str, str], Read]]] = {
    "deb": _deb,
    "rpm": _rpm,
    "apk": _apk,
    "conda": _conda,
    "python": python.requirement,
    "perl": _perl,
    "r": _r_name,
}


def _spack(words: Sequence[str]) -> Iterator[str]:
    """Specs behind `install`: a word with a sign before it belongs to the one before."""
    specs: list[str] = []
    rest = iter(words[1:])
    started = False
    for word in rest:
        if word in _SPACK.values:
            next(rest, None)
        elif not started:
            started = word in _SPACK.verbs
        elif word.startswith(("+", "~", "^", "%", "@")) or re.match(r"[\w.]+:?==?\S", word):
            specs[-1:] = [f"{specs[-1]} {word}"] if specs else []
        elif specs and re.search(r"[\^%]$", specs[-1]):
            specs[-1] += word
        elif not word.startswith(("-", "/")):
            specs.append(word)
    return iter(specs)


def _r(words: Sequence[str], where: str) -> Iterator[Found | Note | Needed]:
    code = [words[i + 1] for i, word in enumerate(words[:-1]) if word in ("-e", "--eval")]
    for text in code:
        if "renv::restore" in text:
            yield Needed("renv.lock", "renv")
        yield from r.code(text, where)
    named = [word for word in words[1:] if re.search(r"\.[rR]$", word)]
    if not code:
        yield from (Needed(path, "script") for path in named[:1])
