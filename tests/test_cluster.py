"""`train.py --cluster` on a real scheduler and real workers: the same bits as here, whoever is lost on the way."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import distributed.versions
import pytest
from clusters import Cluster, running
from commands import assert_refused, wait_for

import train
from gan.runs.run import Run

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 120  # longer than anything here may take
TINY = "--batch 4 --latent 8 --channels 4 8 --hidden-generator 16 --hidden-discriminator 16 --threads 1".split()
LIKE_ALL = ["--digits", "3", "--iterations", "400", "--save-seconds", "0.2", *TINY]
RUNS = ["--seeds", "0", "1", *LIKE_ALL]
ENDLESS = [word if word != "400" else "1000000" for word in RUNS]
NAMES = ["seed-0/digit-3", "seed-1/digit-3"]


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """train.main sets one for SIGTERM; it is put back."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("cluster"), 2) as cluster:
        yield cluster


@pytest.fixture
def gated(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster, for a test that holds runs: none is held after it."""
    yield cluster
    cluster.release()


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that end with the test."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start train.py in a process group of its own, as a terminal does."""
    command = [sys.executable, str(ROOT / "train.py"), *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, process_group=0, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and what it wrote."""
    _, err = process.communicate(timeout=SECONDS)
    assert "Traceback" not in err, err
    return process.returncode, err


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs as this machine trains them alone."""
    out = tmp_path_factory.mktemp("whole")
    code, err = finish(start(*RUNS, "--out", str(out)))
    assert code == 0, err
    return out


def content(run: Path) -> dict[str, object]:
    """All that a run's folder holds, without its speed, and the checkpoint before, which is a matter of time."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        del line["iterations_per_second"]
    aside = (".lock", "metrics.jsonl", "checkpoint-before.safetensors")
    files = [path for path in run.rglob("*") if path.is_file() and path.name not in aside]
    return {"metrics": lines} | {path.relative_to(run).as_posix(): path.read_bytes() for path in files}


def metrics(out: Path, name: str) -> int:
    """How many lines of metrics have come back."""
    return len(Run.open(out / name).metrics()) if Run.exists(out / name) else 0


def copied(out: Path, name: str) -> int:
    """How many lines of metrics and pictures have come back."""
    return metrics(out, name) + len(Run.open(out / name).pictures())


def test_interrupted_resumed_and_a_worker_killed_the_bits_are_those_of_this_machine(
    gated: Cluster, whole: Path, tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    out = tmp_path / "my runs"
    gated.hold(100)
    process = start(*RUNS, "--out", str(out), "--cluster", gated.address)
    started.append(process)
    gated.wait_at(100, 2)
    os.killpg(process.pid, signal.SIGINT)
    code, err = finish(process)
    assert code == 130
    found = re.search(r"^Saved\. Go on with: python train\.py (.* --resume)$", err, re.MULTILINE)
    assert found, err
    assert gated.held() == []
    assert gated.folders() == []
    assert all((out / name / "checkpoint.safetensors").exists() for name in NAMES)
    assert [metrics(out, name) for name in NAMES] == [10, 10]
    before = {name: copied(out, name) for name in NAMES}

    gated.hold(300)
    process = start(*shlex.split(found[1]))
    started.append(process)
    gated.wait_at(300, 2)  # on two workers that take one each
    wait_for(lambda: all(copied(out, name) > before[name] for name in NAMES), "what is new")
    gated.kill(gated.workers[0])
    gated.add_worker()
    gated.release()
    code, err = finish(process)
    assert code == 0, err
    assert "attempt 2" in err
    for name in NAMES:
        assert content(out / name) == content(whole / name), name
    assert gated.held() == []
    assert gated.folders() == []


def test_a_client_that_is_killed_leaves_nothing_training(
    cluster: Cluster, tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    started.append(start(*ENDLESS, "--out", str(tmp_path), "--cluster", cluster.address))
    wait_for(lambda: all(metrics(tmp_path, name) > 0 for name in NAMES), "metrics of both runs")
    started[0].kill()
    wait_for(lambda: not [name for name in cluster.held() if name.startswith("train-")], "the tasks to be forgotten")
    wait_for(lambda: cluster.folders() == [], "the processes to end")


def test_a_process_that_is_killed_is_begun_again(
    gated: Cluster, whole: Path, tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    gated.hold(200)
    started.append(start("--seeds", "0", *LIKE_ALL, "--out", str(tmp_path), "--cluster", gated.address))
    gated.wait_at(200, 1)
    (process,) = gated.trainings()
    process.kill()
    gated.release()
    code, err = finish(started[0])
    assert (code, "attempt 2" in err) == (0, True), err
    assert content(tmp_path / NAMES[0]) == content(whole / NAMES[0])


REFUSED = {
    "--cluster tcp://127.0.0.1:1": "expected a Dask scheduler at tcp://127.0.0.1:1, found none; start one: dask sched",
    "--cluster 8786": "expected an address as tcp://host:8786, or local, received 8786",
    "--cluster {address} --workers 2": "--workers: the cluster has its own",
    "--cluster {address} --threads 3": "start one: dask worker {address} --nthreads 3 --resources cores=3",
    "--seeds 0 1 --seed 2": "not allowed with argument",
    "--seeds 0 -1": "--seeds: expected a whole number from 0",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_is_one_line_and_makes_nothing(
    arguments: str,
    cluster: Cluster,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gan.cluster.connect.CONNECT_SECONDS", 1)
    words = arguments.format(address=cluster.address).split()
    out = tmp_path / "out"
    expected = REFUSED[arguments].format(address=cluster.address)
    assert_refused(train.main, [*words, "--digits", "3", "--out", str(out)], "train.py", expected, capsys)
    assert not out.exists()


def test_another_version_here_than_there_is_one_line(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = distributed.versions._version_cached
    fake = lambda name: "0.1" if name == "numba" else known(name)  # noqa: E731
    monkeypatch.setattr("distributed.versions._version_cached", fake)
    words = ", expected 0.1 as here; install the same there, then: dask scheduler"
    arguments = ["--digits", "3", "--out", str(tmp_path / "out"), "--cluster", cluster.address]
    assert_refused(train.main, arguments, "train.py", words, capsys)
    assert not (tmp_path / "out").exists()


def test_a_worker_with_other_code_is_one_line_with_its_command(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    makes = {"here": {"code": "1"}, "scheduler": {"code": "1"}, "worker tcp://there:1": {"code": None}}
    monkeypatch.setattr("gan.cluster.connect.Cluster.versions", lambda self, workers: makes)
    words = "the worker tcp://there:1 has code missing, expected 1 as here; install the same there, then: dask worker "
    words += f"{cluster.address} --nthreads 1 --resources cores=1"
    assert_refused(
        train.main, ["--out", str(tmp_path / "out"), "--cluster", cluster.address], "train.py", words, capsys
    )


def test_a_cluster_of_this_machine_saves_at_ctrl_c(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    started.append(start(*ENDLESS, "--workers", "1", "--out", str(tmp_path), "--cluster", "local"))
    wait_for(lambda: metrics(tmp_path, NAMES[0]) > 0, "metrics")
    os.killpg(started[0].pid, signal.SIGINT)  # the terminal sends Ctrl-C to the workers, too
    code, err = finish(started[0])
    assert (code, "Saved. Go on with" in err) == (130, True), err
    assert (tmp_path / NAMES[0] / "checkpoint.safetensors").exists()


def test_without_the_option_nothing_of_dask_is_imported() -> None:
    code = (
        "import sys, train, server, gan.study.__main__; sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=SECONDS).returncode == 0


def test_without_dask_the_option_is_one_line_with_the_command_to_install_it() -> None:
    code = "import sys; sys.modules['distributed'] = None; import train; sys.exit(train.main(['--cluster', 'local']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 2
    assert done.stderr == (
        "train.py: --cluster: expected Dask's distributed, found none; install it with: pip install -e '.[cluster]'\n"
    )
