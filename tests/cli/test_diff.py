from __future__ import annotations

import json

import pytest


@pytest.fixture
def edited(here):
    """Write `new.yaml`: the small seed with some texts replaced."""

    def write(*replacements):
        text = (here / "small.yaml").read_text()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        (here / "new.yaml").write_text(text)

    return write


LIVE = ("max_count: 4", "max_count: 6")
DRAIN = ("max_count: 4", "max_count: 4\n      capacity_type: spot")
STOP = ("max_count: 4", "max_count: 2")
REFUSED = ("t3.large", "t3.xlarge")
REPLACE = ("name: small", "name: large")


def test_each_changed_field_is_a_row(petal, edited):
    edited(LIVE, REFUSED)

    code, out, err = petal("diff", "small.yaml", "new.yaml")

    assert (code, err) == (0, "")
    assert (
        out
        == """\
changes
  in the seed                        was       becomes    does     because
  compute.head_node                  t3.large  t3.xlarge  refused  \
ParallelCluster refuses it in a cluster that exists: make a new one
  compute.queues[compute].max_count  4         6          live     accepted while jobs run
"""
    )


def test_an_entry_that_comes_or_goes_is_shown_as_it_is_written(petal, edited):
    edited(("{name: ada, uid: 5001, gid: 5000}", "{name: bob, uid: 5002, gid: 5000}"))

    _, out, _ = petal("diff", "small.yaml", "new.yaml")

    ada, bob = out.splitlines()[2:]
    assert ada.startswith("  users[ada]   name: ada, uid: 5001, gid: 5000  -  ")
    assert bob.startswith("  users[bob]   -                                name: bob, uid: 5002, ")


def test_seeds_that_mean_the_same_differ_in_nothing(petal, edited):
    edited(("max_count: 4", "max_count: 4  # as before\n      min_count: 0"))

    assert petal("diff", "small.yaml", "new.yaml", "--fail-on", "drain") == (
        0,
        "nothing changes\n",
        "",
    )


def test_programs_get_values_and_parts(petal, edited):
    edited(STOP, ("[192.0.2.0/24]", "[192.0.2.0/25]"))

    code, out, err = petal("diff", "small.yaml", "new.yaml", "--format", "json")

    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "old": "small.yaml",
        "new": "new.yaml",
        "worst": "stop",
        "changes": [
            {
                "field": "compute.queues[compute].max_count",
                "old": 4,
                "new": 2,
                "consequence": "stop",
                "why": "only while the compute fleet is stopped",
                "parts": ["Scheduling.SlurmQueues[compute].ComputeResources[cpu8].MaxCount"],
            },
            {
                "field": "network.ssh_from",
                "old": ["192.0.2.0/24"],
                "new": ["192.0.2.0/25"],
                "consequence": "live",
                "why": "accepted while jobs run",
                "parts": ["HeadNode.Ssh.AllowedIps", "plan, network"],
            },
        ],
    }


@pytest.mark.parametrize(
    ("change", "fails_on"),
    [
        (LIVE, set()),
        (DRAIN, {"drain"}),
        (STOP, {"drain"}),
        (REPLACE, {"drain", "replace"}),
        (REFUSED, {"drain", "replace", "data-loss"}),
    ],
)
def test_what_is_too_much_ends_with_one(petal, edited, change, fails_on):
    edited(change)

    for limit in ("drain", "replace", "data-loss"):
        code, out, err = petal("diff", "small.yaml", "new.yaml", "--fail-on", limit)

        assert (code, err) == (
            (1, f"error: 1 change at --fail-on {limit} or beyond\n")
            if limit in fails_on
            else (0, "")
        )
        assert out.startswith("changes\n")


def test_the_result_goes_to_a_file_even_if_it_is_too_much(petal, edited, here):
    edited(REFUSED)

    code, out, _ = petal("diff", "small.yaml", "new.yaml", "--fail-on", "drain", "-o", "diff.txt")

    assert (code, out) == (1, "")
    assert "compute.head_node" in (here / "diff.txt").read_text()


def test_a_seed_is_not_overwritten(petal, edited, here):
    edited(LIVE)
    before = (here / "new.yaml").read_text()

    code, out, err = petal("diff", "small.yaml", "new.yaml", "-o", "new.yaml")

    assert (code, out) == (2, "")
    assert err == "error: new.yaml: this is the seed\nhint: name another file with -o\n"
    assert (here / "new.yaml").read_text() == before


def test_a_bad_seed_is_shown_with_its_problems(petal):
    code, out, err = petal("diff", "small.yaml", "bad.yaml")

    assert (code, out) == (1, "")
    assert "error[P101]: cluster.platforrm: no such key" in err


def test_pcs_tells_what_a_change_does_there(petal, edited):
    edited(LIVE)

    code, out, _ = petal("diff", "small.yaml", "new.yaml", "--platform", "pcs")

    assert code == 0
    assert "live" in out


def test_another_platform_is_another_cluster_in_the_same_stack(petal, edited):
    edited(("region: us-east-1", "region: us-east-1\n  platform: pcs"))

    code, out, _ = petal("diff", "small.yaml", "new.yaml", "--format", "json")

    (change,) = json.loads(out)["changes"]
    assert (code, change["field"], change["consequence"]) == (0, "cluster.platform", "replace")
    assert change["why"].startswith("the same stack makes another cluster and deletes this one")


def test_another_platform_under_another_name_leaves_the_old_cluster_alone(petal, edited):
    edited(
        ("region: us-east-1", "region: us-east-1\n  platform: pcs"),
        ("name: small", "name: other"),
    )

    _, out, _ = petal("diff", "small.yaml", "new.yaml")

    assert "which runs on with its data" in out
    assert "deletes" not in out


def test_a_long_value_is_cut_in_the_table_alone(petal, edited):
    packages = ", ".join(f"lib-{number}" for number in range(20))
    edited(("[samtools@1.17]", f"[{packages}]"))

    _, text, _ = petal("diff", "small.yaml", "new.yaml")
    _, form, _ = petal("diff", "small.yaml", "new.yaml", "--format", "json")

    assert "[lib-0, lib-1, lib-2, lib-3, lib-4, l...  live" in text
    assert json.loads(form)["changes"][0]["new"] == packages.split(", ")


def test_a_list_of_entries_without_names_is_shown_as_it_is_written(petal, edited):
    script = "max_count: 4\n      scripts: [{script: 's3://lab/tune.sh', args: [fast]}]"
    edited(("max_count: 4", script))

    _, text, _ = petal("diff", "small.yaml", "new.yaml")
    _, form, _ = petal("diff", "small.yaml", "new.yaml", "--format", "json")

    assert "[script: s3://lab/tune.sh, args: [fast]]" in text
    (change,) = json.loads(form)["changes"]
    assert change["new"] == [{"script": "s3://lab/tune.sh", "args": ["fast"]}]


def test_it_answers_without_the_cdk_and_aws(process):
    ended = process("diff", "small.yaml", "small.yaml", PYTHONPROFILEIMPORTTIME="1")

    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert ended.stdout == "nothing changes\n"
    assert not {"aws_cdk", "cdk8s", "jsii", "boto3"} & loaded
