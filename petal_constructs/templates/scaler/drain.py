"""Empties the queues before everything is deleted: `python3 -m scaler.drain`, beside this folder.

Mounts like `scaler.py`. Needs its rights, and to patch its scale. Environment: as the scaler's,
with `PETAL_SLURM_USER=slurm` and that user's token, and `PETAL_DRAIN_S` (540: when to give up).
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from .answers import Doubt
from .node_sets import Kubernetes
from .scaler import log_to_stdout, say
from .slurm import Slurm


@dataclass(slots=True)
class Drain:
    """Repeated, because users may still submit and a scaler's last round may answer them."""

    kubernetes: Kubernetes
    slurm: Slurm

    def round(self) -> bool:
        """Cancel jobs and ask for no pods; whether nothing is left."""
        self._stop_scaler()
        jobs = self._cancel_jobs()
        pods = self._remove_pods()
        say(
            "left",
            jobs="unknown" if jobs is None else jobs,
            pods="unknown" if pods is None else pods,
        )
        return pods == 0

    def _stop_scaler(self) -> None:
        try:
            self.kubernetes.stop_scaler()
        except Doubt as doubt:
            say("refused", because=str(doubt))

    def _cancel_jobs(self) -> int | None:
        """How many there were; None if Slurm does not tell, which stops nothing else."""
        try:
            jobs = self.slurm.unfinished()
        except Doubt as doubt:
            say("refused", because=str(doubt))
            return None
        for job in jobs:
            try:
                self.slurm.cancel(job)
            except Doubt as doubt:
                say("refused", because=str(doubt))
        return len(jobs)

    def _remove_pods(self) -> int | None:
        """How many there are or will be; None if the API server does not tell."""
        try:
            node_sets = self.kubernetes.node_sets()
            for node_set in node_sets:
                if node_set.replicas:
                    self.kubernetes.scale(node_set.name, 0)
        except Doubt as doubt:
            say("refused", because=str(doubt))
            return None
        return sum(max(node_set.pods, node_set.replicas) for node_set in node_sets)


def drain(work: Drain, limit_s: float, pause_s: float = 5.0) -> bool:
    """Go on until no pod is left, or the time is up; whether none is left."""
    end = time.monotonic() + limit_s
    while not (empty := work.round()) and time.monotonic() + pause_s < end:
        time.sleep(pause_s)
    say("ended", empty=empty)
    return empty


def main() -> None:
    """Never fails: a hook that did would keep the whole cluster from being deleted."""
    log_to_stdout()
    try:
        work = Drain(Kubernetes.from_environment(), Slurm.from_environment())
        drain(work, float(os.environ.get("PETAL_DRAIN_S", "540")))
    except Exception as error:  # noqa: BLE001
        say("failed", because=repr(error))


if __name__ == "__main__":
    main()
