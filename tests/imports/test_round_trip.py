"""Seed -> configuration -> seed: the plan is the same but for what no configuration holds."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from petal_constructs.imports.parallelcluster import import_config
from petal_constructs.planning import plan_seed
from petal_constructs.platforms.parallelcluster.rendering import CONFIG_FILE, files
from petal_constructs.seed.load import inspect_source
from petal_constructs.seed.source import Source
from tests.imports.configurations import VPC
from tests.stacks import plan_of, seeds_of

ELSEWHERE = {
    "software": "stands in files of the nodes",
    "users": "stand in files of the nodes",
    "s3_mounts": "stand in files of the nodes",
    "images": "stand in files of the nodes",
    "image_list": "the same, for people",
    "shown_images": "stand in files of the nodes",
    "accounts": "stand in files of the nodes",
    "budget": "a budget of AWS Budgets, beside the cluster",
}
"""Parts of a plan of which the configuration knows nothing."""
OF_TENANTS = ("allowed_accounts", "default_memory_mib")
"""Of a queue: what tenants ask for."""


def comparable(plan):
    tree = {key: value for key, value in asdict(plan).items() if key not in ELSEWHERE}
    tree["tags"] = tuple(tag for tag in tree["tags"] if tag[0] != "petal:budget")
    tree["watch"]["emails"] = ()
    tree["roles"]["provider"] = None
    network = tree.pop("network")
    tree["key_name"], tree["ssh_from"] = network["key_name"], network["ssh_from"][0]
    for folder in tree["shared"]:
        for key in ("id", "size_gib", "keep", "import_from", "export"):
            folder.pop(key)
    for queue in tree["queues"]:
        queue["scripts"] = sorted(queue["scripts"], key=lambda script: not script["first"])
        queue["builds"] = False
        for key in OF_TENANTS:
            queue.pop(key)
    return tree


def brought_back(plan):
    found = import_config(Source("x.yaml", files(plan)[CONFIG_FILE]), name=plan.name, vpc_id=VPC)
    text = found.text
    if plan.accounting:  # its database needs a second subnet, which no configuration names
        (problem,) = found.errors
        assert problem.code == "P351"
        text = text.replace("private_subnets: [", "private_subnets: [subnet-0aaaaaaaaaaaaaaa1, ")
    else:
        assert found.errors == ()
    return found, inspect_source(Source("x.yaml", text)).unwrap()


@pytest.mark.parametrize("path", seeds_of("parallelcluster"), ids=lambda path: path.stem)
def test_a_seed_comes_back_with_the_same_plan(path):
    plan = plan_of(path)

    _, seed = brought_back(plan)

    assert comparable(plan_seed(seed)) == comparable(plan)


@pytest.mark.parametrize("path", seeds_of("parallelcluster"), ids=lambda path: path.stem)
def test_what_does_not_come_back_is_told(path):
    found, _ = brought_back(plan_of(path))

    told = {e.reason for e in found.entries if not e.path}
    lost = {e.path.rpartition(".")[2] for e in found.entries if e.fate == "lost"}
    changed = {e.path.rpartition(".")[2] for e in found.entries if e.fate == "changed"}

    assert any("petal wrote this file" in reason for reason in told)
    assert {name.partition("[")[0] for name in lost} <= {
        "AdditionalSecurityGroups",
        "AllowAccounts",
        "DefMemPerCPU",
        "EnableMemoryBasedScheduling",
    }
    assert changed <= {"Uri", "UserName", "PasswordSecretArn", "DatabaseName"}
