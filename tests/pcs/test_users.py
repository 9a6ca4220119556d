"""People in the login pod: who gets in, who does not, and that no restart is needed."""

from __future__ import annotations

import configparser
import dataclasses
import subprocess
from pathlib import Path

import pytest

import petal_constructs
from petal_constructs.plan.tenants import Limits
from petal_constructs.plan.values import User
from petal_constructs.platforms.pcs import users
from petal_constructs.platforms.pcs.charts.node_sets import node_sets
from petal_constructs.platforms.pcs.charts.slurm import slurm
from petal_constructs.platforms.pcs.values import SlurmCluster
from tests.need import need_tool
from tests.pcs.judged import every
from tests.pcs.login_pod import LoginPod
from tests.pcs.plans import BIO, plan_of

TEMPLATES = Path(petal_constructs.__file__).parent / "templates"
SCRIPTS = sorted((TEMPLATES / "slurm").glob("*.sh"))
CLUSTER = SlurmCluster(
    namespace="hpc-jobs",
    tenant=None,
    cluster_name="lab",
    queues=(),
    users=(User("ada", 5001, 5001, ("ssh-ed25519 AAAA ada@laptop",)), User("bob", 5002, 5001)),
    accounts=(),
    accounting=False,
    limits=Limits(),
    iam_roles=(),
)


def tables(*people: User) -> dict[str, str]:
    return users.login_files(dataclasses.replace(CLUSTER, users=people))


@pytest.fixture(scope="module")
def pod():
    pod = LoginPod()
    pod.set_users(tables(User("ada", 5001, 5001, (pod.key,)), User("bob", 5002, 5001)))
    pod.begin()
    yield pod
    pod.discard()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_has_nothing_to_say(script):
    shellcheck = need_tool("shellcheck", "apt-get install shellcheck")

    done = subprocess.run([shellcheck, script], capture_output=True, text=True, check=False)

    assert done.stdout == ""


def test_tables_hold_accounts_and_keys():
    assert users.login_files(CLUSTER) == {
        "users.tsv": "ada\t5001\t5001\nbob\t5002\t5001\n",
        "keys.tsv": "ada\tssh-ed25519 AAAA ada@laptop\n",
    }


def test_a_field_that_would_start_another_row_is_refused():
    with pytest.raises(ValueError, match="control character"):
        tables(User("ada", 5001, 5001, ("ssh-ed25519 AAAA\nroot\tssh-ed25519 BBBB",)))


def test_the_step_of_parallelcluster_nodes_is_used_as_it_is():
    scripts = users.login_scripts()

    for path in ("lib.sh", "authorized-keys.sh", "steps/10-users.sh"):
        assert scripts[Path(path).name] == (TEMPLATES / "node" / path).read_text()


def test_supervisord_starts_the_script_where_it_is_mounted():
    program = configparser.ConfigParser(interpolation=None)
    program.read_string(users.login_scripts()[users.PROGRAM_KEY])

    _, path = program["program:petal-users"]["command"].split()
    folder, _, name = path.rpartition("/")
    assert folder == users.SCRIPTS_FOLDER
    assert name in users.login_scripts()


def test_a_user_with_a_key_gets_in_and_owns_a_home(pod):
    assert pod.wait(lambda: pod.ssh("ada", "true").returncode == 0), pod.log()

    done = pod.ssh("ada", "id -u; id -g; pwd; stat -c %U:%a .")

    assert done.stdout.split() == ["5001", "5001", "/home/ada", "ada:700"]


def test_who_has_no_key_of_the_seed_does_not_get_in(pod):
    assert pod.wait(lambda: pod.ssh("ada", "true").returncode == 0), pod.log()

    assert pod.ssh("bob", "true").returncode == 255
    assert pod.ssh("ada", "true", key="/tmp/other").returncode == 255


