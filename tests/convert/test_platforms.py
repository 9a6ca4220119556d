"""What a seed becomes on another platform, and what is said about it."""

from __future__ import annotations

import pytest

from petal_constructs.convert.header import split
from petal_constructs.errors import SeedError, UsageError
from tests.convert.seeds import FORMS, HEAD, PLAIN, ROOT, converted, read

PCS = f"{HEAD}  platform: pcs\ncompute:\n  queues:\n"
X86 = "    - name: compute\n      instance_types: [c5.4xlarge]\n"


def _rows(found, kind):
    return {row.path: row.what for row in found.report.rows if row.kind == kind}


def test_a_seed_for_pcs_keeps_its_head_node_and_says_that_it_has_no_effect():
    found = converted(PLAIN, "pcs")

    assert "  head_node: t3.xlarge\n" in found.text
    assert "compute.head_node" in _rows(found, "aside")
    assert read(found.text).seed.cluster.platform == "pcs"


def test_a_seed_for_parallelcluster_gets_a_head_node_of_its_queues_architecture():
    x86 = converted(PCS + X86, "parallelcluster")
    arm = converted(PCS + X86.replace("c5.4xlarge", "c7g.4xlarge"), "parallelcluster")

    assert _rows(x86, "added") == {"compute.head_node": "t3.xlarge"}
    assert _rows(arm, "added") == {"compute.head_node": "t4g.xlarge"}
    assert not x86.report.undecided
    assert not arm.report.undecided


def test_a_head_node_that_somebody_changed_since_stays():
    text = converted(PCS + X86, "parallelcluster").text.replace(
        "head_node: t3.xlarge", "head_node: m6i.xlarge"
    )

    assert "  head_node: m6i.xlarge\n" in converted(text, "pcs").text


def test_a_head_node_that_was_added_is_taken_out_again_after_a_detour():
    text = PCS + X86
    there = converted(converted(text, "parallelcluster").text, "hybrid").text

    assert not _rows(converted(there, "pcs"), "lost")
    alone = converted(there, "parallelcluster").text
    assert "  head_node: t3.xlarge\n" in alone
    assert converted(alone, "pcs").text == text


def test_a_head_node_that_somebody_changed_on_a_detour_is_lost_with_its_side():
    there = converted(converted(PCS + X86, "parallelcluster").text, "hybrid").text

    found = converted(there.replace("head_node: t3.xlarge", "head_node: m6i.xlarge"), "pcs")

    assert _rows(found, "lost") == {"platforms.parallelcluster.head_node": "m6i.xlarge goes"}


def test_the_cluster_gets_a_name_that_the_old_one_does_not_have():
    assert read(converted(PLAIN, "pcs").text).seed.cluster.name == "lab-pcs"
    assert read(converted(PLAIN, "hybrid").text).seed.cluster.name == "lab-hybrid"
    assert read(converted(PCS + X86, "parallelcluster").text).seed.cluster.name == "lab-classic"


def test_an_alias_of_the_old_name_keeps_it():
    text = PLAIN.replace("name: lab\n", "name: &lab lab\n  tags: {project: *lab, team: *lab}\n")

    there = converted(text, "pcs")
    cluster = read(there.text).seed.cluster
    assert (cluster.name, dict(cluster.tags)) == ("lab-pcs", {"project": "lab", "team": "lab"})
    back = read(converted(there.text, "parallelcluster").text).seed.cluster
    assert (back.name, back.tags) == ("lab", cluster.tags)


def test_an_anchor_that_stands_for_two_values_is_refused():
    text = PLAIN.replace("[c5.4xlarge]", "&t [c5.4xlarge]") + "users: &t []\n"

    with pytest.raises(UsageError, match="more than one value has the anchor &t"):
        converted(text, "pcs")


def test_a_long_name_stays_short_enough_for_a_cluster_with_accounting():
    text = converted(PLAIN.replace("lab", "l" * 60), "pcs").text

    assert len(read(text).seed.cluster.name) == 40


def test_a_name_may_be_chosen_and_must_be_one():
    assert read(converted(PLAIN, "pcs", name="lab").text).seed.cluster.name == "lab"
    with pytest.raises(UsageError, match="no such name"):
        converted(PLAIN, "pcs", name="l: 'ab")


