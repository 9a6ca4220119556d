"""The whole text that comes of each configuration: to be read, and to be seen to change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from petal_constructs.planning import inspect_seed
from tests.imports.configurations import OWN, VPC, imported

CONFIGS = {path.stem: path for path in OWN}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_configuration_becomes_this_seed(name, request):
    file = Path(__file__).with_name("seeds") / f"{name}.yaml"

    text = f"{imported(CONFIGS[name]).text}\n"

    if request.config.getoption("update_snapshots"):
        file.write_text(text)
    assert text == file.read_text()


def test_a_seed_without_its_vpc_says_how_to_find_it():
    found = imported(CONFIGS["storage"], vpc_id=None)

    assert {problem.code for problem in found.errors} == {"P214", "P330"}
    assert found.open_problems == ()
    assert "# - network.vpc_id: the file names no VPC, only its subnets" in found.text
    assert "describe-subnets --subnet-ids subnet-0aaaaaaaaaaaaaaa1" in found.text


@pytest.mark.parametrize(
    ("address", "beside", "asked"),
    [(None, False, True), (True, False, False), (False, False, False), (None, True, False)],
)
def test_whether_the_subnet_of_the_head_node_is_public_is_asked_where_nothing_says_so(
    tmp_path, address, beside, asked
):
    config = yaml.safe_load(CONFIGS["mpi"].read_text())
    head = {} if address is None else {"ElasticIp": address}
    own = "subnet-0123456789abcdef9"
    of_queues = config["Scheduling"]["SlurmQueues"][0]["Networking"]["SubnetIds"][0]
    config["HeadNode"]["Networking"] = {"SubnetId": of_queues if beside else own, **head}
    file = tmp_path / "head.yaml"
    file.write_text(yaml.safe_dump(config))

    assert ("if it is a public subnet" in imported(file).text.replace("\n#   ", " ")) == asked


def test_types_that_are_switched_off_stay_off(tmp_path):
    config = yaml.safe_load(CONFIGS["mpi"].read_text())
    queue = config["Scheduling"]["SlurmQueues"][0]
    queue["ComputeResources"] = [
        {"Name": "old", "InstanceType": "c5.large", "MaxCount": 0},
        {"Name": "new", "InstanceType": "c5.xlarge", "MaxCount": 10},
    ]
    file = tmp_path / "off.yaml"
    file.write_text(yaml.safe_dump(config))
    found = imported(file)
    queue["ComputeResources"][1]["MaxCount"] = 0
    file.write_text(yaml.safe_dump(config))

    (new, *_), (off, *_) = (each.sections["compute"]["queues"] for each in (found, imported(file)))

    assert (new["instance_types"], new["max_count"]) == (["c5.xlarge"], 10)
    assert (off["instance_types"], off["max_count"]) == (["c5.large", "c5.xlarge"], 0)
    told = {entry.value: entry.fate for entry in found.entries}
    assert (told["c5.large"], told["c5.xlarge"], told[10]) == ("lost", "kept", "kept")


@pytest.mark.parametrize(
    ("lines", "names", "fates"),
    [
        ([{"Licenses": "a:2,b"}], ["a", "b"], ["kept"]),
        ([{"Licenses": "a:2,b"}, {"LICENSES": "c"}], ["c"], ["lost", "kept"]),
        ([{"Licenses": "a"}, {"Licenses": "b@server"}], [], ["lost", "lost"]),
    ],
)
def test_of_two_lines_of_licences_slurm_takes_the_last(tmp_path, lines, names, fates):
    config = yaml.safe_load(CONFIGS["mpi"].read_text())
    config["Scheduling"]["SlurmSettings"] = {"CustomSlurmSettings": lines}
    file = tmp_path / "licences.yaml"
    file.write_text(yaml.safe_dump(config))

    found = imported(file)

    licences = found.sections.get("software", {}).get("licences", [])
    assert [licence["name"] for licence in licences] == names
    assert [e.fate for e in found.entries if "license" in e.path.lower()] == fates


@pytest.mark.parametrize(
    ("keys", "filtered", "wrong"),
    [
        ({"LdapAccessFilter": "memberOf=cn=hpc"}, "(memberOf=cn=hpc)", []),
        ({"LdapAccessFilter": "(cn=a\n)"}, "(cn=a\n)", ["access_filter"]),
        ({"AdditionalSssdConfigs": {"simple_allow_groups": "`id`"}}, None, ["sssd"]),
        ({"AdditionalSssdConfigs": {"override_homedir": "`id`"}}, None, []),
    ],
)
def test_who_may_log_in_is_never_left_out(tmp_path, keys, filtered, wrong):
    config = yaml.safe_load(CONFIGS["directory"].read_text())
    for key in ("LdapAccessFilter", "AdditionalSssdConfigs"):
        config["DirectoryService"].pop(key)
    config["DirectoryService"] |= keys
    file = tmp_path / "people.yaml"
    file.write_text(yaml.safe_dump(config))

    found = imported(file)

    assert found.sections["directory"].get("access_filter") == filtered
    assert [problem.path.split(".")[1] for problem in found.errors] == wrong


def test_the_name_is_made_from_the_file_or_given(tmp_path):
    odd = tmp_path / "2026 my_cluster!.yaml"
    odd.write_text(CONFIGS["mpi"].read_text())

    assert imported(odd).sections["cluster"]["name"] == "cluster-2026-my-cluster"
    assert imported(odd, name="lab").sections["cluster"]["name"] == "lab"
    assert imported(CONFIGS["template"]).sections["cluster"]["name"] == "from-a-template"


@pytest.mark.parametrize(
    ("key", "mounted"),
    [
        ("2026/*", "2026"),
        ("2026/raw/", "2026/raw"),
        ("*", None),
        ("run-*", "nothing"),
        ("licence.dat", "nothing"),
        ("*/raw/*", "nothing"),
    ],
)
def test_a_right_to_some_objects_does_not_become_a_folder_of_another_name(tmp_path, key, mounted):
    config = yaml.safe_load(CONFIGS["storage"].read_text())
    config["HeadNode"]["Iam"]["S3Access"] = [{"BucketName": "lab-runs", "KeyName": key}]
    file = tmp_path / "runs.yaml"
    file.write_text(yaml.safe_dump(config))

    found = imported(file)

    mounts = [m for m in found.sections["data"]["s3_mounts"] if m["bucket"] == "lab-runs"]
    (told,) = (entry for entry in found.entries if entry.path.endswith("S3Access[0].KeyName"))
    assert [mount.get("prefix") for mount in mounts] == ([] if mounted == "nothing" else [mounted])
    assert told.fate == ("changed" if mounts else "lost")


def test_the_command_writes_the_seed_and_replaces_none(run_petal, tmp_path):
    new = tmp_path / "new.yaml"
    arguments = ("parallelcluster", CONFIGS["mpi"], "--vpc-id", VPC, "-o", new)

    assert run_petal("import", *arguments) == (0, "", f"{new}: 2 changed, 5 lost, 3 decide\n")
    assert inspect_seed(new).errors == ()
    code, _, err = run_petal("import", *arguments)
    assert (code, err) == (
        2,
        f"error: {new}: exists already\nhint: name another file, or add --force\n",
    )
    assert run_petal("import", *arguments, "--force")[0] == 0


def test_what_is_left_to_decide_ends_the_command_with_1(run_petal):
    code, out, err = run_petal("import", "parallelcluster", CONFIGS["placeholders"])

    assert code == 1
    assert out.startswith("# Made by petal import from placeholders.yaml")
    count = len(imported(CONFIGS["placeholders"], vpc_id=None).errors)
    assert err.endswith(f"the seed has {count} errors; its comments tell what to decide\n")


def test_the_report_for_programs_holds_the_seed_and_every_value(run_petal):
    code, out, _ = run_petal(
        "import", "parallelcluster", CONFIGS["mpi"], "--vpc-id", VPC, "--format", "json"
    )

    report = json.loads(out)

    assert code == report["errors"] == 0
    assert report["seed"] == imported(CONFIGS["mpi"]).text
    assert report["values"][-1].keys() == {"path", "line", "value", "fate", "seed", "reason"}
    assert {value["fate"] for value in report["values"]} == {
        "kept", "same", "changed", "lost", "decide",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[cluster a]\nkey_name = x\n", "a configuration of ParallelCluster 2"),
        ("HeadNode: [\n", "error[P001]"),
        ("HeadNode: \udc80\n", "is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_an_error(run_petal, tmp_path, text, words):
    file = tmp_path / "x.yaml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))

    code, out, err = run_petal("import", "parallelcluster", file)

    assert code in {1, 2}
    assert out == ""
    assert words in err


def test_a_file_that_is_not_there_is_wrong_usage(run_petal):
    assert run_petal("import", "parallelcluster", "nowhere.yaml") == (
        2,
        "",
        "error: nowhere.yaml: no such file\n",
    )
