"""A directory in the plan, the configuration and the node files; rules of roles in a prefix."""

from __future__ import annotations

import pytest

from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.rendering import files, node_files, placeholders
from petal_constructs.platforms.parallelcluster.roles import Roles
from petal_constructs.platforms.parallelcluster.roles_changes import role_effects
from tests.live_changes import DIRECTORY, after
from tests.stacks import ROOT, plan_of

SEED = ROOT / "seeds/directory.yaml"


def test_the_directory_comes_into_the_configuration_and_its_password_nowhere():
    plan = plan_of(SEED)
    section = cluster_config(plan, placeholders(plan))["DirectoryService"]

    assert section["DomainAddr"] == "ldaps://dc1.corp.example.org,ldaps://dc2.corp.example.org"
    assert section["AdditionalSssdConfigs"] == {"ldap_id_mapping": "false"}
    assert "LdapTlsCaCert" not in section
    assert "authtok" not in str(files(plan))


def test_the_nodes_make_no_account_but_know_the_members_of_tenants():
    texts = node_files(plan_of(SEED))

    assert texts["data/users.tsv"] == ""
    assert texts["data/accounts/members.tsv"] == "ada\tchemistry\nmarie\tchemistry\n"


@pytest.mark.parametrize(
    ("prefix", "path", "name", "policies"),
    [
        (None, None, None, "/parallelcluster/petal/"),
        ("lab-", None, "lab-", "/parallelcluster/petal/"),
        ("/parallelcluster/lab/", "/parallelcluster/lab/", None, "/parallelcluster/lab/petal/"),
        ("/research/lab-", "/research/", "lab-", "/research/petal/"),
    ],
)
def test_a_prefix_is_a_path_and_the_beginning_of_a_name(prefix, path, name, policies):
    rules = Roles(prefix=prefix)

    assert (rules.path, rules.name_prefix, rules.policy_path) == (path, name, policies)


def test_aws_s_provider_cannot_take_a_boundary_off_but_an_administrator_s_may():
    bound, free = Roles(boundary="arn:aws:iam::123456789012:policy/Boundary"), Roles()

    assert [effect.consequence for effect in role_effects(bound, free)] == ["refused"]
    own = Roles(bound.boundary, provider="arn"), Roles(provider="arn")
    assert list(role_effects(*own)) == []


def test_a_seed_with_a_directory_needs_no_keys_of_users():
    seed = after({"users": None, "directory": DIRECTORY})

    assert seed.directory is not None
    assert seed.users == ()
