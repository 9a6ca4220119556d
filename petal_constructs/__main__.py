"""`python -m petal_constructs` is `petal`."""

from __future__ import annotations

from petal_constructs.cli.main import main

if __name__ == "__main__":
    main()
