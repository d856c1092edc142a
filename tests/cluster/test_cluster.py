"""`train.py --cluster` on a real Dask cluster: the same results as on one machine."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import distributed.versions
import pytest

from gan.commands import train
from gan.runs.run import Run
from nnet.threads import LEAST_SHARE
from tests.helpers import commands
from tests.helpers.clusters import Cluster, running
from tests.helpers.commands import (
    SECONDS,
    TINY,
    advised_command,
    assert_refused,
    finish,
    wait_for,
)
from tests.helpers.workers import Local

pytestmark = pytest.mark.usefixtures("restore_signals")

StartTrain = Callable[..., subprocess.Popen[str]]

ALL_SETTINGS = ["--digits", "3", "--iterations", "40", "--save-seconds", "0.2", *TINY]
RUNS = ["--seeds", "0", "1", *ALL_SETTINGS]
ENDLESS = [word if word != "40" else "1000000" for word in RUNS]
NAMES = ["seed-0/digit-3", "seed-1/digit-3"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Yield a cluster with one worker."""
    with running(tmp_path_factory.mktemp("cluster"), 1) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Yield a cluster with two workers."""
    with running(tmp_path_factory.mktemp("pair"), 2) as cluster:
        yield cluster


@pytest.fixture
def process() -> Iterator[StartTrain]:
    """Yield a function that starts train.py in its own process group.

    A terminal does so, too. The process is killed at the end.
    """
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(commands.start_train(*arguments))


def trained_here(out: Path, *seeds: str) -> Path:
    """Return a folder with the same runs trained without a cluster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan.runs.local_queue.Worker", Local)
        assert (
            train.main(
                ["--seeds", *seeds, *ALL_SETTINGS, "--workers", "1", "--out", str(out)]
            )
            == 0
        )
    return out


def contents(run: Path) -> dict[str, object]:
    """Return a run's files, without what depends on timing and on the command."""
    lines = [
        json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()
    ]
    for line in lines:
        del line["iterations_per_second"]
    files = {
        path.relative_to(run).as_posix(): path.read_bytes()
        for path in run.rglob("*")
        if path.is_file()
    }
    for name in (".lock", "checkpoint-before.safetensors", "provenance.json"):
        files.pop(name, None)
    return files | {"metrics.jsonl": lines}


def metrics_received(out: Path, name: str) -> int:
    return len(Run.open(out / name).metrics()) if Run.exists(out / name) else 0


def files_received(out: Path, name: str) -> int:
    """Return how many lines of metrics plus pictures the client has received."""
    return metrics_received(out, name) + len(Run.open(out / name).pictures())


def interrupt(process: subprocess.Popen[str]) -> list[str]:
    """Simulate Ctrl-C, and return the arguments of the command that is printed."""
    os.killpg(process.pid, signal.SIGINT)
    code, err = finish(process)
    assert code == 130, err
    assert "\nSaved. Resume with: python train.py" in err
    return advised_command(err)


