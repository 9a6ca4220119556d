"""What a seed may say, and what it means."""

from __future__ import annotations

from typing import Annotated, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from petal_constructs.errors import SeedError
from petal_constructs.planning import check_seed, plan_seed
from petal_constructs.seed.meaning import meanings, sections
from petal_constructs.seed.model import Seed
from petal_constructs.seed.repair import STAND_INS
from tests.unit.seed.seeds import SMALL, codes, plan_read, read

NO_REGION = SMALL.replace("  region: us-east-1\n", "")


def test_the_five_sections_load_with_their_defaults():
    seed = read(
        SMALL
        + """\
software:
  spack_packages: [samtools@1.17]
users:
  - {name: alice, uid: 5001, gid: 5001}
data:
  s3_mounts:
    - {bucket: my-data, mount_point: /shared/data}
"""
    ).unwrap()

    queue = seed.compute.queues[0]
    assert (seed.cluster.platform, seed.cluster.region) == ("parallelcluster", "us-east-1")
    assert (queue.min_count, queue.max_count, queue.capacity_type) == (0, 10, "ONDEMAND")
    assert seed.software.spack_packages == ("samtools@1.17",)
    assert seed.users[0].uid == 5001
    assert not seed.data.s3_mounts[0].read_only


def test_sections_and_keys_without_a_value_are_as_if_left_out():
    text = SMALL + "      max_count:\nsoftware:\nusers:\ndata:\n  s3_mounts:\nbudget: ~\n"

    assert read(text).unwrap() == read(SMALL).unwrap()


def test_a_seed_cannot_be_changed():
    seed = read(SMALL).unwrap()

    with pytest.raises(ValueError, match="frozen"):
        seed.cluster.name = "other"


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
    ],
)
def test_a_region_that_is_left_out_is_the_environments(environment, region):
    assert read(NO_REGION, environment=environment).unwrap().cluster.region == region


def test_a_region_in_the_seed_counts_more_than_the_environments():
    assert read(SMALL, environment={"AWS_REGION": "eu-west-1"}).unwrap().cluster.region == (
        "us-east-1"
    )


@pytest.mark.parametrize("region", ["Frankfurt", "xx-nowhere-1"])
def test_a_bad_region_of_the_environment_is_blamed_on_the_environment(region, tmp_path):
    loaded = plan_read(NO_REGION, tmp_path, environment={"AWS_REGION": region})

    problem = loaded.errors[0]
    assert problem.path == "cluster.region"
    assert "AWS_REGION" in problem.hint


@pytest.mark.parametrize("written", ["pcs", "eks", "PCS", "Eks", "EKS"])
@pytest.mark.parametrize("key", ["platform", "type"])
def test_the_platform_has_synonyms_and_an_older_key(key, written):
    text = SMALL.replace("compute:", f"  {key}: {written}\ncompute:", 1)

    assert read(text).unwrap().cluster.platform == "pcs"


def test_the_older_spelling_is_the_same_seed():
    older = """\
cluster: {name: small, region: us-east-1, type: pcs}
kubernetes:
  version: "1.36"
  node_groups:
    - name: compute
      instance_types: [c5.4xlarge]
"""
    newer = """\
cluster: {name: small, region: us-east-1, platform: pcs}
eks: {version: 1.36}
compute:
  queues:
    - name: compute
      instance_types: [c5.4xlarge]
"""
    assert read(older).unwrap() == read(newer).unwrap()


def test_an_older_key_joins_a_section_that_holds_nothing_yet():
    loaded = read(SMALL + "kubernetes: {version: 1.36}\neks:\n")

    assert loaded.unwrap().eks.version == "1.36"


def test_platforms_alone_mean_a_hybrid_cluster():
    text = """\
cluster: {name: both, region: us-east-1}
platforms:
  parallelcluster: {head_node: t3.xlarge, queues: [{name: a, instance_types: [c5.large]}]}
  pcs: {queues: [{name: b, instance_types: [c5.large]}]}
"""
    seed = read(text).unwrap()

    assert seed.cluster.platform == "hybrid"
    assert list(seed.parts) == ["parallelcluster", "pcs"]


def test_queue_names_are_unique_over_both_sides():
    text = """\
cluster: {name: both, region: us-east-1}
platforms:
  parallelcluster: {head_node: t3.xlarge, queues: [{name: a, instance_types: [c5.large]}]}
  pcs: {queues: [{name: a, instance_types: [c5.large]}]}
"""
    assert [p.path for p in read(text).problems] == ["platforms.pcs.queues[0].name"]


@pytest.mark.parametrize("written", ["SPOT", "spot", "Spot"])
def test_capacity_types_may_be_written_in_any_case(written):
    queue = read(SMALL + f"      capacity_type: {written}\n").unwrap().compute.queues[0]

    assert queue.capacity_type == "SPOT"


def test_a_version_keeps_the_zero_at_its_end():
    loaded = read(SMALL + "eks:\n  version: 1.30\n")

    assert "1.30" in loaded.problems[0].message


def test_tags_keep_numbers_as_they_are_written():
    text = SMALL.replace(
        "compute:", "  tags: {account: 1.50, grant: 0042, year: 2026}\ncompute:", 1
    )

    assert read(text).unwrap().cluster.tags == {"account": "1.50", "grant": "0042", "year": "2026"}


