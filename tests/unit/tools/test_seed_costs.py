"""What the page of a seed says about money is what the catalog knows, and no more."""

from __future__ import annotations

from tests.unit.seed.seeds import read
from tools.seed_costs import BLOCK, LEFT_OUT, SPOT, cost_note

SEED = """
cluster: {{name: lab, region: {region}}}
compute:
  head_node: t3.xlarge
  queues:
    - name: work
      instance_types: {types}
      max_count: 10
      min_count: {kept}
      capacity_type: {paid}
"""


def note(region="us-east-1", types="[c5.4xlarge]", kept=0, paid="ONDEMAND"):
    text = SEED.format(region=region, types=types, kept=kept, paid=paid)
    return cost_note(read(text).unwrap())


def test_a_queue_costs_its_price_times_its_nodes():
    assert "| head node, `t3.xlarge` | 0.17 | |\n| queue `work` | 0.68 | 6.80 |" in note()
    assert "While no job runs: the head node, 0.17 an hour." in note()
    assert LEFT_OUT in note()


def test_the_dearest_type_tells_the_most_that_a_queue_can_cost():
    assert "| queue `work` | 0.61 to 0.71 | 7.14 |" in note(types="[c7i.4xlarge, c6a.4xlarge]")


def test_nodes_that_always_run_are_part_of_an_idle_cluster():
    assert "the head node and the nodes of `min_count`, 1.53 an hour" in note(kept=2)


def test_spot_is_priced_on_demand_and_says_so():
    assert "| queue `work`, spot | 0.68 | 6.80 |" in note(paid="SPOT")
    assert SPOT in note(paid="SPOT")
    assert SPOT not in note()


def test_a_capacity_block_is_paid_for_whether_the_cluster_is_idle_or_not():
    told = note(types="[p5.48xlarge]", paid="CAPACITY_BLOCK", kept=10)

    assert "| queue `work`, Capacity Block | 55.04 | 550.40 |" in told
    assert "While no job runs: the head node, 0.17 an hour." in told
    assert BLOCK in told


def test_date_and_source_of_the_prices_are_named():
    assert (
        "(2026-07-20, price table of karpenter-provider-aws, from the AWS Price List API)" in note()
    )


def test_a_region_without_prices_has_no_sums():
    assert "has no prices in eu-west-1" in note(region="eu-west-1")
    assert "|" not in note(region="eu-west-1")


def test_one_unknown_price_leaves_no_sum_that_would_be_too_small():
    assert "no price of some of these types in us-east-1" in note(
        types="[c5.4xlarge, hpc7a.96xlarge]"
    )
