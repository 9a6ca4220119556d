"""A build cache in S3: nodes read it, and nothing beside it."""

from __future__ import annotations

import dataclasses

from petal_constructs.plan.bucket_access import read_only
from tests.constructs.test_rights import assert_outside_is_closed, policies_by_node
from tests.rights import rights
from tests.stacks import BIO, plan_of, synthesised


def test_nodes_read_the_build_cache_and_nothing_beside_it():
    plan = plan_of(BIO)
    software = dataclasses.replace(plan.software, build_cache="s3://site-software/caches/v1")
    template = synthesised(dataclasses.replace(plan, software=software))
    (cache,) = read_only(software.build_cache)
    blob = "arn:aws:s3:::site-software/caches/v1/blobs/sha256/ab"

    for policies in policies_by_node(template).values():
        may = rights(template, policies)
        assert may.allow("s3:GetObject", blob)
        assert may.allow("s3:ListBucket", "arn:aws:s3:::site-software", s3__prefix="caches/v1/")
        assert not may.allow("s3:PutObject", blob)
        assert_outside_is_closed(may, cache, {"site-software"})
