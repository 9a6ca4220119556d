"""Job scripts of usual length, for the bar of `petal check-jobs`."""

from __future__ import annotations

from pathlib import Path

SEED = """\
cluster: {name: bench, region: us-east-1}
compute:
  head_node: m7i.xlarge
  queues:
    - {name: compute, instance_types: [c7i.4xlarge], max_count: 20}
    - {name: gpu, instance_types: [g5.12xlarge], max_count: 4}
software: {spack_packages: [samtools@1.17, bwa@0.7.17]}
network: {key_name: lab, ssh_from: [192.0.2.0/24]}
"""

SCRIPT = """\
#!/bin/bash
#SBATCH --job-name=align-{number}
#SBATCH --partition=compute
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4 --cpus-per-task=4
#SBATCH --mem=24G
#SBATCH --time=12:00:00
#SBATCH --array=0-95%8
#SBATCH --output=/home/ada/logs/%A_%a.out

set -euo pipefail
module purge
module load samtools/1.17 bwa/0.7.17

SAMPLE=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" samples.txt)
OUT=/home/ada/results/{number}
mkdir -p "$OUT"

cat > "$OUT/settings.json" <<EOF
{{"sample": "$SAMPLE", "threads": $SLURM_CPUS_PER_TASK}}
EOF

if [[ ! -f "$OUT/$SAMPLE.bam" ]]; then
    srun --ntasks=1 bwa mem -t "$SLURM_CPUS_PER_TASK" reference.fa \\
        "reads/${{SAMPLE}}_1.fq.gz" "reads/${{SAMPLE}}_2.fq.gz" |
        samtools sort -@ 4 -o "$OUT/$SAMPLE.bam" -
    samtools index "$OUT/$SAMPLE.bam"
fi

for tool in flagstat idxstats stats; do
    srun -n1 --exclusive samtools "$tool" "$OUT/$SAMPLE.bam" > "$OUT/$SAMPLE.$tool" 2> /dev/null &
done
wait
echo "done with $SAMPLE at $(date)"
"""


def write_jobs(folder: Path, count: int) -> Path:
    """Write a seed and so many scripts; where the seed is."""
    jobs = folder / "jobs"
    jobs.mkdir(exist_ok=True)
    for number in range(count):
        (jobs / f"job{number:04}.sbatch").write_text(SCRIPT.format(number=number))
    seed = folder / "jobs.yaml"
    seed.write_text(SEED)
    return seed
