"""Slurm's accounts as the tables say, in a real database, and what a real Slurm makes of them."""

from __future__ import annotations

import dataclasses
import subprocess

import pytest

from petal_constructs.plan.tenants import Account, Limits
from petal_constructs.render.accounts import accounts_files
from tests.pcs.accounting import CLUSTER, Accounting, as_user, wait

# people whom every Debian has, so that the tests make no accounts
ADA, BOB, EVE = "games", "news", "uucp"
GENOMICS = Account("genomics", (ADA, BOB), Limits(cpus=4, memory_mib=1536, gpus=2, nodes=3))
USERS = Account("users", (EVE, ADA), Limits())


def tables(*accounts: Account) -> dict[str, str]:
    return accounts_files(CLUSTER, accounts)


@pytest.fixture(scope="module")
def daemons():
    slurm = Accounting()
    try:
        slurm.start()
        slurm.start_slurm()
        yield slurm
    finally:
        slurm.stop()


@pytest.fixture
def slurm(daemons):
    yield daemons
    for user in (ADA, BOB, EVE):
        daemons.ask("scancel", "-u", user)
    wait(lambda: daemons.ask("squeue", "-h").stdout == "")


def rows(slurm: Accounting, *query: str) -> set[str]:
    lines = slurm.ask("sacctmgr", "-nP", "show", *query).stdout.splitlines()
    return {line for line in lines if not line.startswith("root|")}


def associations(slurm: Accounting) -> set[str]:
    return rows(slurm, "assoc", "format=account,user,grptres")


def defaults(slurm: Accounting) -> set[str]:
    return rows(slurm, "user", "format=user,defaultaccount")


def sbatch(slurm: Accounting, user: str, *flags: str, seconds: int = 60):
    return slurm.ask(
        *("sbatch", "--parsable", "-o", "/dev/null", *flags, "--wrap", f"sleep {seconds}"),
        user=user,
    )


def state(slurm: Accounting, job: str) -> str:
    return slurm.ask("squeue", "-h", "-j", job, "-o", "%T %r").stdout.strip()


def test_tables_name_the_cluster_the_limits_and_the_members():
    made = accounts_files(CLUSTER, [GENOMICS, USERS], [("large", "genomics")])

    assert {name: text for name, text in made.items() if name.endswith(".tsv")} == {
        "cluster.tsv": "lab\n",
        "accounts.tsv": "genomics\t4\t1536\t2\t3\nusers\t-\t-\t-\t-\n",
        "queues.tsv": "large\tgenomics\n",
        "members.tsv": f"{ADA}\tgenomics\n{BOB}\tgenomics\n{EVE}\tusers\n{ADA}\tusers\n",
    }


def test_accounts_members_and_limits_are_as_the_seed_says(slurm):
    done = slurm.apply(tables(GENOMICS, USERS))

    assert done.returncode == 0, done.stderr
    assert associations(slurm) == {
        "genomics||cpu=4,gres/gpu=2,mem=1.50G,node=3",
        f"genomics|{ADA}|",
        f"genomics|{BOB}|",
        "users||",
        f"users|{ADA}|",
        f"users|{EVE}|",
    }
    assert defaults(slurm) == {f"{ADA}|genomics", f"{BOB}|genomics", f"{EVE}|users"}


def test_a_second_run_changes_nothing(slurm):
    slurm.apply(tables(GENOMICS, USERS))
    before = slurm.ask("sacctmgr", "-nP", "show", "transactions").stdout

    done = slurm.apply(tables(GENOMICS, USERS))

    assert (done.returncode, done.stderr) == (0, "")
    assert slurm.ask("sacctmgr", "-nP", "show", "transactions").stdout == before


def test_a_limit_changes_and_goes(slurm):
    slurm.apply(tables(GENOMICS, USERS))
    changed = dataclasses.replace(GENOMICS, limits=Limits(cpus=6, gpus=0))

    done = slurm.apply(tables(changed, USERS))

    assert done.returncode == 0, done.stderr
    assert "genomics||cpu=6,gres/gpu=0" in associations(slurm)
    assert len(done.stderr.splitlines()) == 1


def test_a_user_moves_to_another_tenant(slurm):
    slurm.apply(tables(GENOMICS, USERS))

    done = slurm.apply(tables(dataclasses.replace(GENOMICS, users=(BOB,)), USERS))

    assert done.returncode == 0, done.stderr
    assert f"genomics|{ADA}|" not in associations(slurm)
    assert f"{ADA}|users" in defaults(slurm)


def test_a_user_whom_the_daemons_cannot_look_up_is_a_member_like_others(slurm):
    unknown = dataclasses.replace(GENOMICS, users=(ADA, BOB, "nobody-knows-me"))

    done = slurm.apply(tables(unknown, USERS))

    assert done.returncode == 0, done.stderr
    assert "genomics|nobody-knows-me|" in associations(slurm)


def test_a_tenant_goes_and_the_records_of_its_jobs_stay(slurm):
    slurm.apply(tables(GENOMICS, USERS))
    job = sbatch(slurm, BOB, seconds=0).stdout.strip()
    wait(lambda: state(slurm, job) in ("", "COMPLETED None"), 30)

    done = slurm.apply(tables(USERS))

    assert done.returncode == 0, done.stderr
    assert associations(slurm) == {"users||", f"users|{ADA}|", f"users|{EVE}|"}
    record = ["sacct", "-nXP", "-j", job, "-o", "account,user,state"]
    assert slurm.ask(*record).stdout == f"genomics|{BOB}|COMPLETED\n"


