"""docs/course/gan.py, a whole GAN in one file: it is short, its derivatives are right, and it learns a digit."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docs.course.gan import Network
from gan.classifier import CLASSIFIER, SECOND_CLASSIFIER, classify, load_classifier
from gan.recognition import SURE
from nnet.gradcheck import directional

FILE = Path(__file__).resolve().parent.parent / "docs/course/gan.py"
SHAPES = [(1, 4, 3), (3, 6, 2)]  # of D, from 14 x 14 pixels to one; G is the reverse


def test_it_has_100_lines_and_imports_only_numpy_and_the_standard_library() -> None:
    source = FILE.read_text("utf-8")
    assert len(source.splitlines()) <= 100
    imported = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imported if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in imported if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} - sys.stdlib_module_names == {"numpy"}


@pytest.mark.parametrize(
    ("grows", "shapes", "shape"), [(True, SHAPES[::-1], (5, 1, 1, 2)), (False, SHAPES, (5, 14, 14, 1))]
)
def test_derivatives_agree_with_finite_differences(
    grows: bool, shapes: list[tuple[int, int, int]], shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    network = Network(grows, shapes, rng)
    network.layers = [tuple(array.astype(np.float64) for array in layer) for layer in network.layers]
    x = rng.standard_normal(shape)
    r = rng.standard_normal(network.forward(x).shape)

    def f() -> float:
        return float((r * network.forward(x)).sum())

    dx = network.backward(r)
    weights = [W.copy() for W, *_ in network.layers]
    network.learn(1)
    for (W, *_), before in zip(network.layers, weights, strict=True):
        assert (W != before).all()
        W[...] = before
    checks = [directional("x", f, x, dx, rng)]
    checks += [directional("W", f, W, mean / 0.5, rng) for W, mean, *_ in network.layers]  # mean was 0
    assert max(check.error for check in checks) < 1e-7
    assert min(abs(check.analytic) for check in checks) > 0.1


@pytest.mark.full
def test_both_classifiers_read_its_drawings(tmp_path: Path) -> None:
    path = tmp_path / "threes.png"
    subprocess.run([sys.executable, FILE, "3", path, "0"], check=True)
    with Image.open(path) as picture:
        sheet = 255 - np.asarray(picture)
    images = sheet.reshape(8, 30, 8, 30).swapaxes(1, 2).reshape(64, 30, 30)[:, 1:29, 1:29]
    for file in (CLASSIFIER, SECOND_CLASSIFIER):
        digits, confidence = classify(load_classifier(file), np.ascontiguousarray(images))
        assert ((digits == 3) & (confidence >= SURE)).mean() >= 0.8
