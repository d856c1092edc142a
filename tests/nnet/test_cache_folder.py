"""The folder of compiled kernels for a user who can write neither into the package nor into a home."""

import ctypes
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.commands import GAN_DIGITS, ROOT, SECONDS, first_line, run, started

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1

# A command with kernels, a forked child, and a child that imports the kernels again. It works until it is ended.
WORKING = """
import multiprocessing, os, subprocess, sys
import nnet.fast.kernels.elementwise
from gan.cli.command_line import exit_code

def work():
    fork = multiprocessing.get_context("fork").Process(target=len, args=("",))
    fork.start()
    fork.join()
    subprocess.run([sys.executable, "-c", "import nnet.fast.kernels.elementwise"], check=True)
    print(os.environ["NUMBA_CACHE_DIR"], flush=True)
    sys.stdin.read()

sys.exit(exit_code("gan.write", work))
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems keep root's rights elsewhere")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a read-only copy of both packages."""
    root = tmp_path_factory.mktemp("installation")
    for package in ("nnet", "gan"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield root
    for folder in folders:
        folder.chmod(0o755)


def obey_permissions() -> None:
    """Let this process fail where permissions forbid to write, even as root."""
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0):
        raise OSError("expected root with the right to drop rights")


def options(installation: Path, folder: Path, home: str = "") -> dict[str, Any]:
    """Return the options of a process that may write only into `folder`, and whose home is read-only by default."""
    for name in ("tmp", "work"):
        (folder / name).mkdir()
    environment = {"PYTHONPATH": str(installation), "HOME": home or str(installation), "TMPDIR": str(folder / "tmp")}
    return {"cwd": folder / "work", "env": environment, "preexec_fn": obey_permissions}


@pytest.mark.full
@pytest.mark.parametrize("arguments", ["write 10", "train --digits 3 --network quick --iterations 2"])
def test_commands_work(installation: Path, tmp_path: Path, arguments: str) -> None:
    (tmp_path / "gan-digits").write_text(GAN_DIGITS, "utf-8")
    command = [sys.executable, str(tmp_path / "gan-digits"), *arguments.split(), "-o", "out.svg"]
    done = run(command, **options(installation, tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("NUMBA_CACHE_DIR") == 1
    assert (tmp_path / "work" / "out.svg").exists()
    assert list((tmp_path / "tmp").iterdir()) == []


# A relative home would be in the working directory.
@pytest.mark.parametrize(("home", "number"), [(".", None), ("", signal.SIGTERM)])
def test_the_folder_is_announced_once_private_and_deleted_at_the_end(
    installation: Path, tmp_path: Path, home: str, number: signal.Signals | None
) -> None:
    script = tmp_path / "gan-digits"
    script.write_text(WORKING, "utf-8")
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with started([sys.executable, str(script)], **pipes, **options(installation, tmp_path, home)) as process:
        folder = Path(first_line(process).rstrip())
        assert folder.parent == tmp_path / "tmp"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert any(folder.iterdir())
        if number:
            process.send_signal(number)
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == (130 if number else 0)
    assert err.count("NUMBA_CACHE_DIR") == 1  # the children say nothing
    assert err.startswith(f"Kernels compile into {folder}, ")
    assert "To keep them, set NUMBA_CACHE_DIR to a folder that you can write to.\n" in err
    assert list((tmp_path / "work").iterdir()) == []
    assert not folder.exists()
