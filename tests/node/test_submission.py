"""The nodes that people log in to, beside another cluster: programs, tables, key and service."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import stat
import subprocess
from importlib.resources import files

import pytest

from petal_constructs.plan.submission import Submission
from petal_constructs.render.submission import submission_files
from tests.need import need_tool

STEP = "60-submission"
HERE = Submission(
    here="lab",
    there="lab-pcs",
    url="http://slurmrestd.lab-pcs.internal:6820",
    default_queue="mpi",
    queues=(("mpi", "lab"), ("modern", "lab-pcs")),
    key_parameter="/petal/lab/token-key",
)
KEY = "k" * 64
ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:Key-AbCdEf"
ANSWER = json.dumps({"password": KEY})
ALSO_FILE = "/etc/petal/keys/other-side.key"
HANDED_OVER = "/opt/parallelcluster/shared_login_nodes"
AWS = f"""#!/bin/sh
echo "$*" >> /var/standin/aws.log
[ ! -e /var/standin/unreachable ] || {{ echo "Could not connect" >&2; exit 255; }}
secret=/var/standin/secret
case $* in
  "ssm get-parameter --region us-east-1 --name /petal/lab/token-key "*) echo {ARN} ;;
  "secretsmanager get-secret-value --secret-id {ARN} --region us-east-1"*) cat $secret ;;
  *) exit 2 ;;
esac
"""


def equip(node):
    """A node with the snapshot, and the folder that ParallelCluster shares with login nodes."""
    node.receive(containers=submission_files(HERE, "us-east-1"))
    node.put("/usr/local/bin/aws", AWS, 0o755)
    node.put("/var/standin/secret", ANSWER)
    node.path(HANDED_OVER).mkdir(parents=True)
    return node


def change(node):
    """A new key, and new programs."""
    node.put("/var/standin/secret", json.dumps({"password": "n" * 64}))
    node.put("/opt/petal/src/submit/more.py", "")


@pytest.fixture
def ready(head):
    return equip(head)


@pytest.fixture
def login(new_node):
    return equip(new_node("login"))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_head_node_has_the_programs_the_tables_and_the_key(ready):
    done = ready.step(STEP)

    assert done.returncode == 0, done.stderr
    table = json.loads(ready.path("/etc/petal/submit/submit.json").read_text())
    assert table["queues"] == {"mpi": "lab", "modern": "lab-pcs"}
    assert table["url"] == HERE.url
    assert table["sbatch"] == "/opt/slurm/bin/sbatch"
    assert ready.path(ALSO_FILE).read_text() == KEY
    assert mode(ready.path(ALSO_FILE)) == 0o600
    assert mode(ready.path(ALSO_FILE).parent) == 0o700
    assert (
        "enable --now petal-token.service" in ready.path("/var/standin/systemctl.log").read_text()
    )


def test_a_user_can_run_the_programs_and_not_read_the_key(ready):
    ready.step(STEP)
    as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

    helped = ready.run(*as_nobody, "petal-submit", "--help")
    stolen = ready.run(*as_nobody, "cat", ALSO_FILE)
    from_the_folder = ready.run(*as_nobody, "cat", f"{HANDED_OVER}/.petal/other-side.key")

    assert "petal: no token" not in helped.stderr
    assert "run.py" not in helped.stderr, helped.stderr
    assert (stolen.returncode, from_the_folder.returncode) == (1, 1)
    assert KEY not in stolen.stdout + from_the_folder.stdout


def test_login_nodes_take_the_key_from_the_head_node_and_ask_aws_for_nothing(ready, login):
    ready.step(STEP)
    handed = ready.path(f"{HANDED_OVER}/.petal/other-side.key")
    assert mode(handed.parent) == 0o700
    login.put(f"{HANDED_OVER}/.petal/other-side.key", handed.read_text(), 0o600)

    done = login.step(STEP)

    assert done.returncode == 0, done.stderr
    assert login.path(ALSO_FILE).read_text() == KEY
    assert mode(login.path(ALSO_FILE)) == 0o600
    assert not login.path("/var/standin/aws.log").exists()


def test_a_login_node_that_is_up_before_the_key_says_so_and_tries_again(login):
    early = login.step(STEP)
    login.put(f"{HANDED_OVER}/.petal/other-side.key", KEY, 0o600)

    assert early.returncode == 1
    assert "refused: key of tokens: the head node has not handed it over yet" in early.stderr
    assert login.path("/usr/local/bin/petal-submit").is_symlink()
    assert login.step(STEP).returncode == 0


def test_compute_nodes_get_nothing(compute):
    equip(compute)

    assert compute.step(STEP).returncode == 0
    assert not compute.path("/etc/petal").exists()
    assert not compute.path("/usr/local/bin/petal-submit").is_symlink()


def test_without_aws_the_key_stays_and_the_reason_is_told(ready):
    ready.step(STEP)
    ready.put("/var/standin/unreachable", "")

    done = ready.step(STEP)

    assert done.returncode == 1
    assert "refused: key of tokens: Could not connect" in done.stderr
    assert ready.path(ALSO_FILE).read_text() == KEY


def test_a_new_key_reaches_the_head_node_and_the_shared_folder(ready):
    ready.step(STEP)
    ready.put("/var/standin/secret", json.dumps({"password": "n" * 64}))

    assert ready.step(STEP).returncode == 0
    assert ready.path(ALSO_FILE).read_text() == "n" * 64
    assert ready.path(f"{HANDED_OVER}/.petal/other-side.key").read_text() == "n" * 64


def test_a_second_run_writes_nothing(ready):
    ready.step(STEP)
    before = ready.written()

    ready.step(STEP)

    assert ready.written() == before


def test_new_programs_replace_the_old_ones_and_start_the_service_anew(ready):
    ready.step(STEP)
    ready.put("/opt/petal/src/submit/more.py", "")

    ready.step(STEP)
    ready.put("/var/standin/systemctl.log", "")
    ready.put("/opt/petal/src/submit/more.py", "# newer\n")
    ready.step(STEP)

    folders = [*ready.path("/usr/local/lib").glob("petal-submit-*")]
    assert len(folders) == 2
    assert (ready.path("/usr/local/lib") / "petal-submit").readlink().name in {
        folder.name for folder in folders
    }
    asked = ready.path("/var/standin/systemctl.log").read_text().splitlines()
    assert [line for line in asked if "petal-token" in line][-2:] == [
        "stop petal-token.service",
        "enable --now petal-token.service",
    ]


def test_without_a_python_for_them_the_programs_are_refused(ready):
    ready.put("/usr/bin/python3", "#!/bin/sh\nexit 1\n", 0o755)

    done = ready.step(STEP)

    assert done.returncode == 1
    assert "refused: petal-submit: /usr/bin/python3 is missing or older than 3.9" in done.stderr
    assert not ready.path("/usr/local/bin/petal-submit").is_symlink()


def test_the_key_is_nobody_s_argument_and_in_no_log(ready):
    done = ready.step(STEP)

    said = done.stdout + done.stderr + ready.path("/var/standin/aws.log").read_text()
    assert KEY not in said


def test_shellcheck_has_nothing_to_say():
    shellcheck = need_tool("shellcheck", "apt-get install shellcheck")
    folder = files("petal_constructs").joinpath("templates", "submission", "steps")
    done = subprocess.run(
        [shellcheck, f"{folder}/{STEP}.sh"], capture_output=True, text=True, check=False
    )

    assert done.stdout == ""


def test_other_clusters_get_none_of_it():
    assert submission_files(None, "us-east-1") == {}


ASK = """
import json, socket
table = json.load(open("/etc/petal/submit/submit.json"))
with socket.socket(socket.AF_UNIX) as service:
    service.connect(table["token_socket"])
    print(service.makefile().read())
