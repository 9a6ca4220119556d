"""The number of resources that checks count with is that of real stacks, and never too small."""

from __future__ import annotations

import json

import pytest

from petal_constructs.platforms.pcs.limits import resources, template_bytes
from tests.stacks import plan_of, seeds_of, template_of

TOO_MANY = 40
"""What a VPC and add-ons are, which some seeds do without."""


@pytest.mark.parametrize("seed", seeds_of("pcs"), ids=lambda seed: seed.stem)
def test_a_stack_holds_no_more_resources_than_expected(seed):
    counted, real = resources(plan_of(seed)), len(template_of(seed)["Resources"])

    assert counted - TOO_MANY <= real <= counted


@pytest.mark.parametrize("seed", seeds_of("pcs"), ids=lambda seed: seed.stem)
def test_a_template_is_no_longer_than_expected(seed):
    counted = template_bytes(plan_of(seed))
    real = len(json.dumps(template_of(seed), separators=(",", ":")))

    assert counted - 50_000 <= real <= counted
