"""A cluster as a pool of processes: a study on it finds the same, and what it does ends with it."""

import operator
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from clusters import Cluster, running
from commands import wait_for
from distributed import KilledWorker

from gan.cluster.connect import ClusterPool, join_cluster
from gan.config import Config
from gan.errors import InputError
from gan.study.__main__ import main
from gan.study.points import read_points

PLAN = """
about = "a trial"
data = "sample"
digits = [3]
seeds = [0, 1]
marks = [2, 4]
measures = ["sheet"]
[base]
batch = 4
channels = [2, 3]
hidden_generator = [4]
hidden_discriminator = 4
[variants.one]
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("cluster"), 1) as cluster:
        yield cluster


def test_a_study_finds_the_same_on_a_cluster(cluster: Cluster, tmp_path: Path) -> None:
    found = []
    for name, options in (("here", ["--workers", "1"]), ("there", ["--cluster", cluster.address])):
        plan = tmp_path / f"{name}.toml"
        plan.write_text(PLAN, "utf-8")
        assert main([str(plan), *options]) == 0
        points = read_points(plan.with_suffix(".jsonl"))
        for point in points:
            del point["cpu_seconds"]
        found.append(sorted(points, key=lambda point: (point["seed"], point["iteration"])))
    assert found[0] == found[1]
    assert cluster.held() == []


def test_no_cluster_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN, "utf-8")
    assert main([str(plan), "--cluster", "nowhere"]) == 2
    assert capsys.readouterr().err == (
        "gan.study: --cluster: expected an address as tcp://host:8786, or local, received nowhere\n"
    )


def test_what_a_function_raises_is_raised_here(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan.cluster.connect.RETRIES", 0)
    with join_cluster(cluster.address, 1) as found, ClusterPool(found) as pool:
        assert pool.submit(operator.add, 2, 3).result() == 5
        with pytest.raises(
            InputError, match="expected a whole number from 0 to 9, or none for all digits, received 12"
        ) as raised:
            pool.submit(Config, digit=12).result()
        assert raised.value.field == "digit"


def test_a_pool_that_is_not_waited_for_ends_its_processes(cluster: Cluster) -> None:
    with join_cluster(cluster.address, 1) as found:
        pool = ClusterPool(found)
        pool.submit(time.sleep, 1000)
        wait_for(lambda: cluster.trainings() != [], "the process")
        pool.shutdown(wait=False)
        wait_for(lambda: cluster.trainings() == [], "its end")
    assert cluster.held() == []


def test_a_task_that_is_lost_again_and_again_is_one_line(cluster: Cluster) -> None:
    lost = KilledWorker("task", SimpleNamespace(address="tcp://there:1"), 3)
    with (
        pytest.raises(InputError, match="lost with its worker 4 times, last with tcp://there:1"),
        join_cluster(cluster.address, 1),
    ):
        raise lost
