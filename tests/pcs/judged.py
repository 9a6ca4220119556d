"""Charts before the judges of manifests."""

from __future__ import annotations

from typing import Any

from petal_constructs.platforms.pcs.charts.objects import Chart
from tests.manifests import crds
from tests.need import need_oracles

KUBERNETES = "1.36"


def mistakes(*charts: Chart) -> list[str]:
    """What the API server would refuse."""
    folder = need_oracles("crds")
    return [
        mistake
        for chart in charts
        for body in chart.objects
        for mistake in crds.errors(body, KUBERNETES, folder)
    ]


def only(chart: Chart, kind: str) -> Any:
    """The one object of a kind."""
    (found,) = every(chart, kind)
    return found


def every(chart: Chart, kind: str) -> list[Any]:
    """All objects of a kind."""
    return [body for body in chart.objects if body["kind"] == kind]
