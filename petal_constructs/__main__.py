"""`petal`, also as `python -m petal_constructs`."""

from __future__ import annotations

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Start the command line."""
    gc.disable()  # a short-lived process: collecting costs a tenth of its time and frees nothing
    from petal_constructs.cli.main import main

    main()


if __name__ == "__main__":
    main()
