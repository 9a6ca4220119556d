"""Accounting and tenants on ParallelCluster: what is planned, and what the configuration says."""

from __future__ import annotations

import pytest

from petal_constructs.planning import plan_seed
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.rendering import node_files, placeholders
from tests.unit.seed.seeds import codes, plan_read, read

SEED = """\
cluster: {{name: Lab, region: us-east-1}}
compute:
  head_node: m7i.xlarge
  queues:
    - {{name: general, instance_types: [m7i.large, r7i.large, m7i.xlarge]}}
    - {{name: gpu, instance_types: [{gpu}]}}
users:
  - {{name: ada, uid: 5001, gid: 5000}}
  - {{name: emmy, uid: 5002, gid: 5000}}
network: {{ssh_from: [192.0.2.0/24], key_name: lab}}
"""
NO_GPU = SEED.format(gpu="c5.large")
GPU = SEED.format(gpu="g6.4xlarge")


def planned(text):
    return plan_seed(read(text).unwrap())


def scheduling(text):
    plan = planned(text)
    return cluster_config(plan, placeholders(plan))["Scheduling"]


def lines(text):
    return scheduling(text)["SlurmSettings"].get("CustomSlurmSettings", [])


def of_queues(text, key):
    queues = scheduling(text)["SlurmQueues"]
    return {queue["Name"]: queue.get("CustomSlurmSettings", {}).get(key) for queue in queues}


def test_without_accounting_there_is_no_database_and_nothing_about_accounts():
    assert "Database" not in scheduling(GPU)["SlurmSettings"]
    assert lines(GPU) == []
    assert not any("accounts" in path for path in node_files(planned(GPU)) if "data/" in path)


def test_records_alone_limit_nobody():
    settings = scheduling(NO_GPU + "accounting: true\n")["SlurmSettings"]

    assert settings["Database"]["DatabaseName"] == "slurm_acct_db"
    assert "CustomSlurmSettings" not in settings


def test_gpus_are_counted_where_there_are_any():
    counted = {"AccountingStorageTRES": "gres/gpu"}

    assert lines(GPU + "accounting: true\n") == [counted]
    assert counted not in lines(NO_GPU + "tenants: [{name: chem, users: [ada]}]\n")


def test_limits_of_tenants_bind():
    assert {"AccountingStorageEnforce": "associations,limits,safe"} in lines(
        NO_GPU + "tenants: [{name: chem, users: [ada]}]\n"
    )


def test_tenants_need_a_database_without_being_asked():
    plan = planned(NO_GPU + "tenants: [{name: chem, users: [ada]}]\n")

    assert plan.accounting
    assert [(a.name, a.users) for a in plan.accounts] == [("chem", ("ada",)), ("users", ("emmy",))]


def test_a_queue_that_a_tenant_names_is_for_it_alone_and_others_for_all_else():
    text = NO_GPU + "tenants: [{name: chem, users: [ada], queues: [gpu]}]\n"

    assert of_queues(text, "AllowAccounts") == {"general": "users", "gpu": "chem"}


def test_tenants_without_queues_may_use_all_of_them():
    text = NO_GPU + "tenants: [{name: chem, users: [ada]}]\n"

    assert of_queues(text, "AllowAccounts") == {"general": None, "gpu": None}


@pytest.mark.parametrize(("quota", "shared_out"), [("memory: 1Ti", True), ("cpus: 8", None)])
def test_memory_is_shared_out_where_a_tenant_has_a_limit_of_it(quota, shared_out):
    text = NO_GPU + f"tenants: [{{name: chem, users: [ada], quota: {{{quota}}}}}]\n"

    assert scheduling(text)["SlurmSettings"].get("EnableMemoryBasedScheduling") is shared_out


def test_a_job_on_all_cpus_fits_into_the_memory_of_the_smallest_node():
    text = NO_GPU + "tenants: [{name: chem, users: [ada], quota: {memory: 1Ti}}]\n"

    # 95 % of m7i.large's 8 GiB over 2 vCPUs, and of c5.large's 4 GiB
    assert of_queues(text, "DefMemPerCPU") == {"general": "3891", "gpu": "1945"}


def test_slurm_s_database_knows_the_cluster_in_lower_case():
    files = node_files(planned(NO_GPU + "accounting: true\n"))

    assert files["data/accounts/cluster.tsv"] == "lab\n"
    assert files["data/accounts/accounts.tsv"] == ""


def test_another_tenant_drains_nothing():
    one, two = (
        planned(NO_GPU + f"tenants: [{{name: chem, users: [{who}]}}]\n") for who in ("ada", "emmy")
    )

    assert cluster_config(one, placeholders(one)) == cluster_config(two, placeholders(two))
    assert node_files(one) != node_files(two)


def test_the_longest_name_of_a_cluster_depends_on_the_database(tmp_path):
    named = NO_GPU.replace("name: Lab", "name: " + "a" * 41)

    assert codes(plan_read(named, tmp_path)) == []
    assert codes(plan_read(named + "accounting: true\n", tmp_path)) == ["P351"]
    fits = NO_GPU.replace("name: Lab", "name: " + "a" * 40) + "accounting: true\n"
    assert codes(plan_read(fits, tmp_path)) == []


def test_a_queue_that_is_left_to_nobody_is_told(tmp_path):
    everybody = "tenants: [{name: chem, users: [ada, emmy], queues: [gpu]}]\n"

    assert codes(plan_read(NO_GPU + everybody, tmp_path)) == ["P421"]
