"""What a queue becomes on parallelcluster: where it stands, what it starts in, what it runs."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from petal_constructs.platforms.parallelcluster.cluster_tables import tables
from petal_constructs.platforms.parallelcluster.planning import make_plan
from petal_constructs.seed.queue_scripts import QueueScript
from tests.unit.seed.seeds import read

SEED = """
cluster: {{name: lab, region: us-east-1}}
compute:
  head_node: m7i.2xlarge
  queues:
    - {{name: work, {keys}}}
network: {{ssh_from: [192.0.2.0/24], {network}}}
"""
ZONES = "zones: [us-east-1a, us-east-1b]"
SUBNETS = """vpc_id: vpc-0123456789abcdef0,
  private_subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]"""
MPI = "instance_types: [c6in.32xlarge], efa: true"
RESERVED = "capacity_reservation: cr-0123456789abcdef0"


def plan(keys, network=ZONES):
    return make_plan(read(SEED.format(keys=keys, network=network)).unwrap())


def queue(keys, network=ZONES):
    (only,) = plan(keys, network).queues
    return only


def test_a_queue_stands_in_the_first_zone_unless_it_names_others():
    types = "instance_types: [c6i.4xlarge]"

    assert queue(types).subnets == (0,)
    assert queue(f"{types}, zones: [us-east-1b]").subnets == (1,)
    assert queue(f"{types}, zones: [us-east-1b, us-east-1a]").subnets == (1, 0)
    assert queue(f"{types}, subnets: [subnet-0123456789abcdef1]", SUBNETS).subnets == (1,)


def test_efa_brings_a_placement_group_where_no_reservation_has_its_place_already():
    assert queue(MPI).placement_group
    assert not queue(f"{MPI}, {RESERVED}").placement_group
    assert queue(f"{MPI}, {RESERVED}, placement_group: true").placement_group
    assert not queue(f"{MPI}, placement_group: false").placement_group


def test_one_reservation_leaves_nothing_to_choose_and_a_group_does():
    group = "capacity_reservation: 'arn:aws:resource-groups:us-east-1:123456789012:group/pool'"

    assert queue(f"{MPI}, {RESERVED}").allocation_strategy is None
    assert queue(f"{MPI}, {group}").allocation_strategy == "lowest-price"


def test_slurm_counts_whole_gpus_alone():
    whole, part = (queue(f"instance_types: [{name}]") for name in ("g6.xlarge", "g6f.xlarge"))

    assert [size.gpus for size in whole.compute_resources] == [1]
    assert [size.gpus for size in part.compute_resources] == [0]


def test_a_plan_names_the_zones_or_subnets_of_a_queue():
    types = "instance_types: [c6i.4xlarge]"
    zoned = plan(f"{types}, zones: [us-east-1b]")
    placed = plan(f"{types}, subnets: [subnet-0123456789abcdef1]", SUBNETS)

    assert ("work", "stands in", "us-east-1b") in rows(zoned)
    assert ("work", "stands in", "subnet-0123456789abcdef1") in rows(placed)
    assert rows(plan(types)) == ()


def rows(plan):
    found = [table.rows for table in tables(plan) if table.title == "more of queues"]
    return found[0] if found else ()


SCRIPT = TypeAdapter(QueueScript)
FIELDS = SCRIPT.json_schema()["properties"]


@given(
    url=st.from_regex(FIELDS["script"]["pattern"], fullmatch=True),
    argument=st.from_regex(FIELDS["args"]["items"]["anyOf"][0]["pattern"], fullmatch=True),
)
def test_neither_address_nor_argument_of_a_script_can_inject(url, argument):
    assert shlex.quote(url) == url
    assert shlex.quote(argument) == argument
