"""The number of resources that checks count with is that of real stacks, and never too small."""

from __future__ import annotations

import dataclasses
import json

import pytest

from petal_constructs.platforms.pcs.limits import resources, template_bytes
from petal_constructs.platforms.pcs.software import MountedImage, Software
from tests.pcs.plans import REGISTRY, pushed_plan
from tests.stacks import plan_of, seeds_of, synthesised, template_of

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


@pytest.mark.parametrize("count", [1, 20])
def test_images_are_counted_too(count):
    some = pushed_plan()
    images = tuple(
        MountedImage(
            f"image-{number}",
            f"{REGISTRY}/soft/image-{number}@sha256:{number:064}",
            f"/opt/petal/image-{number}",
            ("x86_64", "aarch64"),
        )
        for number in range(count)
    )
    plan = dataclasses.replace(some, software=Software(images, some.software.pulled))
    template = synthesised(plan)
    real = len(json.dumps(template, separators=(",", ":")))

    assert template_bytes(plan) - 50_000 <= real <= template_bytes(plan)
    assert resources(plan) - TOO_MANY <= len(template["Resources"]) <= resources(plan)
