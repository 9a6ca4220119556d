"""A size that AWS has no capacity for keeps nobody waiting for ever, if another one would do."""

from __future__ import annotations

import pytest

from petal_constructs.templates.scaler.nodes import node
from petal_constructs.templates.scaler.scaler import Scaler
from tests.scaler import records

SMALL, LARGE, GPU = "cpu-cpu4", "cpu-cpu16", "gpu-gpu8-cpu32"


class Slurm:
    """What slurmrestd would say."""

    def __init__(self, *jobs):
        self.jobs = list(jobs)
        self.nodes = []

    def look(self):
        return self.jobs, [node(record, frozenset()) for record in self.nodes]


@pytest.fixture
def world(kubernetes, api):
    """Rounds every 15 seconds; who asks for what, and the changes of each time."""

    class World:
        slurm = Slurm(records.job(1))
        scaler = Scaler(kubernetes, slurm, idle_s=300)
        now = 0

        def until(self, seconds):
            before = len(api.calls)
            while self.now < seconds:
                self.scaler.round(self.now)
                self.now += 15
            return api.calls[before:]

        def join(self, name, **changed):
            self.slurm.nodes.append(records.node(name, **changed))

    return World()


def test_a_job_goes_to_the_next_size_when_no_node_comes(world, api):
    assert world.until(900) == [(SMALL, 1)]
    assert world.until(930) == [(LARGE, 1)]
    assert world.until(1500) == [(SMALL, 0)]
    assert api.replicas()[LARGE] == 1


def test_the_next_size_gets_as_long_and_then_the_first_is_tried_again(world, api):
    world.until(1500)

    assert world.until(1830) == [(SMALL, 1)]
    assert api.replicas() == {SMALL: 1, LARGE: 1, GPU: 0}
    assert world.until(2200) == [(LARGE, 0)]


def test_a_node_that_comes_late_ends_it(world):
    world.until(960)
    world.join(f"{SMALL}-0")

    world.until(990)
    world.slurm.jobs.append(records.job(2, cpus=4))
    assert world.until(1005) == [(SMALL, 2)]


def test_while_nodes_join_nothing_is_avoided(world):
    world.slurm.jobs = [records.job(n, cpus=4) for n in range(1, 5)]
    for index in range(4):
        world.until(600 * (index + 1))
        assert world.scaler.capacity.avoided == {}
        name = f"{SMALL}-{index}"
        world.join(name, alloc_cpus=4, state=["ALLOCATED"])
        world.slurm.jobs[index] = records.running(index + 1, name, cpus=4)
    world.until(4000)
    assert world.scaler.capacity.avoided == {}


def test_nodes_that_are_there_are_no_lack(world):
    world.join(f"{SMALL}-0", alloc_cpus=4, state=["ALLOCATED"])
    world.slurm.jobs = [records.running(1, f"{SMALL}-0", cpus=4)]

    assert world.until(4000) == [(SMALL, 1)]
    assert world.scaler.capacity.avoided == {}


def test_a_job_that_fits_no_other_size_goes_on_waiting(world, api):
    world.slurm.jobs = [records.job(1, features=SMALL)]

    assert world.until(4000) == [(SMALL, 1)]


def test_the_only_size_of_a_queue_is_asked_for_all_the_time(world, api):
    world.slurm.jobs = [records.job(1, partition="gpu", tres_per_node="gres/gpu:1")]

    assert world.until(8000) == [(GPU, 1)]


def test_a_full_queue_gives_up_pods_without_nodes_for_the_next_size(world, api):
    world.slurm.jobs = [records.job(n, cpus=4) for n in range(1, 41)]

    assert world.until(900) == [(SMALL, 10)]
    assert world.until(930) == [(SMALL, 0), (LARGE, 10)]


def test_it_says_so_once(world, caplog):
    caplog.set_level("INFO", "petal")

    world.until(1200)

    assert sum('"avoided"' in line for line in caplog.messages) == 1
