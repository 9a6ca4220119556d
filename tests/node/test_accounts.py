"""Tenants on ParallelCluster: the head node's step and a real slurmdbd, MariaDB and slurmctld."""

from __future__ import annotations

import dataclasses
import random

import pytest

from petal_constructs.plan.tenants import Limits
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.rendering import placeholders
from petal_constructs.render.accounts import accounts_files
from tests.node.interrupt import run
from tests.pcs.accounting import SLURM_CONF, Accounting, wait
from tests.stacks import ROOT, plan_of

# people whom every Debian has, so that the tests make no accounts
PEOPLE = {"ada": "games", "marie": "news", "emmy": "uucp", "rosalind": "lp"}
ADA, MARIE, EMMY, ROSALIND = PEOPLE.values()
SMALL = Limits(cpus=8, memory_mib=16000)
STEP = "40-accounts"
OF_THE_SEED = {
    "chemistry||cpu=8,mem=16000M",
    f"chemistry|{ADA}|",
    f"chemistry|{MARIE}|",
    "physics||gres/gpu=4,node=12",
    f"physics|{EMMY}|",
    f"physics|{MARIE}|",
    "users||",
    f"users|{ROSALIND}|",
}


def plan_with(chemistry=SMALL):
    """The plan of the seed, with people of this machine and a limit that one node can meet."""
    plan = plan_of(ROOT / "seeds/shared-cluster.yaml")
    accounts = (
        dataclasses.replace(account, users=tuple(PEOPLE[name] for name in account.users))
        for account in plan.accounts
    )
    first, *rest = accounts
    return dataclasses.replace(plan, accounts=(dataclasses.replace(first, limits=chemistry), *rest))


PLAN = plan_with()


def slurm_conf(plan=PLAN):
    """As ParallelCluster writes it, from the cluster configuration, for one node of this machine.

    Source: aws-parallelcluster-cookbook f75d84c, slurm.conf.erb and slurm_parallelcluster.conf.
    """
    scheduling = cluster_config(plan, placeholders(plan))["Scheduling"]
    assert scheduling["SlurmSettings"]["EnableMemoryBasedScheduling"]
    base = SLURM_CONF[: SLURM_CONF.index("NodeName=")]
    drop = ("AccountingStorageTRES", "AccountingStorageEnforce", "DefMemPerCPU", "SelectTypeParam")
    kept = [line for line in base.splitlines() if not line.startswith(drop)]
    custom = scheduling["SlurmSettings"]["CustomSlurmSettings"]
    node = "NodeName=n1 NodeAddr=127.0.0.1 NodeHostname=localhost Port={slurmd} CPUs=16"
    lines = [
        *(line.replace("ClusterName=lab", "ClusterName=Shared-Cluster") for line in kept),
        "SelectTypeParameters=CR_CPU_Memory",
        "EnforcePartLimits=ALL",
        *(f"{key}={value}" for line in custom for key, value in line.items()),
        f"{node} RealMemory=62000",
        *(partition(queue) for queue in scheduling["SlurmQueues"]),
    ]
    return "\n".join(lines) + "\n"


def partition(queue):
    custom = " ".join(f"{key}={value}" for key, value in queue["CustomSlurmSettings"].items())
    return f"PartitionName={queue['Name']} Nodes=n1 State=UP {custom}"


def bootstrap(slurm):
    """What ParallelCluster does; source: the same, recipes/config/config_slurm_accounting.rb."""
    for order in (
        ("add", "cluster", "Shared-Cluster"),
        ("add", "account", "pcdefault", "Cluster=Shared-Cluster", "Organization=none"),
        ("add", "user", "slurm", "Account=pcdefault", "AdminLevel=Admin"),
        ("add", "user", "daemon", "Account=pcdefault", "AdminLevel=Admin"),
    ):
        assert slurm.ask("sacctmgr", "-iQ", *order, user="root").returncode == 0


@pytest.fixture(scope="module")
def daemons():
    slurm = Accounting(slurm_conf())
    try:
        slurm.start()
        bootstrap(slurm)
        slurm.start_slurm()
        yield slurm
    finally:
        slurm.stop()


@pytest.fixture
def slurm(daemons):
    yield daemons
    daemons.ask("scancel", "--full", "-t", "PENDING,RUNNING", "--me")
    for user in PEOPLE.values():
        daemons.ask("scancel", "-u", user)
    wait(lambda: daemons.ask("squeue", "-h").stdout == "")


def apply(head, slurm, plan=PLAN):
    """The step as the timer of the head node runs it."""
    head.receive(accounts=accounts_files(plan.slurm_name, plan.accounts))
    return head.step(STEP, apart="", SLURM_CONF=slurm.environment["SLURM_CONF"])


def shown(slurm, *query):
    return set(slurm.ask("sacctmgr", "-nP", "show", *query).stdout.splitlines())


def associations(slurm):
    found = shown(slurm, "assoc", "format=account,user,grptres")
    return {row for row in found if not row.startswith(("root|", "pcdefault|"))}


def submit(slurm, user, *flags):
    job = ("sbatch", "--parsable", "-o", "/dev/null", *flags, "--wrap", "sleep 60")
    return slurm.ask(*job, user=user)


