"""The platform's own name. Apart from its values, which checks do without."""

from __future__ import annotations

from typing import Final

PLATFORM: Final = "parallelcluster"
