"""Images in Amazon ECR: the head node pulls them, and nothing beside them."""

from __future__ import annotations

import dataclasses

from petal_constructs.plan.pulled_images import PulledImage
from tests.constructs.test_rights import policies_by_node
from tests.rights import rights
from tests.stacks import BIO, plan_of, synthesised

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
IMAGES = (
    PulledImage("bio", f"{REGISTRY}/lab/bio:v1", None, "/opt/petal/bio", ()),
    PulledImage("gatk", "docker.io/broad/gatk:4.3", None, None, ()),
)


def test_the_head_node_alone_pulls_the_images_and_nothing_beside_them():
    template = synthesised(dataclasses.replace(plan_of(BIO), images=IMAGES))
    own = "arn:aws:ecr:eu-west-1:123456789012:repository/lab/bio"

    for name, policies in policies_by_node(template).items():
        may = rights(template, policies)
        is_head = name == "head"
        assert may.allow("ecr:BatchGetImage", own) is is_head
        assert may.allow("ecr:GetDownloadUrlForLayer", own) is is_head
        assert may.allow("ecr:GetAuthorizationToken", "*") is is_head
        assert not may.allow("ecr:BatchGetImage", f"{own}-2")
        assert not may.allow("ecr:PutImage", own)
        assert not may.allow("ecr:DeleteRepository", own)
