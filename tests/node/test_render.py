from __future__ import annotations

import compileall
import hashlib

import pytest
import yaml

from petal_constructs.plan.values import S3Mount, Software, User
from petal_constructs.render.node import boot_hash, node_files
from petal_constructs.render.template_texts import template_texts

TOOLS = Software(("samtools@1.17", "gatk@=4.3.0 +x", "hdf5@1.10: ^mpich", "bwa"), "/petal")


def test_rows_hold_what_the_seed_said():
    texts = node_files(
        [User("ada", 5001, 5002, ("ssh-ed25519 AAAA ada", "ssh-rsa BBBB"))],
        [S3Mount("lab", "/data"), S3Mount("ref", "/ref", "hg38/", read_only=True)],
        TOOLS,
    )

    assert texts["data/users.tsv"] == "ada\t5001\t5002\n"
    assert texts["data/keys.tsv"] == "ada\tssh-ed25519 AAAA ada\nada\tssh-rsa BBBB\n"
    assert texts["data/mounts.tsv"] == "lab\t/data\t-\trw\nref\t/ref\thg38/\tro\n"
    assert texts["data/packages.tsv"].splitlines() == [
        "samtools\t1.17\tsamtools@1.17",
        "gatk\t4.3.0\tgatk@=4.3.0 +x",
        "hdf5\t-\thdf5@1.10: ^mpich",
        "bwa\t-\tbwa",
    ]


def test_modules_are_named_as_the_seed_names_packages():
    spack = yaml.safe_load(node_files([], [], TOOLS)["data/spack.yaml"])["spack"]

    assert "specs" not in spack  # the head node adds those that Spack can decide on
    assert spack["modules"]["default"]["roots"] == {"tcl": "/petal/modules/tcl"}
    assert spack["modules"]["default"]["tcl"] == {
        "hash_length": 0,
        "exclude_implicits": True,
        "projections": {"all": "{name}/{version}"},
        "all": {"autoload": "direct"},
    }


def test_a_target_is_one_that_every_node_of_the_architecture_runs():
    texts = node_files([], [], TOOLS)

    for machine, name in {"x86_64": "x86_64_v3", "aarch64": "aarch64"}.items():
        packages = yaml.safe_load(texts[f"data/target-{machine}.yaml"])["packages"]
        assert packages == {"all": {"require": [f"target={name}"]}}


def test_the_manifest_names_every_other_file():
    texts = node_files([], [], TOOLS)

    manifest = dict(reversed(x.split("  ")) for x in texts.pop("manifest.sha256").splitlines())

    assert manifest == {k: hashlib.sha256(v.encode()).hexdigest() for k, v in texts.items()}


@pytest.mark.parametrize("bad", ["a\tb", "a\nb", "a\rb", "a\x00", "\x7f", ""])
def test_a_field_that_would_break_its_row_is_refused(bad):
    for users, mounts, specs in (
        ([User(bad, 1, 1)], [], ()),
        ([User("a", 1, 1, (bad,))], [], ()),
        ([], [S3Mount(bad, "/x")], ()),
        ([], [S3Mount("b", bad)], ()),
        ([], [], (bad,)),
    ):
        with pytest.raises(ValueError, match="cannot be a field"):
            node_files(users, mounts, Software(specs, "/petal"))


def test_a_spec_without_a_name_is_refused():
    with pytest.raises(
        ValueError, match=r"'@1\.0' does not start with the name of a Spack package"
    ):
        node_files([], [], Software(("@1.0",), "/petal"))


def test_the_boot_hash_is_twelve_digits_that_no_data_can_change():
    assert len(boot_hash()) == 12
    assert int(boot_hash(), 16) >= 0
    scripts = [key for key in node_files([], [], TOOLS) if not key.startswith("data/")]
    assert "petal-node.sh" in scripts
    assert "modules/pending.tcl" in scripts


def test_bytecode_of_an_installed_package_is_no_file_of_a_node(tmp_path):
    scripts = {"run.sh": "true\n", "lock.py": "pass\n"}
    for name, text in scripts.items():
        (tmp_path / name).write_text(text)
    compileall.compile_dir(tmp_path, quiet=1)
    assert (tmp_path / "__pycache__").is_dir()

    assert template_texts(tmp_path, "") == scripts
