"""What Ctrl-C does to the programs while there is nothing to save: it ends them at once, even while they import."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 120  # longer than anything here may take
WHILE_IT_IMPORTS = """
import runpy, sys, time

class Slow:
    def find_spec(self, name, *_):
        if name in ("argparse", "asyncio", "gan"):
            print("importing", flush=True)
            time.sleep(100)

sys.meta_path.insert(0, Slow())
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.mark.parametrize("program", ["train.py", "server.py"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_there_is_nothing_to_save_a_signal_ends_it_at_once_without_a_traceback(program: str, number: int) -> None:
    command = [sys.executable, "-c", WHILE_IT_IMPORTS, str(ROOT / program)]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == "importing\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (-number, "")
