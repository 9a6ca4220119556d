"""The recorded facts against aws-parallelcluster's own constants."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from petal_constructs.catalog.parallelcluster import FACTS
from tests.need import missing

pytestmark = pytest.mark.oracle

ROOT = Path(__file__).parents[3]
ORACLE = Path(os.environ.get("PETAL_PCLUSTER_PYTHON", ROOT / ".oracles/bin/python"))
PROGRAM = """
import importlib.metadata, inspect, json, pathlib, re
from pcluster import constants as c, utils
from pcluster.config.cluster_config import AllocationStrategy, SlurmQueue, SlurmSettings
from pcluster.config.common import CapacityType
from pcluster.validators import cluster_validators as v, directory_service_validators as d
from pcluster.schemas import cluster_schema as s
from pcluster.validators.ebs_validators import EBS_VOLUME_TYPE_TO_IOPS_RATIO as iops_of_a_gib
from pcluster.validators.ebs_validators import EBS_VOLUME_TYPE_TO_VOLUME_SIZE_BOUNDS as sizes
from pcluster.validators.slurm_settings_validator import SLURM_SETTINGS_DENY_LIST as denied

package = pathlib.Path(c.__file__).parent

def form(settings, field):
    return settings().fields[field].validate.regex.pattern

def numbers(validator):
    return [float(n) for n in re.findall(r"required_memory = .*", inspect.getsource(validator))
            for n in re.findall(r"[0-9.]+", n)]

