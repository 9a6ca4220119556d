"""Write the generated pages and the JSON Schema, or with --check only say which are out of date."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from seed_pages import seed_pages

from petal_constructs.seed.schema import json_schema

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
SEEDS = ROOT / "docs" / "seeds"


def _schema() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _page(name: str) -> Callable[[], str]:
    """The function that writes a page, in the module beside this one that has its name's end."""
    module = name.removeprefix("pcs_")
    return lambda: str(getattr(import_module(module), name)())


PAGES = {
    "seed.md": "seed_reference",
    "problems.md": "problem_reference",
    "cli.md": "cli_reference",
    "changes.md": "change_reference",
    "changes-pcs.md": "pcs_change_reference",
}
WRITERS: dict[Path, Callable[[], str]] = {
    ROOT / "petal_constructs" / "seed" / "petal-seed.schema.json": _schema,
} | {REFERENCE / page: _page(name) for page, name in PAGES.items()}


def out_of_date() -> Iterator[tuple[Path, str | None]]:
    """Every generated file that is not as it should be, with its right text; None: it has to go."""
    texts = {path: write() for path, write in WRITERS.items()}
    texts |= {SEEDS / page: text for page, text in seed_pages().items()}
    for path, text in texts.items():
        if not path.exists() or path.read_text("utf-8") != text:
            yield path, text
    yield from ((path, None) for path in sorted(SEEDS.glob("*.md")) if path not in texts)


def main(arguments: list[str]) -> int:
    """Exit code: 1 if --check finds a file that is out of date."""
    stale = list(out_of_date())
    for path, text in stale:
        print(path.relative_to(ROOT))
        if "--check" not in arguments:
            _replace(path, text)
    return int(bool(stale) and "--check" in arguments)


def _replace(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
