"""How people come in: the load balancer in front of login pods, and sshd."""

from __future__ import annotations

import pytest

from petal_constructs.platforms.pcs.charts.login import login
from tests.pcs.plans import BIO, GPU, plan_of

EXISTING = f"""\
{GPU}
network:
  vpc_id: vpc-0aaaaaaa
  private_subnets: [subnet-0aaaaaaa, subnet-0bbbbbbb]
  public_subnets: [subnet-0ccccccc]
"""


@pytest.mark.parametrize(("public", "scheme"), [(True, "internet-facing"), (False, "internal")])
def test_only_who_may_come_reaches_the_load_balancer(public, scheme):
    plan = plan_of(BIO)
    made = login(plan, plan.clusters[0], public=public).objects[-1]["spec"]["service"]

    prefix = "service.beta.kubernetes.io/aws-load-balancer-"
    assert made["metadata"]["annotations"][prefix + "scheme"] == scheme
    assert made["spec"]["loadBalancerSourceRanges"] == ["192.0.2.0/24"]
    assert made["spec"]["loadBalancerClass"] == "service.k8s.aws/nlb"


@pytest.mark.parametrize("starter", ["true", "false", "auto-mode"])
@pytest.mark.parametrize(
    ("public", "subnets"), [(True, "subnet-0ccccccc"), (False, "subnet-0aaaaaaa, subnet-0bbbbbbb")]
)
def test_the_load_balancer_of_an_existing_vpc_stands_in_the_seeds_subnets(starter, public, subnets):
    """They may lack the tags by which subnets are found, and others may bear them."""
    plan = plan_of(f"{EXISTING}eks: {{karpenter: {starter}}}\n")
    made = login(plan, plan.clusters[0], public=public).objects[-1]["spec"]["service"]

    key = "service.beta.kubernetes.io/aws-load-balancer-subnets"
    assert made["metadata"]["annotations"][key] == subnets
    ours = plan_of(BIO)
    made = login(ours, ours.clusters[0], public=public).objects[-1]["spec"]["service"]
    assert key not in made["metadata"]["annotations"]


def test_ssh_takes_keys_only_and_never_root():
    plan = plan_of(BIO)
    spec = login(plan, plan.clusters[0], public=True).objects[-1]["spec"]

    rules = set(spec["extraSshdConfig"].splitlines())
    assert {"PermitRootLogin no", "PasswordAuthentication no"} <= rules
    assert "rootSshAuthorizedKeys" not in spec