MOUNTS = """\
data:
  s3_mounts:
    - {{bucket: one-data, mount_point: {}}}
    - {{bucket: two-data, mount_point: {}}}
"""


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ("/data", "/data", 1),
        ("/data", "/data/raw", 1),
        ("/data/raw", "/data", 0),
        ("/data/a/b/c", "/data", 0),
    ],
)
def test_a_mount_inside_another_is_found_at_the_inner_one(first, second, where):
    problems = read(SMALL + MOUNTS.format(first, second)).problems

    assert [(p.code, p.path) for p in problems] == [
        ("P204", f"data.s3_mounts[{where}].mount_point")
    ]


def test_mounts_whose_names_begin_alike_are_not_nested():
    assert read(SMALL + MOUNTS.format("/data", "/database")).problems == ()


def test_users_may_share_a_gid_but_not_a_uid():
    text = SMALL + "users:\n- {name: a, uid: 2000, gid: 2000}\n- {name: b, uid: 2000, gid: 2000}\n"

    assert [p.path for p in read(text).problems] == ["users[1].uid"]


def test_problems_of_well_shaped_parts_are_found_beside_misshapen_ones():
    loaded = read(
        SMALL.replace("small", "not_small")
        + "users:\n- {name: a, uid: 2000}\n- {name: b, uid: 3000, gid: 20}\n"
        + MOUNTS.format("/data", "/data/raw")
    )

    assert codes(loaded) == ["P105", "P102", "P211", "P204"]


def test_nothing_is_said_about_a_stand_in(tmp_path):
    text = SMALL.replace("us-east-1", "US").replace("[c5.4xlarge]", "[hpc7a.96xlarge]")

    assert codes(plan_read(text + "network: {ssh_from: [192.0.2.0/24]}\n", tmp_path)) == ["P105"]


def test_nothing_is_said_about_a_region_that_stands_in(tmp_path):
    text = SMALL.replace("us-east-1", "US") + (
        "network: {ssh_from: [192.0.2.0/24], key_name: key, zones: [us-east-1a, us-east-1b]}\n"
        "directory:\n  domain: corp.example.org\n  addresses: [ldaps://dc.example.org]\n"
        "  reader: CN=Reader,DC=corp\n"
        "  password_secret: arn:aws:secretsmanager:us-east-1:123456789012:secret:reader-AbCdEf\n"
    )

    assert codes(plan_read(text, tmp_path)) == ["P105"]


def test_nothing_is_said_about_a_type_that_stands_in(tmp_path):
    text = SMALL.replace("t3.xlarge", "m7g.xlarge").replace("c5.4xlarge", "C7g.xlarge") + (
        "network: {ssh_from: [192.0.2.0/24], key_name: key}\n"
        "software: {spack_packages: [samtools], target: neoverse_v1}\n"
    )

    assert codes(plan_read(text, tmp_path)) == ["P105"]


def test_every_key_that_a_seed_needs_has_a_stand_in():
    needed = {
        key
        for section in sections(Seed)
        for key, field in section.model_fields.items()
        if field.is_required()
    }

    assert needed <= STAND_INS.keys()


def test_a_key_in_the_wrong_section_hides_no_other_mistake():
    text = SMALL.replace("c5.4xlarge", "c5.4xlrge") + "network: {region: us-east-1}\n"

    assert codes(read(text)) == ["P205", "P101"]


def test_a_dot_in_a_queues_tag_does_not_move_its_place(tmp_path):
    text = SMALL.replace("c5.4xlarge]", 'c5.4xlarge]\n      tags: {"aws:cost.center": x}')

    (problem,) = [found for found in plan_read(text, tmp_path).problems if found.code == "P312"]

    assert problem.place.column == text.splitlines()[problem.place.line - 1].index('"aws') + 1


def test_a_misspelt_key_is_one_problem_not_two(tmp_path):
    text = SMALL.replace("head_node", "headnode") + "network: {ssh_from: [192.0.2.0/24]}\n"

    assert codes(plan_read(text, tmp_path)) == ["P101"]


def test_a_misspelt_key_beside_the_right_one_hides_nothing():
    text = SMALL.replace("c5.4xlarge]", "c5.4xlrge]\n      instance_type: x")

    assert codes(read(text)) == ["P205", "P101"]


def test_warnings_keep_no_seed_from_being_used():
    loaded = read(SMALL + "users:\n- {name: a, uid: 20, gid: 2000}\n")

    assert codes(loaded) == ["P211"]
    assert loaded.errors == ()
    assert loaded.unwrap().users[0].uid == 20


def test_an_error_raises_all_problems_as_one_text():
    loaded = read(SMALL.replace("c5.4xlarge", "c5.4xlrge") + "budget: -1\n")

    with pytest.raises(SeedError) as caught:
        loaded.unwrap()

    assert caught.value.exit_code == 1
    assert str(caught.value).count("error[") == 2


def test_a_seed_made_in_python_is_checked_without_places():
    seed = Seed.model_validate(
        {
            "cluster": {"name": "small", "region": "us-east-1"},
            "compute": {"queues": ({"name": "a", "instance_types": ("c5.large",)},)},
        }
    )

    assert "P303" in {problem.code for problem in check_seed(seed)}
    with pytest.raises(SeedError, match=r"^warning\[P313\]|^error\[P303\]"):
        plan_seed(seed)


def _fields(section):
    for field in section.model_fields.values():
        yield field
        for part in get_args(field.annotation) or (field.annotation,):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _fields(part)


def test_every_example_of_a_field_is_accepted_by_it():
    for field in _fields(Seed):
        kind = TypeAdapter(Annotated[field.annotation, field])
        for example in field.examples or ():
            assert kind.validate_python(tuple(example) if isinstance(example, list) else example)


def test_every_field_is_documented():
    for section in sections(Seed):
        texts = meanings(section)
        assert set(texts) == set(section.model_fields), section
        assert all(text.endswith(".") for text in texts.values()), section
