"""`train.py --cluster` on a real scheduler and real workers: the same bits as here, whoever is lost on the way."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import distributed.versions
import pytest
from clusters import Cluster, running
from commands import SECONDS, assert_refused, run, started, wait_for
from workers import Local

import train
from gan.runs.run import Run

ROOT = Path(__file__).resolve().parent.parent
TINY = "--batch 4 --latent 8 --channels 4 8 --hidden-generator 16 --hidden-discriminator 16 --threads 1".split()
LIKE_ALL = ["--digits", "3", "--iterations", "100", "--save-seconds", "0.2", *TINY]
RUNS = ["--seeds", "0", "1", *LIKE_ALL]
ENDLESS = [word if word != "100" else "1000000" for word in RUNS]
NAMES = ["seed-0/digit-3", "seed-1/digit-3"]


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """train.main sets one for SIGTERM; it is put back."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of one worker."""
    with running(tmp_path_factory.mktemp("cluster"), 1) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of two workers."""
    with running(tmp_path_factory.mktemp("pair"), 2) as cluster:
        yield cluster


@pytest.fixture
def process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start train.py in a process group of its own, as a terminal does; it ends with the test."""
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[str]:
            command = [sys.executable, str(ROOT / "train.py"), *arguments]
            return stack.enter_context(started(command, cwd=ROOT, process_group=0, stderr=subprocess.PIPE))

        yield start


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return its exit code and what it wrote."""
    _, err = process.communicate(timeout=SECONDS)
    assert "Traceback" not in err, err
    return process.returncode, err


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs as this machine trains them alone."""
    out = tmp_path_factory.mktemp("whole")
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan.runs.queue.Worker", Local)
        assert train.main([*RUNS, "--workers", "1", "--out", str(out)]) == 0
    signal.signal(signal.SIGTERM, handler)
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


def interrupt(process: subprocess.Popen[str]) -> list[str]:
    """Press Ctrl-C; return the arguments of the printed command."""
    os.killpg(process.pid, signal.SIGINT)
    code, err = finish(process)
    assert code == 130
    found = re.search(r"^Saved\. Go on with: python train\.py (.* --resume)$", err, re.MULTILINE)
    assert found, err
    return shlex.split(found[1])


@pytest.mark.slow
def test_interrupted_resumed_and_its_process_killed_a_run_has_the_bits_of_this_machine(
    cluster: Cluster, whole: Path, tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    out, name = tmp_path / "my runs", NAMES[0]
    cluster.hold(30)
    first = process("--seeds", "0", *LIKE_ALL, "--out", str(out), "--cluster", cluster.address)
    cluster.wait_at(30, 1)
    command = interrupt(first)
    assert (cluster.held(), cluster.folders()) == ([], [])
    assert (out / name / "checkpoint.safetensors").exists()
    assert metrics(out, name) == 3

    cluster.hold(60)
    second = process(*command)
    cluster.wait_at(60, 1)
    (training,) = cluster.trainings()
    training.kill()
    cluster.release()
    code, err = finish(second)
    assert (code, "attempt 2" in err) == (0, True), err
    assert content(out / name) == content(whole / name)
    assert (cluster.held(), cluster.folders()) == ([], [])


@pytest.mark.full
def test_interrupted_resumed_and_a_worker_killed_two_runs_have_the_bits_of_this_machine(
    pair: Cluster, whole: Path, tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    out = tmp_path / "my runs"
    pair.hold(30)
    first = process(*RUNS, "--out", str(out), "--cluster", pair.address)
    pair.wait_at(30, 2)
    command = interrupt(first)
    assert [metrics(out, name) for name in NAMES] == [3, 3]
    before = {name: copied(out, name) for name in NAMES}

    pair.hold(60)
    second = process(*command)
    pair.wait_at(60, 2)  # on two workers that take one each
    wait_for(lambda: all(copied(out, name) > before[name] for name in NAMES), "what is new")
    pair.kill(pair.workers[0])
    pair.add_worker()
    pair.release()
    code, err = finish(second)
    assert (code, "attempt 2" in err) == (0, True), err
    for name in NAMES:
        assert content(out / name) == content(whole / name), name
    assert (pair.held(), pair.folders()) == ([], [])


@pytest.mark.full
def test_a_client_that_is_killed_leaves_nothing_training(
    pair: Cluster, tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    client = process(*ENDLESS, "--out", str(tmp_path), "--cluster", pair.address)
    wait_for(lambda: all(metrics(tmp_path, name) > 0 for name in NAMES), "metrics of both runs")
    client.kill()
    wait_for(lambda: not [name for name in pair.held() if name.startswith("train-")], "the tasks to be forgotten")
    wait_for(lambda: pair.folders() == [], "the processes to end")


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


@pytest.mark.full
def test_a_cluster_of_this_machine_saves_at_ctrl_c(
    tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    client = process(*ENDLESS, "--workers", "1", "--out", str(tmp_path), "--cluster", "local")
    wait_for(lambda: metrics(tmp_path, NAMES[0]) > 0, "metrics")
    interrupt(client)  # the terminal sends Ctrl-C to the workers, too
    assert (tmp_path / NAMES[0] / "checkpoint.safetensors").exists()


def test_without_the_option_nothing_of_dask_is_imported() -> None:
    code = (
        "import sys, train, server, gan.study.__main__; sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    )
    assert run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_without_dask_the_option_is_one_line_with_the_command_to_install_it() -> None:
    code = "import sys; sys.modules['distributed'] = None; import train; sys.exit(train.main(['--cluster', 'local']))"
    done = run([sys.executable, "-c", code], cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr == (
        "train.py: --cluster: expected Dask's distributed, found none; install it with: pip install -e '.[cluster]'\n"
    )
