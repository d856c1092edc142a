"""nnet/fast/warm.py and gan/write/warm.py: warming up compiles all kernels and leaves a stamp file."""

import shutil
import sys
from pathlib import Path
from typing import Any

import numba
import pytest
from commands import run

from gan.errors import InputError
from gan.write import warm as writer
from nnet.fast import warm


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the kernels' source folder, without a stamp file."""
    copy = tmp_path / "kernels"
    shutil.copytree(warm.KERNELS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "__pycache__").mkdir()
    monkeypatch.setattr(warm, "KERNELS", copy)
    return copy


def test_warming_writes_a_stamp(kernels: Path) -> None:
    assert not warm.is_warm()
    warm.warm()
    assert warm.is_warm()
    assert len(list((kernels / "__pycache__").iterdir())) == 1


def test_changed_sources_or_compilers_are_not_warm(kernels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warm.warm()
    source, new = kernels / "im2col.py", kernels / "new.py"
    code = source.read_bytes()
    source.write_bytes(code + b"\n")
    assert not warm.is_warm()
    source.unlink()
    assert not warm.is_warm()
    source.write_bytes(code)
    new.write_text("x = 1\n", "utf-8")
    assert not warm.is_warm()
    new.unlink()
    for target, name, value in ((numba, "__version__", "0.0"), (warm, "_processor", lambda: ("abacus", "beads"))):
        with monkeypatch.context() as patch:
            patch.setattr(target, name, value)
            assert not warm.is_warm()
    with monkeypatch.context() as patch:
        patch.setenv("NUMBA_CACHE_DIR", "elsewhere")
        assert not warm.is_warm()
    assert warm.is_warm()


def test_old_stamps_are_removed(kernels: Path) -> None:
    warm.warm()
    (old,) = (kernels / "__pycache__").iterdir()
    (kernels / "__pycache__" / "im2col.nbi").touch()
    (kernels / "im2col.py").write_bytes(b"")
    warm.warm()
    names = {path.name for path in (kernels / "__pycache__").iterdir()}
    assert len(names) == 2
    assert old.name not in names
    assert "im2col.nbi" in names


@pytest.mark.parametrize("is_new", [True, False])
def test_a_stamp_that_cannot_be_written_or_removed_is_no_error(kernels: Path, is_new: bool) -> None:
    if is_new:
        (kernels / "__pycache__").rmdir()
    else:
        (kernels / "__pycache__" / "warm-0").mkdir()  # unlink fails, as it does in another user's folder
    warm.warm()
    assert not warm.is_warm()


@pytest.mark.parametrize("module", [warm, writer], ids=["nnet.fast", "gan.write"])
def test_the_command_prints_two_lines_and_only_the_first_time(
    module: Any, kernels: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "KERNELS", kernels)
    assert module.main() == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("Compiling the ")
    assert last.startswith("Compiled in ")
    assert module.main() == 0
    assert capsys.readouterr().out == ""


def test_a_missing_generator_gives_a_one_line_error(
    kernels: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(text: str) -> None:
        raise InputError("no generator ships here", "model")

    monkeypatch.setattr(writer, "KERNELS", kernels)
    monkeypatch.setattr(writer, "write", missing)
    assert writer.main() == 2
    assert capsys.readouterr().err == "gan.write.warm: no generator ships here\n"
    assert not warm.is_warm(kernels)


LIST_KERNELS = """
import sys

def compiled():
    packages = "nnet.fast.kernels", "gan.write.kernels"
    loaded = [vars(module) for name, module in list(sys.modules.items()) if name.startswith(packages)]
    kernels = {kernel for names in loaded for kernel in names.values() if hasattr(kernel, "py_func")}
    return {(kernel.__module__, kernel.__name__, str(types)) for kernel in kernels for types in kernel.signatures}
"""

TRAIN_AFTER_WARMING = """
import dataclasses
from pathlib import Path
from nnet.fast import warm
warm.KERNELS = Path(sys.argv[1])  # the stamp of this test is not a real one
import numpy as np
from fake_worker import tiny
from gan.data import Dataset
from gan.runs.trainer import Trainer
from nnet.fast.kernels import parallel

warm.warm()
before = compiled()
assert len(before) >= 5, before
images = np.random.default_rng(0).integers(0, 256, (64, 28, 28), dtype=np.uint8)
fast = [{"channels": channels} for channels in ((64, 128), (48, 96), (48, 48))]  # tiles of two and of three registers
players = *fast, {"channels": (32, 32), "convolution": "im2col"}, {"channels": (4, 8)}
for threads in (1, 2):
    parallel.set_threads(threads)
    for loss, gamma in (("relativistic", 0.15), ("classic", 0.0)):
        for changes in players:  # fast kernels, readable ones, and too narrow for fast ones
            config = tiny(None, iterations=None, loss=loss, gamma=gamma, **changes)
            config = dataclasses.replace(config, bend=threads == 2)
            trainer = Trainer(config, Dataset(images, np.zeros(64, np.uint8), "noise"))
            trainer.iterate()
            trainer.draw().images
print(sorted(compiled() - before))
"""


WRITE_AFTER_WARMING = """
from pathlib import Path
import nnet.fast.warm
from gan.write import to_json, to_plotter, to_png, to_self_writing, to_svg, warm, write
warm.KERNELS = nnet.fast.warm.KERNELS = Path(sys.argv[1])  # the stamp of this test is not a real one
nnet.fast.warm.warm()
warm.warm()
before = compiled()
assert len({name for module, name, _ in before if module.startswith("gan.write")}) >= 8, before
for options in ({"pen": "ballpoint", "paper": "squared"}, {"networks": "ten", "human": 1.0}, {"choices": "0:3"}):
    writing = write("31 + 4.5\\n= 0", seed=8, **options)
    for form in (to_json, to_plotter, to_png, to_self_writing, to_svg):
        form(writing)
print(sorted(compiled() - before))
"""


@pytest.mark.skipif(vars(numba.config)["DISABLE_JIT"], reason="nothing is compiled")
@pytest.mark.parametrize("program", [TRAIN_AFTER_WARMING, WRITE_AFTER_WARMING], ids=["training", "writing"])
def test_nothing_is_compiled_after_warming(program: str, tmp_path: Path) -> None:
    here = Path(__file__).resolve().parent
    command = [sys.executable, "-c", LIST_KERNELS + program, str(tmp_path)]
    environment = {"PYTHONPATH": f"{here.parent}:{here}"}
    done = run(command, cwd=here.parent, env=environment)
    assert (done.stderr, done.stdout.strip()) == ("", "[]")
