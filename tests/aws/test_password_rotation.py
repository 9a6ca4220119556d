"""The rotation's program against moto's Secrets Manager and RDS, interrupted and repeated."""

from __future__ import annotations

import string
import uuid
from itertools import count

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.rds.models import rds_backends

from petal_constructs.templates.rotation import rotate

REGION = "us-east-1"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
FIRST = "a" * 32


class LostConnectionError(Exception):
    """What a call ends with whose answer never came."""


class Account:
    """Secrets Manager and RDS, and Secrets Manager's way to call the program."""

    def __init__(self) -> None:
        self.vault = boto3.client("secretsmanager")
        self.secret = self.vault.create_secret(Name="password", SecretString=FIRST)["ARN"]
        boto3.client("rds").create_db_instance(
            DBInstanceIdentifier="records",
            DBInstanceClass="db.t4g.small",
            Engine="mariadb",
            EngineVersion="11.4.8",
            MasterUsername="slurm",
            MasterUserPassword=FIRST,
            AllocatedStorage=20,
        )
        self.calls: list[str] = []
        self.lost_after: int | None = None
        """How many calls have their effect before one's answer is lost."""
        self.of_database = FIRST
        """What RDS took; it tells nobody."""
        self._asked: dict[str, str] = {}
        boto3.DEFAULT_SESSION.events.register("before-call", self._before_call)
        boto3.DEFAULT_SESSION.events.register("after-call", self._after_call)

    def _before_call(self, params, **_) -> None:
        self._asked = params["body"] if isinstance(params["body"], dict) else {}

    def _after_call(self, model, http_response, **_) -> None:
        self.calls.append(model.name)
        if http_response.status_code == 200:
            self.of_database = self._asked.get("MasterUserPassword", self.of_database)
        if self.lost_after is not None and len(self.calls) > self.lost_after:
            self.lost_after = None
            raise LostConnectionError

    def step(self, step: str, token: str) -> None:
        event = {"Step": step, "SecretId": self.secret, "ClientRequestToken": token}
        rotate.handler(event, self)

    def rotate(self, token: str | None = None) -> str:
        token = token or str(uuid.uuid4())
        for step in STEPS:
            self.step(step, token)
        return token

    def get_remaining_time_in_millis(self) -> int:
        return 60_000

    def stored(self, stage: str = "AWSCURRENT") -> str:
        found = self.vault.get_secret_value(SecretId=self.secret, VersionStage=stage)
        return found["SecretString"]


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("PETAL_DATABASE", "records")
    monkeypatch.setattr(rotate.time, "sleep", lambda _: None)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        boto3.setup_default_session()
        yield Account()


def test_the_database_and_the_secret_have_the_same_new_password(account):
    account.rotate()

    assert account.stored() == account.of_database != FIRST
    assert account.stored("AWSPREVIOUS") == FIRST


def test_a_password_is_as_long_as_the_one_before_and_fits_slurmdbds_configuration(account):
    account.rotate()

    assert len(account.stored()) == len(FIRST)
    assert set(account.stored()) <= set(string.ascii_letters + string.digits)


def test_each_rotation_brings_another_password(account):
    found = {FIRST}
    for _ in range(3):
        account.rotate()
        found.add(account.stored())

    assert len(found) == 4


def test_steps_that_are_called_twice_do_nothing_more(account):
    token = str(uuid.uuid4())
    seen = []
    for step in STEPS:
        for _ in range(2):
            account.step(step, token)
            seen.append((account.of_database, account.stored("AWSCURRENT")))

    assert seen[0::2] == seen[1::2]
    assert account.stored() == account.of_database != FIRST


def test_a_rotation_that_is_over_stays_as_it_is(account):
    token = account.rotate()
    before = account.stored()

    account.rotate(token)

    assert (account.stored(), account.of_database) == (before, before)


@pytest.mark.parametrize("again", ["the same rotation", "another one"])
def test_whatever_call_is_lost_the_next_rotation_ends_well(account, again):
    """Secrets Manager begins anew; the effect of the lost call is there."""
    for lost in count():
        account.calls.clear()
        account.lost_after = lost
        token = str(uuid.uuid4())
        try:
            account.rotate(token)
        except LostConnectionError:
            account.rotate(token if again == "the same rotation" else None)
        else:
            break
        assert account.stored() == account.of_database

    assert lost >= 8, "no call of the program was interrupted"


def test_until_the_last_step_everybody_reads_the_old_password(account):
    token = str(uuid.uuid4())
    for step in STEPS[:-1]:
        account.step(step, token)

        assert account.stored() == FIRST


def test_set_up_tests_the_program_without_a_change(account):
    """RotateSecret, RotateImmediately: false calls testSecret alone."""
    account.step("testSecret", str(uuid.uuid4()))

    assert account.stored() == account.of_database == FIRST


@pytest.mark.parametrize("step", ["setSecret", "testSecret"])
def test_a_database_that_is_busy_is_waited_for_and_then_left_alone(account, monkeypatch, step):
    token = str(uuid.uuid4())
    account.step("createSecret", token)
    database = rds_backends[DEFAULT_ACCOUNT_ID][REGION].databases["records"]
    monkeypatch.setattr(database, "status", "backing-up")
    left = iter([60_000, 30_000, 5_000])
    monkeypatch.setattr(account, "get_remaining_time_in_millis", lambda: next(left))

    with pytest.raises(TimeoutError, match="records is still being changed"):
        account.step(step, token)

    assert account.of_database == FIRST
    assert list(left) == []


def test_the_program_prints_no_password(account, capfd):
    account.rotate()

    said = "".join(capfd.readouterr())
    assert account.stored() not in said
    assert FIRST not in said