def test_root_does_not_get_in_with_a_key_that_is_in_its_file(pod):
    """The operator mounts `rootSshAuthorizedKeys` there, which petal leaves empty."""
    assert pod.run("bash", "-c", "cat ~/.ssh/authorized_keys").stdout.strip() == pod.key

    assert pod.ssh("root", "true").returncode == 255


def test_no_way_but_a_key_is_offered(pod):
    asked = pod.run(
        *("ssh", "-v", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"),
        *("-o", "PubkeyAuthentication=no", "bob@127.0.0.1", "true"),
    )

    offered = {line for line in asked.stderr.splitlines() if "can continue" in line}
    assert offered == {"debug1: Authentications that can continue: publickey"}


def test_sshd_follows_every_line_of_the_settings(pod):
    effective = pod.run("sshd", "-T", "-f", "/etc/ssh/pod_config").stdout.splitlines()

    wanted = [line for line in users.EXTRA_SSHD_CONFIG.splitlines() if not line.startswith("#")]
    assert [line for line in wanted if line.lower() not in effective] == []


def test_users_come_and_go_while_the_pod_runs(pod):
    ada = User("ada", 5001, 5001, (pod.key,))
    assert pod.wait(lambda: pod.ssh("ada", "true").returncode == 0), pod.log()

    pod.set_users(tables(ada, User("eve", 5003, 5003, (pod.key,))))
    assert pod.wait(lambda: pod.ssh("eve", "touch mine").returncode == 0), pod.log()

    pod.set_users(tables(ada))
    assert pod.wait(lambda: pod.ssh("eve", "true").returncode == 255), pod.log()
    assert pod.run("stat", "-c", "%U", "/home/eve/mine").stdout == "eve\n"
    assert pod.ssh("ada", "true").returncode == 0

    pod.set_users(tables(ada, User("eve", 5003, 5003, (pod.key,))))
    assert pod.wait(lambda: pod.ssh("eve", "true").returncode == 0), pod.log()


def test_a_state_that_is_half_there_changes_nothing(pod):
    ada = User("ada", 5001, 5001, (pod.key,))
    pod.set_users(tables(ada))
    assert pod.wait(lambda: pod.ssh("ada", "true").returncode == 0), pod.log()

    pod.set_users({"keys.tsv": tables(ada)["keys.tsv"]})

    assert pod.wait(lambda: "not every account" in pod.log())
    assert pod.ssh("ada", "true").returncode == 0
    pod.set_users(tables(ada))


def test_a_hostile_table_makes_no_account_and_runs_nothing(pod):
    ada = User("ada", 5001, 5001, (pod.key,))
    bad = tables(ada)
    bad["users.tsv"] += "$(touch /tmp/pwned)\t5009\t5009\nroot\t5010\t5010\nmal\t0\t0\n"
    pod.set_users(bad)

    assert pod.wait(lambda: "user mal: uid" in pod.log()), pod.log()
    assert pod.run("test", "-e", "/tmp/pwned").returncode == 1
    assert pod.run("id", "-u", "root").stdout == "0\n"
    assert pod.run("id", "mal").returncode == 1
    assert pod.ssh("ada", "true").returncode == 0


def test_slurmd_pods_ask_slurm_first_who_somebody_is():
    plan = plan_of(BIO)
    node_set = every(node_sets(plan, plan.queues[0]), "NodeSet")[0]["spec"]
    mounts = {each["mountPath"]: each for each in node_set["slurmd"]["volumeMounts"]}
    volumes = {each["name"]: each for each in node_set["template"]["spec"]["volumes"]}

    mount = mounts[users.NSSWITCH_FILE]
    (made,) = [
        body
        for body in every(slurm(plan, plan.clusters[0], database_host=None), "ConfigMap")
        if body["metadata"]["name"] == volumes[mount["name"]]["configMap"]["name"]
    ]
    lines = made["data"][mount["subPath"]].splitlines()
    assert [line for line in lines if line.startswith(("passwd:", "group:"))] == [
        "passwd: slurm files",
        "group: slurm files",
    ]
