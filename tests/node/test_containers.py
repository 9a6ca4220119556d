"""Images on ParallelCluster's nodes, with a stand-in for Apptainer that really enters images."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time

import pytest

from petal_constructs.catalog.containers import Apptainer
from petal_constructs.plan.pulled_images import PulledImage
from petal_constructs.render.containers import container_files
from tests.containers.image_tree import unpacked_image
from tests.node.root import NO_SOFTWARE, STANDINS
from tests.node.test_modules import _environment_modules, _line, _lmod

INSTALLER = (STANDINS / "apptainer-installer").read_text()
APPTAINER = Apptainer(
    "9.9", "https://example.org/install.sh", hashlib.sha256(INSTALLER.encode()).hexdigest()
)
DIGEST = "sha256:" + "a1" * 32
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/lab/bio"
BIO = PulledImage(
    "bio", f"{ECR}@{DIGEST}", DIGEST, "/opt/petal/bio", (("samtools", "1.17"), ("bwa", None))
)
GATK = PulledImage("gatk", "docker.io/broad/gatk:4.3", None, None, (("gatk", "4.3"),))
STATE = "/petal/log/containers.state"
SETPRIV = '#!/bin/sh\necho "$*" >> /var/standin/setpriv.log\nshift 3\nexec "$@"\n'
AWS = '#!/bin/sh\n[ "$*" = "ecr get-login-password --region eu-west-1" ] && echo secret-token\n'


def registry(node, image):
    """Where the stand-in looks for an image."""
    name = image.reference
    for character in "/:@":
        name = name.replace(character, "_")
    return node.path(f"/var/standin/registry/{name}")


@pytest.fixture
def ready_head(head):
    """A head node, and a registry that holds both images."""
    head.put("/var/standin/install.sh", INSTALLER)
    head.put("/usr/local/bin/curl", '#!/bin/sh\ncp /var/standin/install.sh "$5"\n', 0o755)
    for tool in ("rpm2cpio", "cpio"):
        head.put(f"/usr/local/bin/{tool}", "#!/bin/sh\n", 0o755)
    head.put("/usr/local/bin/setpriv", SETPRIV, 0o755)
    head.put("/usr/local/bin/aws", AWS, 0o755)
    registry(head, BIO).parent.mkdir(parents=True)
    for image in (BIO, GATK):
        made = unpacked_image(registry(head, image).parent, name=image.name)
        made.rename(registry(head, image))
    for name in ("gatk", "gatk-launch"):
        program = registry(head, GATK) / "usr/local/gatk" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\necho gatk of somebody else: $*\n")
        program.chmod(0o755)
    in_path = registry(head, GATK) / "usr/bin/gatk"
    in_path.parent.mkdir()
    in_path.symlink_to("../local/gatk/gatk")
    return head


def receive(node, *images, apptainer=APPTAINER, shown=()):
    files = container_files(images, ["/home", "/fsx"], apptainer, shown=shown)
    node.receive(software=NO_SOFTWARE, containers=files)


def step(node):
    for name in ("02-queues", "30-software", "50-containers"):
        done = node.step(name)
    return done


def log(node):
    file = node.path("/petal/log/containers.log")
    return file.read_text() if file.exists() else ""


def shell(node, command, *options, modules=_lmod):
    start = f"{modules()}; source /etc/profile.d/zz-petal-containers.sh"
    return node.run("bash", *options, "-c", f"{start}; {command}")


def pulls(node):
    file = node.path("/var/standin/pulls.log")
    return file.read_text().splitlines() if file.exists() else []


def test_an_image_of_petals_becomes_modules_whose_commands_run_in_it(ready_head):
    receive(ready_head, BIO)

    done = step(ready_head)

    assert done.returncode == 0, done.stderr
    assert ready_head.path(STATE).read_text().split()[0] == "ready", log(ready_head)
    ran = shell(ready_head, "module load samtools/1.17 bwa; samtools where; bwa args 'a b'")
    assert ran.stdout.splitlines()[-2:] == ["in the image", "<a b>"], ran.stderr


def test_an_image_of_somebody_else_offers_what_is_found_in_it_by_nobody(ready_head):
    receive(ready_head, GATK)

    assert step(ready_head).returncode == 0

    assert ready_head.path(STATE).read_text().split()[0] == "ready", log(ready_head)
    ran = shell(ready_head, "module load gatk; gatk --version")
    assert ran.stdout == "gatk of somebody else: --version\n", ran.stderr
    said = ready_head.path("/var/standin/setpriv.log").read_text()
    assert said.startswith("--reuid=65534 --regid=65534 --clear-groups env -i ")


def test_the_token_of_ecr_is_new_and_kept_nowhere(ready_head):
    receive(ready_head, BIO, GATK)
    step(ready_head)

    assert pulls(ready_head) == [
        f"AWS:secret-token docker://{BIO.reference}",
        f": docker://{GATK.reference}",
    ]
    for file in ready_head.path("/petal").rglob("*"):
        assert file.is_dir() or file.is_symlink() or b"secret-token" not in file.read_bytes()


def test_images_are_named_by_their_digest_and_a_second_run_changes_nothing(ready_head):
    receive(ready_head, BIO, GATK)
    step(ready_head)
    before = ready_head.written()

    done = step(ready_head)

    assert (done.returncode, done.stderr) == (0, "")
    assert ready_head.written() == before
    short = hashlib.sha256(GATK.reference.encode()).hexdigest()[:12]
    assert sorted(p.name for p in ready_head.path("/petal/containers/_images").iterdir()) == [
        "bio-a1a1a1a1a1a1.sif",
        f"gatk-{short}.sif",
    ]


@pytest.fixture
def busy(ready_head):
    """While the background works on it."""
    ready_head.put("/var/standin/active/petal-containers.service", "")
    receive(ready_head, BIO, GATK)
    assert step(ready_head).returncode == 0
    return ready_head


@pytest.mark.parametrize("modules", [_lmod, _environment_modules])
def test_until_the_image_is_there_its_modules_say_so_and_fail(busy, modules):
    for module in ("samtools/1.17", "bwa", "gatk/4.3"):
        done = shell(busy, f"module load {module}", modules=modules)
        assert done.returncode != 0
        assert "the image is still being pulled, see /petal/log/containers.log" in _line(done)


def test_a_run_that_was_cut_off_is_taken_up_again(busy):
    busy.path("/var/standin/active/petal-containers.service").unlink()
    busy.put(STATE, "building 0123456789ab\n")

    assert step(busy).returncode == 0

    assert busy.path(STATE).read_text().split()[0] == "ready"
    assert shell(busy, "module load samtools/1.17").returncode == 0


def lose(node, image):
    registry(node, image).rename(registry(node, image).with_name("lost"))


def find(node, image):
    registry(node, image).with_name("lost").rename(registry(node, image))


def test_an_image_that_cannot_be_pulled_says_so_and_hides_no_other(ready_head):
    lose(ready_head, BIO)
    receive(ready_head, BIO, GATK)

    assert step(ready_head).returncode == 0

    assert ready_head.path(STATE).read_text().split()[0] == "failed"
    assert "manifest unknown" in log(ready_head)
    done = shell(ready_head, "module load samtools/1.17")
    assert done.returncode != 0
    assert "could not be pulled, see /petal/log/containers.log" in _line(done)
    assert shell(ready_head, "module load gatk/4.3").returncode == 0


def test_a_failed_pull_is_tried_again_after_an_hour(ready_head):
    lose(ready_head, BIO)
    receive(ready_head, BIO)
    step(ready_head)
    find(ready_head, BIO)

    step(ready_head)
    early = pulls(ready_head)
    past = time.time() - 3700
    os.utime(ready_head.path(STATE), (past, past))
    step(ready_head)

    assert (len(early), len(pulls(ready_head))) == (1, 2)
    assert shell(ready_head, "module load samtools/1.17").returncode == 0
    assert not ready_head.path("/petal/containers/bio/failed").exists()


def test_a_new_digest_that_cannot_be_pulled_leaves_the_image_of_today(ready_head):
    receive(ready_head, BIO)
    step(ready_head)
    digest = "sha256:" + "b2" * 32
    newer = dataclasses.replace(BIO, reference=f"{ECR}@{digest}", digest=digest)

    receive(ready_head, newer)
    step(ready_head)

    assert ready_head.path(STATE).read_text().split()[0] == "failed"
    ran = shell(ready_head, "module load samtools/1.17; samtools where")
    assert ran.stdout.splitlines()[-1] == "in the image"


def age(node, absolute, days):
    past = time.time() - days * 86_400
    os.utime(node.path(absolute), (past, past))


def test_a_new_digest_takes_over_and_the_old_file_stays_for_jobs_that_run(ready_head):
    old = "/petal/containers/_images/bio-a1a1a1a1a1a1.sif"
    receive(ready_head, BIO)
    step(ready_head)
    age(ready_head, old, days=30)
    digest = "sha256:" + "b2" * 32
    newer = dataclasses.replace(BIO, reference=f"{ECR}@{digest}", digest=digest)
    registry(ready_head, BIO).rename(registry(ready_head, newer))

    receive(ready_head, newer)
    step(ready_head)

    conf = ready_head.path("/petal/containers/bio/image.conf").read_text()
    assert "image=/petal/containers/_images/bio-b2b2b2b2b2b2.sif\n" in conf
    assert ready_head.path(old).exists()
    assert shell(ready_head, "module load samtools/1.17; samtools args").returncode == 0

    age(ready_head, old, days=8)
    receive(ready_head, newer, GATK)
    step(ready_head)

    assert not ready_head.path(old).exists()
    assert shell(ready_head, "module load samtools/1.17; samtools args").returncode == 0


def test_an_image_that_left_the_seed_takes_its_modules_along(ready_head):
    receive(ready_head, BIO, GATK)
    step(ready_head)

    receive(ready_head, GATK)
    step(ready_head)

    assert not ready_head.path("/petal/containers/bio").exists()
    assert shell(ready_head, "module load samtools").returncode != 0
    assert shell(ready_head, "module load gatk").returncode == 0


def test_a_module_that_the_image_does_not_hold_says_so(ready_head):
    receive(ready_head, dataclasses.replace(GATK, modules=(("gatk", "4.3"), ("bwa", "1"))))
    step(ready_head)

    done = shell(ready_head, "module load bwa/1")

    assert done.returncode != 0
    assert "the image gatk does not hold it" in _line(done)


def test_an_installer_that_is_not_the_pinned_one_is_never_run(ready_head):
    receive(ready_head, BIO, apptainer=dataclasses.replace(APPTAINER, sha256="0" * 64))

    assert step(ready_head).returncode == 0

    assert ready_head.path(STATE).read_text().split()[0] == "failed"
    assert not ready_head.path("/petal/containers/_apptainer-9.9").exists()
    assert "Apptainer could not be installed" in log(ready_head)


def test_a_person_is_told_that_images_are_missing_and_a_script_is_not(ready_head):
    lose(ready_head, BIO)
    receive(ready_head, BIO)
    step(ready_head)

    told = "petal: not all container images could be pulled, see /petal/log/containers.log"
    assert told in shell(ready_head, "true", "-i").stdout
    assert shell(ready_head, "true").stdout == ""


def test_the_module_path_holds_each_image_once_with_and_without_a_module_command(ready_head):
    receive(ready_head, BIO, GATK)
    step(ready_head)
    again = "source /etc/profile.d/zz-petal-containers.sh; echo $MODULEPATH"

    nested = shell(ready_head, again).stdout
    plain = ready_head.run(
        "sh", "-euc", ". /etc/profile.d/zz-petal-containers.sh; echo $MODULEPATH"
    )

    for image in ("bio", "gatk"):
        assert nested.count(f"/petal/containers/{image}/modules") == 1
        assert plain.stdout.count(f"/petal/containers/{image}/modules") == 1, plain.stderr


@pytest.mark.parametrize("modules", [_lmod, _environment_modules])
def test_in_a_job_a_shell_shows_the_images_of_the_queue(ready_head, modules):
    receive(ready_head, BIO, GATK, shown=[("gatk-only", ("gatk",)), ("none", ())])
    step(ready_head)

    def path(queue):
        start = f"export SLURM_JOB_PARTITION={queue}"
        command = "source /etc/profile.d/zz-petal-containers.sh; module -t avail 2>&1"
        return ready_head.run("bash", "-c", f"{modules()}; {start}; {command}").stdout

    assert [name in path("gatk-only") for name in ("gatk/4.3", "samtools", "bwa")] == [
        True, False, False,
    ]  # fmt: skip
    assert "gatk" not in path("none")
    assert "gatk/4.3" in path("all")
    assert "bwa" in path("all")


def test_the_program_of_slurm_is_there_before_any_queue_asks_for_it(compute):
    program = compute.path("/etc/petal/queues/task-prolog")
    table = compute.path("/etc/petal/queues/images.tsv")
    receive(compute, BIO)
    step(compute)
    assert os.access(program, os.X_OK)
    assert not table.exists()

    receive(compute, BIO, GATK, shown=[("one", ("bio",))])
    step(compute)
    assert table.read_text().endswith("one\t/petal/containers/bio\n")

    receive(compute, BIO)
    step(compute)
    assert program.exists()
    assert not table.exists()


def test_it_is_there_before_any_step_that_may_hang(compute):
    receive(compute, BIO)

    steps = sorted(path.name for path in compute.path("/opt/petal/src/steps").iterdir())

    assert steps[0] == "02-queues.sh"


def test_compute_nodes_only_find_the_modules(compute):
    receive(compute, BIO)

    done = step(compute)

    assert (done.returncode, done.stderr) == (0, "")
    assert compute.path("/etc/profile.d/zz-petal-containers.sh").exists()
    assert not compute.path("/petal/containers").exists()


@pytest.mark.parametrize(
    ("file", "row"),
    [
        ("images.tsv", "../bio\tx/y:1\t-\t-\n"),
        ("images.tsv", "bio\t$(touch /x)\t-\t-\n"),
        ("images.tsv", "bio\t-x\t-\t-\n"),
        ("images.tsv", "bio\tx/y:1\tsha256:1\t-\n"),
        ("images.tsv", "bio\tx/y:1\t-\t/opt/petal/other\n"),
        ("modules.tsv", "bio\t../samtools\t1\n"),
        ("modules.tsv", "bio\tsamtools\t1;touch /x\n"),
    ],
)
def test_a_hostile_row_is_refused_before_anything_is_done(ready_head, file, row):
    receive(ready_head, BIO)
    ready_head.put(f"/opt/petal/src/data/containers/{file}", row)

    done = step(ready_head)

    assert done.returncode == 1
    assert "refused: containers: not a" in done.stderr
    assert not ready_head.path("/petal/containers").exists()
    assert not ready_head.path("/x").exists()


def test_a_folder_that_a_user_planted_is_not_used(ready_head):
    receive(ready_head, BIO)
    planted = ready_head.path("/petal/containers")
    planted.mkdir(parents=True)
    os.chown(planted, 5001, 5001)

    done = step(ready_head)

    assert done.returncode == 1
    assert "/petal/containers is not a folder of root's" in done.stderr
    assert pulls(ready_head) == []