def test_a_new_cluster_has_new_file_systems_and_the_report_says_so():
    shared = "data:\n  shared:\n    - {name: homes, type: efs, mount_point: /home}\n"

    found = converted(PLAIN + shared, "pcs")

    assert "empty" in _rows(found, "note")["data.shared[0]"]


def test_both_sides_have_the_queues_under_names_of_their_own():
    seed = read(converted(PLAIN, "hybrid").text).seed

    assert [q.name for q in seed.platforms.parallelcluster.queues] == ["compute"]
    assert [q.name for q in seed.platforms.pcs.queues] == ["compute-pcs"]
    assert seed.platforms.parallelcluster.head_node == "t3.xlarge"
    assert seed.platforms.pcs.head_node is None


def test_a_copy_without_its_anchor_has_no_blank_at_its_line_end():
    text = PLAIN.replace("  queues:", "  queues: &all")

    assert not [line for line in converted(text, "hybrid").text.splitlines() if line.endswith(" ")]


def test_names_of_copies_are_short_enough_and_taken_by_nobody():
    long = "a" * 25
    queues = "".join(X86.replace("compute", name) for name in (long, "b", "b-pcs"))

    seed = read(
        converted(f"{HEAD}compute:\n  head_node: t3.xlarge\n  queues:\n{queues}", "hybrid").text
    ).seed

    names = [q.name for q in seed.platforms.pcs.queues]
    assert names == ["a" * 21 + "-pcs", "b-pcs1", "b-pcs-pcs"]


def test_tenants_may_submit_to_the_copies_of_their_queues():
    seed = read(converted(FORMS["tenants"], "hybrid").text).seed

    assert [t.queues for t in seed.tenants] == [
        ("compute", "compute-pcs"),
        ("compute", "large", "compute-pcs", "large-pcs"),
        (),
    ]


def test_copies_run_the_same_containers():
    text = (ROOT / "seeds/pcs-bio.yaml").read_text()

    sides = read(converted(text, "hybrid").text).seed.platforms

    names = [("bwa", "samtools"), ("gatk",), ()]
    assert [queue.containers for queue in sides.pcs.queues] == names
    assert [queue.containers for queue in sides.parallelcluster.queues] == names


RESERVED = "      capacity_reservation: cr-0123456789abcdef0\n"


def test_a_copy_is_without_what_the_other_platform_refuses():
    found = converted(PLAIN + RESERVED, "hybrid")

    sides = read(found.text).seed.platforms
    assert sides.parallelcluster.queues[0].capacity_reservation == "cr-0123456789abcdef0"
    assert sides.pcs.queues[0].capacity_reservation is None
    assert "without capacity_reservation" in _rows(found, "note")["platforms.pcs"]
    assert not found.report.undecided


def test_a_blank_line_above_what_a_copy_does_without_goes_with_it():
    text = f"{PLAIN}      max_count: 4\n\n{RESERVED}\nusers: []\n"

    there = converted(text, "hybrid").text

    assert "max_count: 4\n\nusers" in there
    assert split(converted(there, "parallelcluster").text)[1] == text


def test_a_queue_that_the_other_platform_cannot_have_is_not_copied():
    block = X86.replace("compute", "trainium").replace("c5.4xlarge", "trn1.2xlarge")

    found = converted(PLAIN + block, "hybrid")

    assert [q.name for q in read(found.text).seed.platforms.pcs.queues] == ["compute-pcs"]
    assert "no copy of trainium" in _rows(found, "note")["platforms.pcs"]


HYBRID = f"""\
{HEAD}platforms:  # both
  # for old work
  parallelcluster:
    head_node: t3.xlarge
    queues:
      - name: legacy
        instance_types: [c5.4xlarge]
  # for new work
  pcs:
    queues:
      - name: modern
        instance_types: [c5.4xlarge]
users:
  - {{name: ada, uid: 5001, gid: 5001}}
tenants:
  - {{name: one, users: [ada], queues: [legacy, modern]}}
"""


def test_one_side_of_a_hybrid_seed_stays_with_its_comments_and_the_loss_is_said():
    found = converted(HYBRID, "pcs")

    assert split(found.text)[1] == (
        f"{HEAD.replace('lab', 'lab-pcs')}  platform: pcs\n# both\n# for new work\ncompute:\n"
        "  queues:\n    - name: modern\n      instance_types: [c5.4xlarge]\n"
        "users:\n  - {name: ada, uid: 5001, gid: 5001}\n"
        "tenants:\n  - {name: one, users: [ada], queues: [modern]}\n"
    )
    assert _rows(found, "lost") == {
        "platforms.parallelcluster": "its queues go: legacy",
        "platforms.parallelcluster.head_node": "t3.xlarge goes",
        "tenants[0].queues": "without legacy",
    }


