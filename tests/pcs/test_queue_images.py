"""Queues with containers of their own: what pods are told of them."""

from __future__ import annotations

from petal_constructs.platforms.pcs import names, slurm_conf
from petal_constructs.platforms.pcs.charts.images import images
from petal_constructs.platforms.pcs.software_tables import software_tables
from petal_constructs.render.queue_images import QUEUES_FOLDER, task_prolog
from tests.pcs.plans import SOFTWARE, pushed_plan
from tests.pcs.test_software import pods

ALL = SOFTWARE.replace(", containers: [chem]", "")


def queue_files(plan):
    """What pods have in the folder of queues."""
    found = [
        body
        for body in images(plan, plan.clusters[0]).objects
        if body["kind"] == "ConfigMap" and body["metadata"]["name"] == names.QUEUE_FILES
    ]
    (config_map,) = found
    return config_map["data"]


def test_the_table_names_images_of_petals_and_pulled_ones_where_pods_see_them():
    plan = pushed_plan(SOFTWARE.replace("containers: [chem]", "containers: [chem, gatk]"))

    files = queue_files(plan)

    assert files["task-prolog"] == task_prolog()
    assert files["images.tsv"].splitlines() == [
        "-\t/opt/petal/bio",
        "-\t/opt/petal/chem",
        "-\t/petal/containers/gatk",
        "-\t/petal/containers/lab",
        "few\t/opt/petal/chem",
        "few\t/petal/containers/gatk",
    ]


def test_where_all_queues_show_all_the_program_is_there_and_has_no_table():
    assert set(queue_files(pushed_plan(ALL))) == {"task-prolog"}


def test_every_pod_has_the_folder_before_a_queue_needs_it():
    for text in (SOFTWARE, ALL):
        for name, pod in pods(pushed_plan(text)).items():
            mounts = {m["name"]: m for m in pod["containers"][0]["volumeMounts"]}
            mount = mounts[names.QUEUE_FILES]
            # the folder: a file alone would not follow the ConfigMap
            assert mount["mountPath"] == QUEUES_FOLDER, name
            assert "subPath" not in mount
            assert {"name": names.QUEUE_FILES, "configMap": {"name": names.QUEUE_FILES}} in (
                pod["volumes"]
            )


def test_slurm_has_no_program_before_tasks_since_containers_would_not_start():
    (cluster,) = pushed_plan().clusters

    assert "Prolog" not in slurm_conf.extra_conf(cluster)


def test_a_plan_says_which_queue_runs_whole_jobs_in_an_image():
    whole = SOFTWARE.replace(
        "containers: [chem]", "containers: [plain], containers_mode: whole-job"
    )

    rows = software_tables(pushed_plan(whole))[-1].rows

    assert ("quay.io#lab/plain:1", "whole batch jobs run in it, by pyxis", "few") in rows
    assert not [row for row in software_tables(pushed_plan())[-1].rows if "whole" in row[1]]