def state(slurm, submitted):
    return slurm.ask("squeue", "-h", "-j", submitted.stdout.strip(), "-o", "%T %r").stdout.strip()


def test_the_step_makes_the_accounts_of_the_seed_and_a_second_run_changes_nothing(head, slurm):
    first = apply(head, slurm)
    before = shown(slurm, "transactions")
    second = apply(head, slurm)

    assert (first.returncode, second.returncode, second.stderr) == (0, 0, ""), first.stderr
    assert associations(slurm) == OF_THE_SEED
    assert shown(slurm, "transactions") == before


def test_what_parallelcluster_made_in_the_database_stays(head, slurm):
    apply(head, slurm)

    assert {"pcdefault|slurm", "pcdefault|daemon"} <= shown(slurm, "assoc", "format=account,user")
    assert submit(slurm, "daemon", "-p", "general").returncode == 1


def test_a_user_outside_of_a_tenants_account_is_refused_in_its_queue(head, slurm):
    apply(head, slurm)

    own = submit(slurm, EMMY, "-p", "gpu")
    others = submit(slurm, ADA, "-p", "gpu")
    guest = submit(slurm, ROSALIND, "-p", "general")
    impostor = submit(slurm, ROSALIND, "-p", "general", "-A", "chemistry")

    wait(lambda: state(slurm, own).startswith("RUNNING"))
    assert (others.returncode, guest.returncode, impostor.returncode) == (1, 1, 1)
    for refused in (others, guest, impostor):
        assert "Invalid account or account/partition combination" in refused.stderr


def test_who_is_in_two_groups_chooses_by_the_account(head, slurm):
    apply(head, slurm)

    first = submit(slurm, MARIE, "-p", "large-memory")
    second = submit(slurm, MARIE, "-p", "gpu", "-A", "physics")

    assert (first.returncode, second.returncode) == (0, 0)
    wait(lambda: state(slurm, second).startswith("RUNNING"))


def test_the_memory_of_a_tenants_jobs_is_limited_also_where_they_ask_for_none(head, slurm):
    apply(head, slurm)

    first = submit(slurm, ADA, "-p", "general", "-n", "4")
    wait(lambda: state(slurm, first).startswith("RUNNING"))
    second = submit(slurm, MARIE, "-p", "general", "-n", "1")

    wait(lambda: state(slurm, second) == "PENDING AssocGrpMemLimit")


def test_limits_follow_the_seed(head, slurm):
    apply(head, slurm)

    done = apply(head, slurm, plan_with(Limits(nodes=2)))

    assert done.returncode == 0, done.stderr
    assert "chemistry||node=2" in associations(slurm)


def test_when_the_tenants_go_their_accounts_do(head, slurm):
    apply(head, slurm)

    done = apply(head, slurm, dataclasses.replace(PLAN, accounts=()))

    assert done.returncode == 0, done.stderr
    assert associations(slurm) == set()


def test_what_slurm_refuses_is_told_where_people_look(head, slurm):
    slurm.ask("sacctmgr", "-i", "add", "account", "name=geology", "organization=lab")
    tenant = dataclasses.replace(PLAN.accounts[0], name="geology")
    head.put("/run/petal/refused", "")
    head.receive(accounts=accounts_files(PLAN.slurm_name, [tenant]))

    done = head.step(
        STEP,
        apart="",
        SLURM_CONF=slurm.environment["SLURM_CONF"],
        PETAL_REFUSED="/run/petal/refused",
    )

    slurm.ask("sacctmgr", "-i", "delete", "account", "where", "name=geology")

    assert done.returncode == 1
    assert "accounts: account geology: one of this name exists" in (
        head.path("/run/petal/refused").read_text()
    )


def test_nodes_without_records_and_compute_nodes_do_nothing(head, compute):
    head.receive()
    compute.receive(accounts=accounts_files(PLAN.slurm_name, PLAN.accounts))

    for node in (head, compute):
        done = node.step(STEP)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_head_node_whose_slurm_is_away_says_so_and_tries_again_later(head):
    head.put("/opt/slurm/bin/sacctmgr", "#!/bin/sh\nexit 1\n", 0o755)
    head.receive(accounts=accounts_files(PLAN.slurm_name, PLAN.accounts))

    done = head.step(STEP, PETAL_WAIT_S="1")

    assert done.returncode == 1
    assert "slurmdbd does not answer" in done.stderr


def test_accounts_are_right_in_the_end_however_often_the_step_is_killed(head, slurm):
    """Slurm's database takes each order as a whole; between them is where a run can be cut."""
    script = ("bash", f"/opt/petal/src/steps/{STEP}.sh")
    where = {"apart": "", "SLURM_CONF": slurm.environment["SLURM_CONF"]}
    apply(head, slurm, dataclasses.replace(PLAN, accounts=()))
    assert associations(slurm) == set()
    head.receive(accounts=accounts_files(PLAN.slurm_name, PLAN.accounts))
    chance = random.Random(1)

    ends = [run(head, script, kill_at=chance.randint(20, 400), **where) for _ in range(3)]
    last = run(head, script, **where)

    assert any(end.killed for end in ends)
    assert last.code == 0, last.output
    assert associations(slurm) == OF_THE_SEED