"""


def claims_of(token):
    """Header and claims, after the signature was found to be the key's."""
    head, claims, signature = token.split(".")
    wanted = hmac.new(KEY.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=") == wanted
    return json.loads(base64.urlsafe_b64decode(claims + "=="))


def test_the_unit_that_is_installed_gives_a_user_a_token_that_says_who_it_is(ready):
    ready.step(STEP)
    ready.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\nada:x:5001:5001::/home/ada:/bin/bash\n")
    ready.put("/etc/group", "root:x:0:\nlab:x:5001:\ndocker:x:998:ada\nstaff:x:6000:ada\n")
    unit = ready.path("/etc/systemd/system/petal-token.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    as_ada = 'setpriv --reuid=5001 --regid=5001 --init-groups python3 -c "$ASK"'
    wait = "until [ -S /run/petal/token.sock ]; do sleep 0.1; done"
    script = f"mkdir -p /run/petal; {command} & {wait}; {as_ada}; kill $!"

    answer = ready.run("bash", "-c", script, ASK=ASK)

    said = json.loads(answer.stdout)
    claims = claims_of(said["token"])
    assert (said["user"], claims["sun"], claims["uid"], claims["gid"]) == ("ada", "ada", 5001, 5001)
    assert claims["exp"] - claims["iat"] == 300
    # as slurmctld 26.05.1 wants it (auth_common.c:56): no text is empty, paths are whole
    assert claims["id"] == {
        "name": "ada",
        "gecos": "ada",
        "dir": "/home/ada",
        "shell": "/bin/bash",
        "groups": {"lab": 5001, "staff": 6000},
    }
    assert KEY not in answer.stdout + answer.stderr