print(json.dumps({
    "version": importlib.metadata.version("aws-parallelcluster"),
    "regions": utils.retrieve_supported_regions(),
    "mount_dirs": re.findall(r'^ +"(/[^"]+)",',
                             inspect.getsource(v.SharedStorageMountDirValidator), re.M),
    "names": [c.PCLUSTER_NAME_MAX_LENGTH, c.PCLUSTER_NAME_MAX_LENGTH_SLURM_ACCOUNTING,
              v.NAME_REGEX, v.NAME_MAX_LENGTH, v.SHARED_STORAGE_NAME_MAX_LENGTH],
    "limits": [c.MAX_NUMBER_OF_QUEUES, c.MAX_NUMBER_OF_COMPUTE_RESOURCES_PER_CLUSTER,
               c.MAX_COMPUTE_RESOURCES_PER_QUEUE, c.MAX_NUMBER_OF_LOGIN_NODE_POOLS,
               c.DEFAULT_MIN_COUNT, c.DEFAULT_MAX_COUNT, c.NODE_BOOTSTRAP_TIMEOUT,
               c.MAX_TAGS_COUNT, c.PCLUSTER_PREFIX],
    "memory": numbers(v.HeadNodeMemorySizeValidator),
    "storage": [c.MAX_EBS_COUNT, c.MAX_NEW_STORAGE_COUNT, c.MAX_EXISTING_STORAGE_COUNT,
                c.EBS_ROOT_VOLUME_SIZE_DEFAULT, c.EBS_VOLUME_SIZE_DEFAULT,
                c.EBS_VOLUME_TYPE_DEFAULT, c.FSX_SSD_THROUGHPUT["PERSISTENT_2"]],
    "volume_gib": [max(sizes["gp3"][0],
                       c.EBS_VOLUME_TYPE_IOPS_DEFAULT["gp3"] // iops_of_a_gib["gp3"]),
                   sizes["gp3"][1]],
    "missing_in": {"fsx-ontap": c.UNSUPPORTED_FEATURES_MAP[c.Feature.FSX_ONTAP],
                   "fsx-openzfs": c.UNSUPPORTED_FEATURES_MAP[c.Feature.FSX_OPENZFS],
                   "fsx-lustre": c.UNSUPPORTED_FEATURES_MAP[c.Feature.FSX_LUSTRE]},
    "database_missing_in": c.UNSUPPORTED_FEATURES_MAP[c.Feature.SLURM_DATABASE],
    "local_disks": c.DEFAULT_EPHEMERAL_DIR,
    "no_driver": c.NVIDIA_OPENRM_UNSUPPORTED_INSTANCE_TYPES,
    "ids": {"efs": form(s.EfsSettingsSchema, "file_system_id"),
            "fsx-lustre": form(s.FsxLustreSettingsSchema, "file_system_id"),
            "ebs": form(s.EbsSettingsSchema, "volume_id"),
            "fsx-ontap": form(s.FsxOntapSettingsSchema, "volume_id"),
            "fsx-openzfs": form(s.FsxOpenZfsSettingsSchema, "volume_id")},
    "capacity": [sorted(t.value for t in CapacityType),
                 sorted(s.value for s in AllocationStrategy)],
    "idle": SlurmSettings().scaledown_idletime,
    "denied": [denied["SlurmConf"]["Global"], denied["SlurmConf"]["Accounting"],
               denied["Queue"]["Global"], denied["ComputeResource"]["Global"]],
    "directory": [c.DIRECTORY_SERVICE_RESERVED_SETTINGS, *re.findall(
        r'values_requiring_cert_validation = \\("(.*)", "(.*)"\\)', inspect.getsource(d))],
    "roles": [c.IAM_ROLE_PATH, c.IAM_PATH_LENGTH_LIMIT, c.IAM_NAME_PREFIX_LENGTH_LIMIT],
    "systems": {os: [c.OS_MAPPING[os]["user"], os not in c.PRIVATE_OSES]
                for os in c.SUPPORTED_OSES},
    "architectures": c.SUPPORTED_ARCHITECTURES,
    "logs": c.CW_LOGS_RETENTION_DAYS_DEFAULT,
    "head_node_alarm": re.findall(r'composite_alarm_name=f"(.*)"',
                                  (package / "templates/cluster_stack.py").read_text()),
    "dashboard": re.findall(r"dashboard_name = (.*)",
                            (package / "templates/cw_dashboard_builder.py").read_text()),
}))
"""


@pytest.fixture(scope="module")
def told():
    if not ORACLE.exists():
        missing(str(ORACLE), "make oracle-venv")
    # Region: ParallelCluster asks for one when it is imported.
    env = os.environ | {"AWS_DEFAULT_REGION": "us-east-1"}
    run = subprocess.run(
        [ORACLE, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=True, env=env
    )
    return json.loads(run.stdout)


def test_version_regions_and_folders_are_those_of_parallelcluster(told):
    assert told["version"] == FACTS.version
    assert sorted(filter(None, told["regions"])) == sorted(FACTS.regions)
    assert sorted(told["mount_dirs"]) == sorted(FACTS.reserved_mount_dirs)
    assert tuple(told["architectures"]) == FACTS.architectures


def test_names_and_limits_are_those_of_parallelcluster(told):
    names, limits = FACTS.names, FACTS.limits

    assert told["names"] == [
        names.cluster_max_length,
        names.cluster_max_length_with_database,
        names.queue_pattern,
        names.queue_max_length,
        names.storage_max_length,
    ]
    assert told["limits"] == [
        limits.queues,
        limits.compute_resources,
        limits.compute_resources_per_queue,
        limits.login_pools,
        limits.default_min_count,
        limits.default_max_count,
        limits.bootstrap_timeout_s,
        limits.tags,
        limits.reserved_tag_prefix,
    ]


def test_sizes_of_volumes_and_forms_of_ids_are_those_of_parallelcluster(told):
    storage = FACTS.storage

    assert told["volume_gib"] == [storage.ebs_volume_smallest_gib, storage.ebs_volume_largest_gib]
    assert told["ids"].keys() == storage.ids.keys()
    for kind, form in storage.ids.items():
        prefix, _, digits = form.example.partition("-")
        for some in (form.example, f"{prefix}-{digits[:8]}", f"{prefix}-{digits[:12]}", digits):
            assert bool(re.fullmatch(form.pattern, some)) == bool(
                re.search(told["ids"][kind], some)
            )


def test_regions_and_gpus_without_support_are_those_of_parallelcluster(told):
    missing = {kind: tuple(regions) for kind, regions in told["missing_in"].items() if regions}

    assert missing == FACTS.storage.missing_in
    assert told["database_missing_in"] == []
    assert told["local_disks"] == FACTS.storage.local_disks_mount_dir
    assert tuple(told["no_driver"]) == FACTS.accelerators.no_driver


def test_directories_and_roles_are_as_parallelcluster_takes_them(told):
    directory, roles = FACTS.directory, FACTS.roles

    assert told["directory"] == [directory.fixed, [*directory.strict_checks]]
    assert told["roles"] == [roles.path, roles.path_max_length, roles.name_prefix_max_length]


def test_head_node_memory_and_storage_are_those_of_parallelcluster(told):
    memory, storage = FACTS.head_node_memory, FACTS.storage

    assert told["memory"] == [memory.nodes_per_gib, memory.operating_system_gib, memory.enough_gib]
    assert told["storage"] == [
        storage.ebs_volumes,
        {"efs": storage.new_efs, "fsx": storage.new_fsx, "raid": storage.new_raid},
        {"efs": storage.existing_efs, "fsx": storage.existing_fsx, "raid": 0},
        storage.root_volume_default_gib,
        storage.ebs_volume_default_gib,
        storage.ebs_volume_default_type,
        list(storage.fsx_lustre_persistent_2_throughput),
    ]


def test_capacity_slurm_and_systems_are_those_of_parallelcluster(told):
    strategies = {s for all_ in FACTS.capacity.allocation_strategies.values() for s in all_}
    slurm = FACTS.slurm

    assert told["capacity"] == [sorted(FACTS.capacity.types), sorted(strategies)]
    assert told["idle"] == slurm.default_scaledown_idletime_min
    assert told["denied"] == [
        list(slurm.denied),
        list(slurm.denied_with_database),
        list(slurm.denied_for_queue),
        list(slurm.denied_for_compute_resource),
    ]
    assert told["systems"] == {
        name: [system.default_user, system.public_ami]
        for name, system in FACTS.operating_systems.items()
    }


def test_logs_are_kept_for_parallelclusters_time_where_nobody_says(told):
    assert told["logs"] == FACTS.logs.default_retention_days


def test_the_alarm_and_the_dashboard_have_the_names_that_petal_gives_them(told):
    """In `ParallelClusterPlan`; ParallelCluster's stack is called like the cluster."""
    assert told["head_node_alarm"] == ["{self.stack.stack_name}-HeadNode"]
    assert told["dashboard"] == ['self.stack_name + "-" + self._stack_region']
