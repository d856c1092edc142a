"""docs/course/gan.py, a whole GAN in one file: it is short and right, and without its
freezing line it draws noise.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from docs.course.gan import Adam, Network
from gan.drawings.classifier import (
    CLASSIFIER,
    SECOND_CLASSIFIER,
    classify,
    load_classifier,
)
from gan.drawings.recognition import SURE
from nnet.gradcheck import directional
from nnet.threads import BLAS_SETTINGS

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs/course/gan.py"
SOURCE = FILE.read_text("utf-8")
LINE = "        D.frozen = True  # Delete this line, run again, and get noise.\n"
ITERATIONS = "\nITERATIONS = 600\n"
# of D, from 14 x 14 pixels to one; G is the reverse
SHAPES = [(1, 4, 4, 3), (3, 6, 6, 2)]


def edited(iterations: int, delete: bool) -> str:
    """Return the text of the file with other iterations, and without the line that
    freezes D.
    """
    assert SOURCE.count(LINE) == SOURCE.count(ITERATIONS) == 1
    return SOURCE.replace(
        ITERATIONS, ITERATIONS.replace("600", str(iterations))
    ).replace(LINE, "" if delete else LINE)


def run(
    source: str, arguments: str, monkeypatch: pytest.MonkeyPatch, **names: object
) -> dict[str, Any]:
    """Run a text as `python docs/course/gan.py arguments`, with some names replaced,
    and return its variables.
    """
    monkeypatch.setattr(sys, "argv", ["gan.py", *shlex.split(arguments)])
    variables = {"__name__": "__main__", "__file__": str(FILE), **names}
    exec(compile(source, FILE, "exec"), variables)
    return variables


def recognized(path: Path) -> float:
    """Return the share of drawings that both classifiers are sure are threes.

    One alone may read noise as a digit.
    """
    with Image.open(path) as picture:
        sheet = 255 - np.asarray(picture)
    images = np.ascontiguousarray(
        sheet.reshape(8, 28, 8, 28).swapaxes(1, 2).reshape(64, 28, 28)
    )
    readings = [
        classify(load_classifier(file), images)
        for file in (CLASSIFIER, SECOND_CLASSIFIER)
    ]
    sure = [(digits == 3) & (confidence >= SURE) for digits, confidence in readings]
    return float(np.all(sure, 0).mean())


def test_it_is_short_and_imports_only_numpy_pillow_and_the_standard_library() -> None:
    assert SOURCE.count("\n") <= 180
    imported = re.findall(r"^ *(?:import|from) (\w+)", SOURCE, re.MULTILINE)
    assert set(imported) - sys.stdlib_module_names == {"numpy", "PIL"}


def test_blas_has_one_thread() -> None:
    code = (
        "import docs.course.gan, threadpoolctl\n"
        "print([pool['num_threads'] for pool in threadpoolctl.threadpool_info()])"
    )
    environment = os.environ | dict.fromkeys(BLAS_SETTINGS, "2")
    command = [sys.executable, "-c", code]
    printed = subprocess.check_output(command, cwd=ROOT, env=environment, text=True)
    assert printed == "[1]\n"


@pytest.mark.parametrize(
    ("grows", "shapes", "shape"),
    [(True, SHAPES[::-1], (5, 1, 1, 2)), (False, SHAPES, (5, 14, 14, 1))],
)
def test_derivatives_match_differences(
    grows: bool, shapes: list[tuple[int, ...]], shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    network = Network(rng, grows, *shapes)
    network.Ws = [W.astype(np.float64) for W in network.Ws]
    x = rng.standard_normal(shape)
    r = rng.standard_normal(network.forward(x).shape)

    def f() -> float:
        return float((r * network.forward(x)).sum())

    dx = network.backward(r)
    checks = [directional("x", f, x, dx, rng)]
    checks += [
        directional("W", f, W, dW, rng)
        for W, dW in zip(network.Ws, network.dWs, strict=True)
    ]
    assert max(check.error for check in checks) < 1e-7
    assert min(abs(check.analytic) for check in checks) > 0.01


@pytest.mark.parametrize("delete", [False, True])
def test_the_line_keeps_d_still_in_the_turn_of_g(
    delete: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = []  # for each step of an optimizer, which of its networks it moves

    class Watched(Adam):
        def __init__(self, *networks: Network) -> None:
            super().__init__(*networks)
            self.networks = networks

        def step(self, beta1: float = 0.5, beta2: float = 0.99) -> None:
            before = [[W.copy() for W in network.Ws] for network in self.networks]
            super().step(beta1, beta2)
            now = [network.Ws for network in self.networks]
            moved.append(
                [(a[0] != b[0]).any() for a, b in zip(before, now, strict=True)]
            )

    source = edited(2, delete)
    start = source.index("class Adam")
    end = source.index('if __name__ == "__main__"')
    run(
        source[:start] + source[end:],
        f"3 '{tmp_path}/threes.png' 0",
        monkeypatch,
        Adam=Watched,
    )
    # the judge has one turn, the artist two
    assert moved == [[True], [True, delete], [True, delete]] * 2


def test_adam_of_g_alone_needs_no_freeze(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = tmp_path / "frozen.png"
    listed = tmp_path / "listed.png"
    only_g = edited(3, True).replace("Adam(G, D)\n", "Adam(G)\n")
    run(edited(3, False), f"3 '{frozen}' 0", monkeypatch)
    run(only_g, f"3 '{listed}' 0", monkeypatch)
    assert frozen.read_bytes() == listed.read_bytes()


def test_a_copy_elsewhere_takes_the_folder_of_the_digits(tmp_path: Path) -> None:
    (tmp_path / "gan.py").write_text(edited(2, False), "utf-8")
    command = [sys.executable, "-I", "gan.py", "3", "a.png", "0", f"{ROOT}/gan/mnist"]
    subprocess.run(command, cwd=tmp_path, check=True)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"gan.py", "a.png", "a-half.png"}


@pytest.mark.parametrize(
    "arguments",
    ["3", "ten a.png", "3 a.png x", "3 a.png 0 .", "3 no/a.png", "3 a.none"],
)
def test_a_mistake_of_the_user_is_one_line(
    arguments: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "train-3.xz").write_bytes(b"no xz")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"\A2\Z"):
        run(SOURCE, arguments, monkeypatch)
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"expected DIGIT PICTURE.png .*, received \[.*\]: .+\n", err)


def test_it_prints_progress_and_short_training_does_not_draw_grey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = edited(3, False)
    assert source.count("step % 50") == 1
    often = source.replace("step % 50", "step % 1")
    variables = run(often, f"3 '{tmp_path}/threes.png' 0", monkeypatch)
    line = (
        r"[123] of 3: D's loss \d\.\d\d, G's loss \d\.\d\d, "
        r"D\(digits\) 0\.\d\d, D\(drawings\) 0\.\d\d\n"
    )
    assert re.fullmatch(f"({line}){{3}}", capsys.readouterr().out)
    # weights begin with 0.1
    assert min(average.std() for average in variables["average_G"].Ws) > 0.05


@pytest.mark.full
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_deleting_the_line_gives_noise(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = tmp_path / "frozen.png"
    deleted = tmp_path / "deleted.png"
    for path, delete in ((frozen, False), (deleted, True)):
        arguments = f"3 '{path}' {seed}"
        run(edited(300, delete), arguments, monkeypatch, print=lambda *_, **__: None)
    assert recognized(frozen) >= 0.8
    assert recognized(deleted) <= 0.05
