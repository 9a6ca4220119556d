"""Queues with containers of their own on ParallelCluster: what becomes of them in a plan."""

from __future__ import annotations

from petal_constructs.planning import plan_seed
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.rendering import node_files, placeholders
from tests.further_changes import WITH_IMAGES
from tests.live_changes import after

RUNTIMES = ("pyxis", "apptainer")
STATS = "compute.queues.1.containers"


def plan(edits):
    return plan_seed(after(edits, WITH_IMAGES))


def settings(planned):
    """The site's and petal's lines of slurm.conf."""
    config = cluster_config(planned, placeholders(planned))
    return config["Scheduling"]["SlurmSettings"].get("CustomSlurmSettings", [])


def test_slurm_asks_a_program_where_a_queue_shows_fewer_images():
    made = plan({})

    assert made.shown_images == (("stats", ("r",)),)
    assert settings(made) == [{"TaskProlog": "/etc/petal/queues/task-prolog"}]
    assert node_files(made)["data/queues.tsv"] == (
        "-\t/petal/containers/r\n-\t/petal/containers/py\nstats\t/petal/containers/r\n"
    )


def test_where_all_queues_show_all_nothing_is_asked():
    for edits in ({STATS: None}, {STATS: ["py", "r"]}):
        made = plan(edits)

        assert made.shown_images == ()
        assert settings(made) == []
        assert "data/queues.tsv" not in node_files(made)


def test_a_queue_of_an_image_that_is_not_listed_shows_none():
    made = plan({STATS: ["quay.io/lab/other:1"]})

    assert made.shown_images == (("stats", ()),)
    assert node_files(made)["data/queues.tsv"].endswith("stats\t-\n")


def test_the_site_may_set_its_own_program_where_petal_sets_none():
    own = {"cluster.slurm_settings": {"taskprolog": "/opt/prolog"}}

    assert settings(plan({**own, STATS: None})) == [{"taskprolog": "/opt/prolog"}]


def test_with_pyxis_slurm_asks_no_program_since_containers_would_not_start():
    made = plan({"software.container_runtime": "pyxis"})

    assert settings(made) == []
    assert "data/queues.tsv" in node_files(made)
    assert "steps/60-pyxis.sh" in node_files(made)


def test_who_does_not_ask_for_pyxis_has_no_step_of_it():
    for edits in ({}, {"software.container_runtime": "apptainer"}):
        assert "steps/60-pyxis.sh" not in node_files(plan(edits))


def test_pyxis_needs_no_new_boot():
    with_it, without = (
        cluster_config(made, placeholders(made))
        for made in (plan({STATS: None, "software.container_runtime": each}) for each in RUNTIMES)
    )

    assert with_it == without
