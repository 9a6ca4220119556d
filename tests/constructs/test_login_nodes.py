"""Login nodes in the template: where they stand, whom they let in, where people find them."""

from __future__ import annotations

import dataclasses

from tests.stacks import (
    BIO,
    ROOT,
    cluster_configuration,
    plan_of,
    resources,
    synthesised,
    template_of,
)

CAMPUS = ROOT / "seeds/campus.yaml"


def pool_of(template):
    (pool,) = cluster_configuration(template)["LoginNodes"]["Pools"]
    return pool


def test_without_pools_there_is_no_word_of_login_nodes():
    assert "LoginNodes" not in cluster_configuration(template_of(BIO))
    assert not [name for name in template_of(BIO)["Outputs"] if name.startswith("Login")]


def test_login_nodes_stand_where_the_head_node_stands():
    template = template_of(CAMPUS)
    head = cluster_configuration(template)["HeadNode"]

    assert pool_of(template)["Networking"]["SubnetIds"] == [head["Networking"]["SubnetId"]]


def test_login_nodes_let_in_whom_the_head_node_lets_in_and_reach_the_file_systems():
    template = template_of(CAMPUS)
    pool = pool_of(template)
    groups = pool["Networking"]["AdditionalSecurityGroups"]

    # ParallelCluster gives a pool without Ssh the first block of the head node's.
    assert "Ssh" not in pool
    of_group = {
        name: resource["Properties"].get("SecurityGroupIngress", [])
        for name, resource in resources(template, "AWS::EC2::SecurityGroup").items()
    }
    joined = [of_group[group["Fn::GetAtt"][0]] for group in groups]
    assert [[rule["CidrIp"] for rule in rules] for rules in joined] == [["198.51.100.0/24"], []]


def test_login_nodes_may_not_connect_to_the_accounting_database():
    template = template_of(CAMPUS)
    head = cluster_configuration(template)["HeadNode"]["Networking"]["AdditionalSecurityGroups"]
    pool = pool_of(template)["Networking"]["AdditionalSecurityGroups"]

    (only_head,) = [group for group in head if group not in pool]
    assert "Accounting" in only_head["Fn::GetAtt"][0]


def test_only_what_an_update_accepts_changes_with_the_scripts():
    actions = pool_of(template_of(CAMPUS))["CustomActions"]

    configured, updated = actions["OnNodeConfigured"], actions["OnNodeUpdated"]
    assert configured["Args"][0] == updated["Args"][0] == "login"
    assert configured["Script"] == updated["Script"]
    assert configured["Args"] == updated["Args"][:-1]


def test_people_are_sent_to_the_first_pool():
    plan = plan_of(CAMPUS)
    more = dataclasses.replace(plan.login_nodes[0], name="more")
    two_pools = dataclasses.replace(plan, login_nodes=(*plan.login_nodes, more))

    outputs = synthesised(two_pools)["Outputs"]

    address = outputs["LoginAddress1"]["Value"]
    assert address["Fn::GetAtt"][1] == "loginNodes.0.address"
    assert outputs["LoginAddress2"]["Value"]["Fn::GetAtt"][1] == "loginNodes.1.address"
    assert outputs["SshCommand"]["Value"] == {"Fn::Join": ["", ["ssh ada@", address]]}