@pytest.mark.slow
def test_an_interrupted_and_killed_run_has_the_same_bits_as_a_local_one(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client is this process, because starting one takes long."""
    out = tmp_path / "my runs"
    name = NAMES[0]

    def main(
        arguments: list[str], at: int, meanwhile: Callable[[], None]
    ) -> tuple[int, str]:
        """Run train.py and call a function once the run is held at an iteration.

        Return the exit code and the error. The run stays held, in which it still obeys
        commands, unless the function releases it.
        """

        def intervene() -> None:
            cluster.wait_at(at, 1)
            meanwhile()

        cluster.hold(at)
        with ThreadPoolExecutor() as pool:
            done = pool.submit(intervene)
            code = train.main(arguments)
        done.result()
        return code, capsys.readouterr().err

    arguments = [
        "--seeds",
        "0",
        *ALL_SETTINGS,
        "--out",
        str(out),
        "--cluster",
        cluster.address,
    ]
    code, err = main(arguments, 10, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert code == 130, err
    assert "\nSaved. Resume with: python train.py" in err
    assert cluster.held() == []
    assert cluster.folders() == []
    assert (out / name / "checkpoint.safetensors").exists()
    assert metrics_received(out, name) == 1

    def kill_training() -> None:
        cluster.trainings()[0].kill()
        cluster.release()

    code, err = main(advised_command(err), 20, kill_training)
    assert code == 0, err
    assert "attempt 2" in err
    assert contents(out / name) == contents(trained_here(tmp_path / "here", "0") / name)
    assert cluster.held() == []
    assert cluster.folders() == []


@pytest.mark.full
def test_two_runs_have_the_same_bits_although_a_worker_dies(
    pair: Cluster, tmp_path: Path, process: StartTrain
) -> None:
    out = tmp_path / "my runs"
    pair.hold(10)
    first = process(*RUNS, "--out", str(out), "--cluster", pair.address)
    pair.wait_at(10, 2)
    command = interrupt(first)
    assert [metrics_received(out, name) for name in NAMES] == [1, 1]
    before = {name: files_received(out, name) for name in NAMES}

    pair.hold(20)
    second = process(*command)
    pair.wait_at(20, 2)  # one run on each worker
    wait_for(
        lambda: all(files_received(out, name) > before[name] for name in NAMES),
        "new files",
    )
    pair.kill(pair.workers[0])
    pair.add_worker()
    pair.release()
    code, err = finish(second)
    assert code == 0, err
    assert "attempt 2" in err
    here = trained_here(tmp_path / "here", "0", "1")
    for name in NAMES:
        assert contents(out / name) == contents(here / name), name
    assert pair.held() == []
    assert pair.folders() == []


@pytest.mark.full
def test_training_ends_when_the_client_is_killed(
    pair: Cluster, tmp_path: Path, process: StartTrain
) -> None:
    client = process(*ENDLESS, "--out", str(tmp_path), "--cluster", pair.address)
    wait_for(
        lambda: all(metrics_received(tmp_path, name) > 0 for name in NAMES),
        "metrics of both runs",
    )
    client.kill()
    wait_for(
        lambda: not [name for name in pair.held() if name.startswith("train-")],
        "the tasks to be forgotten",
    )
    wait_for(lambda: pair.folders() == [], "the processes to end")


REFUSED = {
    "--cluster tcp://127.0.0.1:1": "expected a Dask scheduler at tcp://127.0.0.1:1, "
    "found none; start one: dask sched",
    "--cluster 8786": "expected an address such as tcp://host:8786, received 8786",
    "--cluster {address} --workers 2": "--workers: the cluster has its own",
    "--cluster {address} --cores 3": "start one: dask worker {address} "
    "--nthreads 3 --resources cores=3",
    f"--cluster {{address}} --cores 64 --batch {4 * LEAST_SHARE}": " --nthreads 4 "
    "--resources cores=4",
}


@pytest.fixture
def assert_words(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, str], None]:
    """Return a function that asserts that train.py refuses options.

    It prints one line, and creates nothing.
    """

    def check(options: str, words: str) -> None:
        arguments = [
            *options.format(address=cluster.address).split(),
            "--digits",
            "3",
            "--out",
            str(tmp_path / "out"),
        ]
        assert_refused(
            train.main,
            arguments,
            "train.py",
            words.format(address=cluster.address),
            capsys,
        )
        assert not (tmp_path / "out").exists()

    return check


def test_invalid_options_are_refused(
    assert_words: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for options, words in REFUSED.items():
        monkeypatch.setattr(
            "gan.cluster.join.CONNECT_SECONDS", 1 if options.endswith(":1") else SECONDS
        )
        assert_words(options, words)


def test_different_versions_are_refused(
    assert_words: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    real_version = distributed.versions._version_cached
    other_version = lambda name: "0.1" if name == "numba" else real_version(name)  # noqa: E731
    monkeypatch.setattr("distributed.versions._version_cached", other_version)
    words = (
        ", expected 0.1 as here; install the same version there, then: dask scheduler"
    )
    assert_words("--cluster {address}", words)


def test_dask_is_imported_only_with_the_option_and_may_be_missing() -> None:
    code = (
        "import sys, train, server;"
        "assert not {'distributed', 'dask'} & set(sys.modules);"
        "sys.modules['distributed'] = None;"
        "from gan.commands.train import main;"
        "sys.exit(main(['--cluster', 'tcp://host:8786']))"
    )
    done = commands.run([sys.executable, "-c", code], cwd=commands.ROOT)
    expected = "expected Dask's distributed, found none"
    remedy = "install it with: pip install distributed"
    assert done.returncode == 2
    assert done.stderr == f"train.py: --cluster: {expected}; {remedy}\n"