def test_who_has_jobs_stays_a_member_until_they_end(slurm):
    slurm.apply(tables(GENOMICS, USERS))
    job = sbatch(slurm, ADA).stdout.strip()
    wait(lambda: state(slurm, job).startswith("RUNNING"))

    busy = slurm.apply(tables(dataclasses.replace(GENOMICS, users=(BOB,)), USERS))

    assert busy.returncode == 1
    assert f"refused: removed {ADA} from account genomics" in busy.stderr
    assert state(slurm, job).startswith("RUNNING")
    assert f"genomics|{ADA}|" in associations(slurm)


def test_accounts_that_petal_did_not_make_are_left_alone(slurm):
    slurm.ask("sacctmgr", "-i", "add", "account", "name=chemistry", "organization=lab")
    slurm.ask("sacctmgr", "-i", "add", "user", f"name={EVE}", "account=chemistry")

    done = slurm.apply(tables(Account("chemistry", (BOB,), Limits(cpus=1)), USERS))

    assert done.returncode == 1
    assert "account chemistry: one of this name exists that petal did not make" in done.stderr
    assert {"chemistry||", f"chemistry|{EVE}|", "users||"} <= associations(slurm)
    assert f"chemistry|{BOB}|" not in associations(slurm)
    slurm.ask("sacctmgr", "-i", "delete", "account", "where", "name=chemistry")


HOSTILE = {
    "accounts.tsv": "$(touch {at}/pwned)\t-\t-\t-\t-\nx,y\t-\t-\t-\t-\na parent=root\t-\t-\t-\t-\n"
    "root\t1\t1\t1\t1\nlimits\t1;id\t-\t-\t-\nlimits\t-1\t-\t-\t-\n-i\t-\t-\t-\t-\n",
    "members.tsv": "root\tusers\n`touch {at}/pwned`\tusers\neve,adminlevel=admin\tusers\n"
    "a[$(touch {at}/pwned)]\tusers\nmal\troot\nmal\ta[$(touch {at}/pwned)]\n",
}


def test_hostile_rows_are_refused_and_run_nothing(slurm):
    slurm.at.chmod(0o1777)
    texts = tables(USERS)
    for name, rows_of_it in HOSTILE.items():
        texts[name] += rows_of_it.format(at=slurm.at)

    done = slurm.apply(texts)

    assert done.returncode == 1
    assert done.stderr.count("refused: not an account") == 7
    assert done.stderr.count("refused: not a member") == 6
    assert not (slurm.at / "pwned").exists()
    assert associations(slurm) == {"users||", f"users|{ADA}|", f"users|{EVE}|"}
    assert rows(slurm, "user", "format=user,adminlevel") == {f"{ADA}|None", f"{EVE}|None"}


def test_a_table_that_is_missing_removes_nobody(slurm):
    slurm.apply(tables(GENOMICS, USERS))
    texts = tables(GENOMICS)
    del texts["members.tsv"]

    done = slurm.apply(texts)

    assert done.returncode == 1
    assert "the tables are not complete" in done.stderr
    assert f"genomics|{ADA}|" in associations(slurm)


def test_a_job_in_a_queue_of_another_tenant_never_runs(slurm):
    """It is refused when it is submitted where EnforcePartLimits is set; here it waits for ever."""
    slurm.apply(tables(GENOMICS, USERS))

    refused = sbatch(slurm, EVE, "-p", "genes").stdout.strip()
    taken = sbatch(slurm, BOB, "-p", "genes").stdout.strip()

    wait(lambda: state(slurm, taken).startswith("RUNNING"))
    reason = "Job's account not permitted to use this partition (genes allows genomics not users)"
    wait(lambda: state(slurm, refused) == f"PENDING {reason}")


def test_who_belongs_to_no_account_or_names_that_of_others_cannot_submit(slurm):
    slurm.apply(tables(GENOMICS, USERS))

    stranger = sbatch(slurm, "lp")
    impostor = sbatch(slurm, EVE, "-A", "genomics")

    assert (stranger.returncode, impostor.returncode) == (1, 1)
    assert "Invalid account" in stranger.stderr
    assert "Invalid account" in impostor.stderr


def test_a_job_above_what_is_left_of_the_limit_waits(slurm):
    slurm.apply(tables(GENOMICS, USERS))

    first = sbatch(slurm, BOB, "-n", "3").stdout.strip()
    wait(lambda: state(slurm, first).startswith("RUNNING"))
    second = sbatch(slurm, ADA, "-n", "2").stdout.strip()
    other = sbatch(slurm, EVE, "-n", "2").stdout.strip()

    wait(lambda: state(slurm, other).startswith("RUNNING"))
    wait(lambda: state(slurm, second) == "PENDING AssocGrpCpuLimit")
    slurm.ask("scancel", first)
    wait(lambda: state(slurm, second).startswith("RUNNING"))


def test_the_script_follows_its_tables_without_a_restart(slurm):
    folder = slurm.at / "watched"
    folder.mkdir()

    def publish(generation: str, texts: dict[str, str]) -> None:
        (folder / generation).mkdir()
        for name, text in texts.items():
            (folder / generation / name).write_text(text)
        (folder / "new").symlink_to(generation)
        (folder / "new").replace(folder / "..data")

    publish("..1", tables(USERS))
    (folder / "accounts.sh").symlink_to("..data/accounts.sh")
    script = subprocess.Popen(
        [*as_user("slurm"), "bash", folder / "accounts.sh"],
        env=slurm.environment | {"PETAL_POLL_S": "0.2"},
    )
    try:
        wait(lambda: f"users|{EVE}|" in associations(slurm))
        publish("..2", tables(USERS, GENOMICS))
        wait(lambda: f"genomics|{BOB}|" in associations(slurm))
    finally:
        script.terminate()
        script.wait()
