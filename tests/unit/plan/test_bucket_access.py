"""The rights to buckets stay within what IAM takes, or the seed is refused."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from petal_constructs.catalog import iam, regions
from petal_constructs.plan.bucket_access import POLICY_CHARACTERS, mount_statements, packed
from petal_constructs.plan.values import S3Mount
from petal_constructs.platforms.parallelcluster.checks import OTHER_POLICIES

QUOTAS = iam.quotas()
ROOM = QUOTAS.managed_policies_of_a_role - OTHER_POLICIES
FRAME = len(json.dumps({"Version": "2012-10-17", "Statement": []}, separators=(",", ":")))

buckets = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True)
prefixes = st.from_regex(r"([A-Za-z0-9_=+-][A-Za-z0-9_.=+-]{0,70}/){0,7}", fullmatch=True)
partitions = st.sampled_from(regions.partitions()).map(lambda partition: partition.name)


def policies(mounts, partition):
    return packed([s for mount in mounts for s in mount_statements(mount, partition)])


def size(policy):
    """In IAM's count."""
    document = {"Version": "2012-10-17", "Statement": policy}
    return len("".join(json.dumps(document).split()))


@given(st.lists(buckets, min_size=40, max_size=40), partitions)
def test_any_40_buckets_fit_whatever_their_names(names, partition):
    made = policies([S3Mount(name, "/data") for name in names], partition)

    assert len(made) <= 3 < ROOM
    assert max(map(size, made)) <= QUOTAS.policy_characters


def test_40_buckets_of_the_longest_names_fit_in_every_partition():
    for partition in regions.partitions():
        assert len(policies([S3Mount("b" * 63, "/data")] * 40, partition.name)) <= 3


@given(
    st.lists(st.builds(S3Mount, buckets, st.just("/data"), prefixes, st.booleans()), max_size=40),
    partitions,
)
def test_no_policy_is_too_long_and_no_right_is_lost_whatever_the_prefixes(mounts, partition):
    made = policies(mounts, partition)

    assert all(size(policy) <= POLICY_CHARACTERS + FRAME for policy in made)
    rights = [s for mount in mounts for s in mount_statements(mount, partition)]
    assert [s for policy in made for s in policy] == rights


@given(st.integers(1, 40), st.integers(0, POLICY_CHARACTERS - 1), st.data())
def test_petals_own_rights_fill_at_most_one_policy_more_than_the_check_counts(count, own, data):
    mounts = data.draw(
        st.lists(st.builds(S3Mount, buckets, st.just("/d"), prefixes), max_size=count)
    )
    rights = [s for mount in mounts for s in mount_statements(mount, "aws")]
    files = {"Sid": "x" * max(0, own - len('{"Sid":""},'))}

    assert len(packed([files, *rights])) <= 1 + len(packed(rights))
