"""Petal's own Helm charts: keys that are made in the cluster, and the hook that empties queues."""

from __future__ import annotations

import base64
import configparser
import shutil
import tempfile
from pathlib import Path

import helm_python
import pytest

import petal_constructs
from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.scaler import scaler
from petal_constructs.platforms.pcs.helm_charts import SLURM, write_chart
from petal_constructs.platforms.pcs.programs import programs, scaler_program
from tests.manifests import core
from tests.manifests.judge import rendered
from tests.manifests.rbac import Who, may
from tests.pcs.plans import BIO, plan_of

CHARTS = Path(petal_constructs.__file__).parent / "templates/charts"
DRAIN = {"image": FACTS.images.python}


def installed():
    with tempfile.TemporaryDirectory() as folder:
        write_chart(SLURM, Path(folder))
        return rendered(Path(folder), {}, SLURM, "hpc-jobs")


def secrets():
    return {found["metadata"]["name"]: found for found in installed() if found["kind"] == "Secret"}


def drain():
    made = rendered(CHARTS / "petal-drain", DRAIN, "petal-drain", "hpc-jobs")
    return {found["kind"]: found for found in made}


def test_the_api_server_takes_every_object():
    for found in [*installed(), *drain().values()]:
        assert core.schema_errors(found, "1.36") == []
        assert core.name_errors(found) == []


def test_the_keys_have_the_names_that_slurm_asks_for():
    made = secrets()
    for name, key in (names.SLURM_KEY, names.JWT_KEY):
        assert list(made[name]["data"]) == [key]
        assert made[name]["metadata"]["namespace"] == "hpc-jobs"
    assert list(made[names.SSSD_CONF[0]]["stringData"]) == [names.SSSD_CONF[1]]
    assert len(made) == 3


def test_each_key_is_1024_random_bytes_and_never_the_same():
    found = [secrets()[name]["data"][key] for name, key in (names.SLURM_KEY, names.JWT_KEY)]
    again = [secrets()[name]["data"][key] for name, key in (names.SLURM_KEY, names.JWT_KEY)]

    assert [len(base64.b64decode(key)) for key in found] == [1024, 1024]
    assert len({*found, *again}) == 4


def test_keys_cannot_be_changed_and_outlive_their_release():
    for name, _ in (names.SLURM_KEY, names.JWT_KEY):
        made = secrets()[name]
        assert made["immutable"] is True
        assert made["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_a_key_that_is_there_stays_as_it_is(tmp_path):
    """Without a cluster `lookup` finds nothing: a Secret stands in for its answer."""
    chart = shutil.copytree(CHARTS / "petal-slurm", tmp_path / "petal-slurm")
    template = chart / "templates/keys.yaml"
    asked = 'lookup "v1" "Secret" $.Release.Namespace $name'
    there = 'dict "data" (dict "slurm.key" "b2xk" "jwt.key" "b2xkZXI=")'
    assert asked in template.read_text()
    template.write_text(template.read_text().replace(asked, there))

    made = rendered(chart, {}, "petal-slurm", "hpc-jobs")

    found = [s["data"] for s in made if s["kind"] == "Secret" and "data" in s]
    assert found == [{"jwt.key": "b2xkZXI="}, {"slurm.key": "b2xk"}]


def test_programs_arrive_as_they_are_written():
    maps = {found["metadata"]["name"]: found for found in installed()}

    for name, texts in programs().items():
        assert maps[name]["data"] == texts
        assert maps[name]["metadata"]["namespace"] == "hpc-jobs"


def test_no_value_of_the_keys_chart_can_hold_a_secret():
    assert not (CHARTS / "petal-slurm/values.yaml").exists()
    assert ".Values" not in "".join(p.read_text() for p in CHARTS.glob("petal-slurm/**/*.yaml"))


def test_sssd_asks_the_pods_own_files():
    name, key = names.SSSD_CONF
    parser = configparser.ConfigParser()
    parser.read_string(secrets()[name]["stringData"][key])

    assert parser["sssd"]["domains"] == "files"
    assert parser["domain/files"]["proxy_lib_name"] == "files"


def test_the_queues_are_emptied_before_anything_is_deleted():
    hooks = {kind: found["metadata"].get("annotations") for kind, found in drain().items()}

    assert hooks.pop("Job") == {
        "helm.sh/hook": "pre-delete",
        "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
    }
    assert hooks == {"ServiceAccount": None, "Role": None, "RoleBinding": None}


def test_the_drain_runs_a_program_of_the_scalers_with_the_token_that_may_cancel_jobs():
    pod = drain()["Job"]["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    [container] = pod["containers"]
    env = {variable["name"]: variable["value"] for variable in container["env"]}

    assert volumes["programs"]["configMap"]["name"] == names.SCALER_FILES
    assert volumes["token"]["secret"]["secretName"] == names.DRAIN_TOKEN[0]
    assert env["PETAL_TOKEN_FILE"].endswith("/" + names.DRAIN_TOKEN[1])
    assert env["PETAL_SLURMRESTD"] == f"http://{names.REST_API}:6820"
    assert env["PETAL_SLURM_USER"] == "slurm"
    assert "drain.py" in scaler_program()
    assert container["command"][-1] == "scaler.drain"


def test_the_drain_is_as_bounded_as_the_scaler():
    deployment = scaler(plan_of(BIO).clusters[0]).objects[-1]
    ours, theirs = (found["spec"]["template"]["spec"] for found in (drain()["Job"], deployment))
    same = ("securityContext", "resources", "image", "workingDir")

    assert ours["securityContext"] == theirs["securityContext"]
    assert ours["nodeSelector"] == theirs["nodeSelector"]
    assert [ours["containers"][0][k] for k in same] == [theirs["containers"][0][k] for k in same]


def test_the_drain_may_do_what_the_scaler_may_and_stop_it():
    known = list(drain().values())
    who = Who.service_account("hpc-jobs", names.DRAIN_ACCOUNT)

    assert may(known, who, "list", "nodesets.slinky.slurm.net", namespace="hpc-jobs")
    assert may(known, who, "patch", "nodesets.slinky.slurm.net/scale", namespace="hpc-jobs")
    assert may(known, who, "patch", "deployments.apps/scale", "hpc-jobs", names.SCALER_ACCOUNT)
    assert not may(known, who, "patch", "deployments.apps/scale", "hpc-jobs", "another")
    assert not may(known, who, "delete", "nodesets.slinky.slurm.net", namespace="hpc-jobs")
    assert not may(known, who, "get", "secrets", namespace="hpc-jobs")


def test_the_job_ends_after_its_program():
    job = drain()["Job"]["spec"]
    env = {v["name"]: v["value"] for v in job["template"]["spec"]["containers"][0]["env"]}

    assert int(env["PETAL_DRAIN_S"]) < job["activeDeadlineSeconds"] < 15 * 60
    assert job["backoffLimit"] == 0


@pytest.mark.parametrize("values", [{}, {"image": ""}, {"image": "x:1", "sekonds": 3}])
def test_wrong_values_of_the_drain_are_refused(values):
    with pytest.raises(helm_python.HelmError):
        rendered(CHARTS / "petal-drain", values, "petal-drain", "hpc-jobs")
