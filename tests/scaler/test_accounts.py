"""Jobs that their account's limits keep from running start no nodes."""

from __future__ import annotations

import pytest

from petal_constructs.plan.tenants import Account, Limits
from petal_constructs.render.accounts import accounts_files
from petal_constructs.templates.scaler import jobs, nodes
from petal_constructs.templates.scaler.accounts import allowances
from petal_constructs.templates.scaler.answers import Doubt
from petal_constructs.templates.scaler.demand import demand
from petal_constructs.templates.scaler.scaler import Scaler
from tests.scaler import clusters, records

SMALL, GPU = "cpu-cpu4", "gpu-gpu8-cpu32"


@pytest.fixture
def table(tmp_path):
    """Writes the tables that petal writes, for one account beside one without limits."""

    def write(cpu_for=(), **limits):
        accounts = (Account("chem", ("alice",), Limits(**limits)), Account("bio", (), Limits()))
        cpu = clusters.queue("cpu", clusters.SMALL, allowed_accounts=cpu_for)
        of = clusters.cluster(cpu, clusters.queue("gpu", clusters.GPU), accounts=accounts)
        for name, text in accounts_files("lab", accounts, of.reserved).items():
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


def needed(table, wanted, found=()):
    live = [nodes.node(record, busy_nodes(wanted)) for record in found]
    waiting = jobs.waiting(wanted, now=0)
    return demand(clusters.as_seen(), live, waiting, allowances(table, wanted))


def busy_nodes(wanted):
    return frozenset().union(*(jobs.hosts(r["nodes"]) for r in wanted if jobs.is_active(r)))


def whole(job_id, account="chem", **changed):
    return records.job(job_id, cpus=4, account=account, **changed)


def runs(job_id, node, used="cpu=4,mem=8000M,node=1,billing=4", **changed):
    return records.running(job_id, node, cpus=4, account="chem", tres_alloc_str=used, **changed)


def at_work(count):
    return [records.node(f"{SMALL}-{n}", state=("ALLOCATED",), alloc_cpus=4) for n in range(count)]


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ({"cpus": 8}, 2),
        ({"cpus": 7}, 1),
        ({"cpus": 3}, 0),
        ({"memory_mib": 4000}, 2),
        ({"nodes": 3}, 3),
        ({"nodes": 1, "cpus": 100}, 1),
        ({"gpus": 0}, 10),
        ({}, 10),
    ],
)
def test_of_many_jobs_as_many_get_nodes_as_their_account_may_run(table, limits, count):
    wanted = [whole(n) for n in range(1, 21)]

    assert needed(table(**limits), wanted)[SMALL] == count


def test_what_runs_counts_towards_the_limit(table):
    wanted = [runs(1, f"{SMALL}-0"), *(whole(n) for n in range(2, 10))]

    assert needed(table(cpus=12), wanted, at_work(1))[SMALL] == 3
    assert needed(table(nodes=2), wanted, at_work(1))[SMALL] == 2
    assert needed(table(cpus=4), wanted, at_work(1))[SMALL] == 1


def test_jobs_that_end_or_ended_count_no_more(table):
    for state in (["COMPLETED", "COMPLETING"], ["COMPLETED"]):
        wanted = [runs(1, "") | {"job_state": state}, whole(2)]
        assert needed(table(cpus=4), wanted)[SMALL] == 1


def test_a_node_counts_once_for_all_jobs_of_an_account_on_it(table):
    used = "cpu=2,mem=4000M,node=1,billing=2"
    wanted = [runs(1, f"{SMALL}-0", used), runs(2, f"{SMALL}-0", used), whole(3)]

    assert needed(table(nodes=2), wanted, at_work(1))[SMALL] == 2


def test_one_accounts_limit_stops_no_other(table):
    wanted = [*(whole(n) for n in range(1, 9)), whole(9, "bio"), whole(10, ""), whole(11, "new")]

    assert needed(table(cpus=4), wanted)[SMALL] == 1 + 3


def test_a_smaller_job_gets_what_a_larger_one_may_not(table):
    wanted = [records.job(1, cpus=16, account="chem"), whole(2)]

    assert needed(table(cpus=8), wanted) == {SMALL: 1, "cpu-cpu16": 0, GPU: 0}


def test_tasks_of_an_array_use_up_the_limit_one_by_one(table):
    array = whole(1, array_job_id=records.number(1), array_task_string="0-199")

    assert needed(table(cpus=20), [array])[SMALL] == 5


def test_a_job_in_two_queues_gets_its_node_where_its_account_may_run(table):
    def counts(account):
        wanted = [records.job(1, partition="cpu,gpu", account=account)]
        return needed(table(cpu_for=("bio",)), wanted)

    assert counts("bio") == {SMALL: 1, "cpu-cpu16": 0, GPU: 0}
    assert counts("chem") == {SMALL: 0, "cpu-cpu16": 0, GPU: 1}


def test_an_account_that_an_administrator_made_may_belong_to_one_that_is_let_in(table):
    wanted = [records.job(1, account="bio-students")]

    assert needed(table(cpu_for=("bio",)), wanted)[SMALL] == 1


def test_gpus_are_limited_as_slurm_counts_them(table):
    def gpu(job_id):
        asked = "cpu=1,mem=2000M,node=1,billing=1,gres/gpu=4"
        gres = {"tres_per_node": "gres/gpu:4", "tres_req_str": asked, "partition": "gpu"}
        return records.job(job_id, account="chem", **gres)

    wanted = [gpu(n) for n in range(1, 9)]

    assert needed(table(gpus=16), wanted)[GPU] == 2
    assert needed(table(), wanted)[GPU] == 4


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cpu=8,mem=15200M,node=1,billing=8", (8, 15200, 0)),
        ("cpu=1,mem=62.50G,node=1,billing=1", (1, 64000, 0)),
        ("cpu=1,mem=1T,node=1,gres/gpu=2", (1, 1048576, 2)),
        ("cpu=1,gres/gpu:a100=2,gres/gpu=2", (1, 0, 2)),
        ("", (0, 0, 0)),
        (None, (0, 0, 0)),
    ],
)
def test_resources_are_read_as_slurm_writes_them(text, found):
    assert jobs.resources(text) == jobs.Resources(*found)


def test_a_slurm_without_tenants_has_no_limits(tmp_path):
    assert allowances(tmp_path, []) == {}


@pytest.mark.parametrize("text", ["chem\n", "chem\t1\t2\tx\t-\n", "chem\t1\t2\t3\t4\t5\n"])
def test_a_table_that_cannot_be_read_is_a_doubt(tmp_path, text):
    (tmp_path / "accounts.tsv").write_text(text)
    (tmp_path / "queues.tsv").write_text("")

    with pytest.raises(Doubt):
        allowances(tmp_path, [])


def test_the_scaler_reads_the_limits_each_round(table, kubernetes, api):
    class Slurm:
        def look(self):
            return [whole(n) for n in range(1, 9)], []

    scaler = Scaler(kubernetes, Slurm(), 300, table(cpus=8))
    scaler.round(0)
    table(cpus=12)
    scaler.round(15)

    assert api.calls == [(SMALL, 2), (SMALL, 3)]