def test_a_tenant_whose_queues_all_go_is_left_to_a_person():
    text = HYBRID.replace("[legacy, modern]", "[legacy]")

    found = converted(text, "pcs")

    assert [row.code for row in found.report.undecided] == ["P203"]
    assert found.text.endswith("queues: [legacy]}\n")


def test_a_tenant_that_names_a_copy_alone_names_the_queue_again():
    text = converted(FORMS["tenants"], "hybrid").text
    text = text.replace("[compute, large, compute-pcs, large-pcs]", "[large-pcs]")

    seed = read(converted(text, "pcs").text).seed

    assert seed.tenants[1].queues == ("large",)


def test_anchors_that_go_with_a_side_are_written_out_where_they_are_used():
    text = converted(FORMS["an anchor in the queues"], "hybrid").text

    seed = read(converted(text, "pcs").text).seed

    assert [(q.name, q.max_count) for q in seed.compute.queues] == [
        ("compute", 4),
        ("other", 2),
        ("third", 4),
    ]


def test_keys_that_cannot_be_changed_in_place_are_refused_with_what_to_do():
    explicit = (
        "? cluster\n: name: lab\n  region: us-east-1\n? compute\n: head_node: t3.xlarge\n"
        "  queues:\n    - name: a\n      instance_types: [c5.4xlarge]\n"
    )
    with pytest.raises(UsageError, match="as in name: lab"):
        converted(explicit, "hybrid")


def test_a_section_that_is_merged_into_the_seed_is_refused_with_what_to_write():
    compute = "{head_node: t3.xlarge, queues: [{name: a, instance_types: [c5.4xlarge]}]}"
    merged = f"<<: {{compute: {compute}}}\n{HEAD}"
    with pytest.raises(UsageError, match="write compute: in its own place"):
        converted(merged, "hybrid")


def test_a_platform_without_a_word_is_the_default_one():
    text = PLAIN.replace("lab\n", "lab\n  platform:\n")

    back = converted(converted(text, "pcs").text, "parallelcluster").text

    assert read(back).seed == read(text).seed


def test_a_seed_with_errors_is_not_converted():
    with pytest.raises(SeedError) as refused:
        converted(f"{PLAIN}  queues: []\n", "pcs")

    assert [problem.code for problem in refused.value.problems if problem.is_error] == ["P009"]


def test_what_the_other_platform_refuses_is_left_to_decide():
    ebs = "data:\n  shared:\n    - {name: s, type: ebs, size_gib: 50, mount_point: /scratch}\n"

    found = converted(PLAIN + ebs, "pcs")

    assert [(r.code, r.path) for r in found.report.undecided] == [("P414", "data.shared[0].type")]
    assert "#   decide: data.shared[0].type" in found.text.splitlines()[1]


def test_settings_of_kubernetes_stay_in_a_seed_for_parallelcluster():
    found = converted(f"{PCS}{X86}eks:\n  karpenter: auto-mode\n", "parallelcluster")

    assert "eks" in _rows(found, "aside")
    assert found.text.endswith("eks:\n  karpenter: auto-mode\n")


def test_a_word_for_the_platform_is_kept_for_the_way_back():
    text = PCS.replace("pcs", "EKS") + X86

    assert converted(converted(text, "parallelcluster").text, "pcs").text == text


@pytest.mark.parametrize("noted", ["x", "[]", '{"sides": 1}', '{"sides": {"pcs": {}}}', "{" * 9999])
def test_a_report_that_somebody_edited_is_no_obstacle(noted):
    text = converted(PLAIN, "pcs").text
    start, _, rest = text.partition("to go back: ")
    text = f"{start}to go back: {noted}\n{rest.partition(chr(10))[2]}"

    assert read(converted(text, "parallelcluster").text).seed.cluster.name == "lab-classic"


def test_the_json_report_has_every_row():
    found = converted(PLAIN, "pcs")

    report = found.report.to_json("pcs-lab.yaml")

    assert len(report["rows"]) == len(found.report.rows) > 3
    assert (report["from"], report["to"], report["undecided"]) == ("parallelcluster", "pcs", 0)
