"""The head node follows the password of the accounting database; ParallelCluster's script is real.

It is the template of its cookbook, filled in: update_slurm_database_password.sh.erb of
aws-parallelcluster-cookbook f75d84c. AWS and systemctl are stand-ins.
"""

from __future__ import annotations

import pytest

from petal_constructs.render.accounts import accounts_files

STEP = "35-database-password"
CONFIGURATION = "/opt/slurm/etc/slurm_parallelcluster_slurmdbd.conf"
UPDATE = "/opt/parallelcluster/scripts/slurm/update_slurm_database_password.sh"
SCRIPT = r"""#!/bin/bash
set -e
SLURMDBD_CONFIG_FILE="/opt/slurm/etc/slurm_parallelcluster_slurmdbd.conf"
SLURMDBD_PROPERTY="StoragePass"
SECRET_ARN="arn:aws:secretsmanager:us-east-1:123456789012:secret:s"
REGION="us-east-1"
echo "Reading password from ${SLURMDBD_CONFIG_FILE}"
password_from_dbd_config=$(grep "^${SLURMDBD_PROPERTY}" ${SLURMDBD_CONFIG_FILE} | sed "s/^${SLURMDBD_PROPERTY}=//g")
if [ -z ${password_from_dbd_config} ]; then
  echo "Error reading password from ${SLURMDBD_CONFIG_FILE}"
  exit 1
fi
echo "Reading password from AWS Secrets Manager: ${SECRET_ARN}"
password_from_secrets_manager=$(aws secretsmanager get-secret-value --secret-id ${SECRET_ARN} --region ${REGION} --query 'SecretString' --output text)
[ "${password_from_dbd_config}" == "${password_from_secrets_manager}" ] && echo "Password match, skipping update" && exit 0
echo "Writing AWS Secrets Manager password to ${SLURMDBD_CONFIG_FILE}"
sed -i "/${SLURMDBD_PROPERTY}/d" ${SLURMDBD_CONFIG_FILE}
echo "${SLURMDBD_PROPERTY}=${password_from_secrets_manager}" >> ${SLURMDBD_CONFIG_FILE}
echo "Password updated in ${SLURMDBD_CONFIG_FILE}"
if systemctl --quiet is-active slurmdbd.service; then
  echo "Restarting services"
  systemctl restart slurmdbd
  echo "Services restarted"
fi
exit 0
"""  # noqa: E501


def equip(node, password="old", accounts=True):
    node.receive(accounts=accounts_files("lab", ()) if accounts else {})
    node.put(UPDATE, SCRIPT, 0o700)
    node.put(CONFIGURATION, f"DbdHost=head\nStorageUser=slurm\nStoragePass={password}\n", 0o600)
    node.put("/usr/local/bin/systemctl", '#!/bin/sh\necho "$@" >> /var/standin/asked\n', 0o755)
    in_the_secret(node, "old")


def in_the_secret(node, password):
    node.put("/usr/local/bin/aws", f"#!/bin/sh\necho {password}\n", 0o755)


def configured(node):
    return node.path(CONFIGURATION).read_text().splitlines()


def restarted(node):
    asked = node.path("/var/standin/asked")
    return asked.exists() and "restart slurmdbd\n" in asked.read_text()


def killed_before_the_restart(node):
    """That script ends at its first call of systemctl, as it does when it is killed there."""
    node.put(UPDATE, SCRIPT.replace("if systemctl", "kill -9 $$\nif systemctl"), 0o700)
    node.step(STEP)
    node.put(UPDATE, SCRIPT, 0o700)


def test_a_new_password_reaches_slurmdbd_which_starts_anew(head):
    equip(head)
    in_the_secret(head, "new")

    done = head.step(STEP)

    assert (done.returncode, done.stderr) == (
        0,
        "petal: slurmdbd has the new password of its database\n",
    )
    assert configured(head) == ["DbdHost=head", "StorageUser=slurm", "StoragePass=new"]
    assert head.path(CONFIGURATION).stat().st_mode & 0o777 == 0o600
    assert restarted(head)


def test_as_long_as_it_is_the_same_nothing_is_touched_and_nothing_said(head):
    equip(head)

    done = head.step(STEP)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not restarted(head)


def test_a_node_that_went_down_between_two_writes_of_that_script_recovers(head):
    equip(head)
    in_the_secret(head, "new")
    head.put(CONFIGURATION, "DbdHost=head\nStorageUser=slurm\n", 0o600)

    done = head.step(STEP)

    assert done.returncode == 0
    assert configured(head)[-1] == "StoragePass=new"
    assert restarted(head)


def test_a_slurmdbd_that_was_not_restarted_is_restarted_the_next_time_and_once(head):
    equip(head)
    in_the_secret(head, "new")
    killed_before_the_restart(head)
    assert configured(head)[-1] == "StoragePass=new"
    assert not restarted(head)

    done = head.step(STEP)

    assert done.returncode == 0
    assert restarted(head)
    head.path("/var/standin/asked").unlink()
    head.step(STEP)
    assert not restarted(head)


def test_a_secret_that_cannot_be_read_is_told_and_changes_nothing(head):
    equip(head)
    head.put("/usr/local/bin/aws", "#!/bin/sh\necho AccessDenied >&2; exit 254\n", 0o755)

    done = head.step(STEP)

    assert done.returncode == 1
    assert "refused: password of the accounting database: AccessDenied" in done.stderr
    assert configured(head)[-1] == "StoragePass=old"


def test_a_head_node_without_that_script_says_so(head):
    equip(head)
    head.path(UPDATE).unlink()

    done = head.step(STEP)

    assert done.returncode == 1
    assert "No such file" in done.stderr


@pytest.mark.parametrize(("role", "accounts"), [("head", False), ("login", True)])
def test_nobody_else_asks(new_node, role, accounts):
    node = new_node(role)
    equip(node, accounts=accounts)
    in_the_secret(node, "new")

    done = node.step(STEP)

    assert (done.returncode, done.stderr) == (0, "")
    assert configured(node)[-1] == "StoragePass=old"


def test_no_password_is_printed_even_when_bash_shows_what_it_does(head):
    equip(head, "hunter1")
    in_the_secret(head, "hunter2")

    done = head.run("bash", "-x", f"/opt/petal/src/steps/{STEP}.sh")

    assert "said=" in done.stderr
    assert "hunter" not in done.stdout + done.stderr
