"""The classifier: what it returns, that it learns, that what is stored is what was measured; wrong wishes."""

import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from commands import assert_refused
from digits import write
from hypothesis import given
from hypothesis import strategies as st
from strategies import as_bytes

from gan.classifier import network as classifier
from gan.classifier import training
from gan.classifier.__main__ import main
from gan.classifier.network import (
    ARCHITECTURES,
    build_first,
    classify,
    decide,
    features_and_logits,
    load_classifier,
)
from gan.classifier.reading import SURE
from gan.classifier.training import accuracy
from gan.data import Dataset, idx, load
from gan.data import batches as forms
from gan.errors import InputError
from gan.pictures import to_unit
from gan.shipped import CLASSIFIER, SECOND_CLASSIFIER, pretrained
from nnet import weights
from nnet.fast.accelerate import twin
from nnet.fast.kernels import parallel
from nnet.fast.optimizers import FastAdam
from nnet.fast.split import Split
from nnet.layer import Layer, Saved
from nnet.sequential import Sequential

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = load()
EVERY_10TH = Dataset(SAMPLE.images[::10], SAMPLE.labels[::10], "every tenth")
NEXT_10TH = Dataset(SAMPLE.images[5::10], SAMPLE.labels[5::10], "another tenth")
BOTH = pytest.mark.parametrize("architecture", ARCHITECTURES)
UNTRAINED = build_first(np.random.default_rng(1))


@BOTH
@pytest.mark.parametrize("count", [1, 7, 16])
def test_in_portions_it_sees_what_the_whole_chain_computes(
    count: int, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifier, "PORTION", 7)
    images, network = SAMPLE.images[:count], ARCHITECTURES[architecture](np.random.default_rng(1))
    features, logits = features_and_logits(network, images)
    y, saved = network.forward(to_unit(images))
    assert (features.shape, logits.shape) == ((count, 64), (count, 10))
    np.testing.assert_allclose(logits, y, atol=1e-4)
    np.testing.assert_allclose(features, saved.parts[-1].x, atol=1e-4)


def test_of_no_image_it_sees_nothing() -> None:
    digits, confidence = classify(UNTRAINED, SAMPLE.images[:0])
    assert (digits.shape, confidence.shape) == ((0,), (0,))


@given(st.lists(st.lists(st.floats(-200, 200, width=32), min_size=10, max_size=10), min_size=1, max_size=4))
def test_it_decides_for_the_largest_of_the_softmax(rows: list[list[float]]) -> None:
    logits = np.array(rows, np.float32)
    digits, confidence = decide(logits)
    for row, digit, sure in zip(rows, digits, confidence, strict=True):
        shares = np.exp(np.array(row) - max(row))
        assert row[digit] == max(row)
        assert sure == pytest.approx(shares.max() / shares.sum(), rel=1e-5)
        assert 0.1 - 1e-6 <= sure <= 1


@BOTH
def test_it_learns(architecture: str) -> None:
    before = accuracy(ARCHITECTURES[architecture](np.random.default_rng(1)), NEXT_10TH)
    passes: list[int] = []
    rng = np.random.default_rng(1)
    trained = training.train(EVERY_10TH, 5, rng, lambda done, network: passes.append(done), architecture)
    assert passes == [1, 2, 3, 4, 5]
    assert before < 0.3
    assert accuracy(trained, NEXT_10TH) > 0.6


def mnist_folder(folder: Path) -> Path:
    """A folder like the full MNIST's, with 20 training images and 10 test images of the sample."""
    for prefix, step in (("train", 250), ("t10k", 500)):
        write(folder / f"{prefix}-images-idx3-ubyte.gz", idx.pack(SAMPLE.images[::step]))
        write(folder / f"{prefix}-labels-idx1-ubyte.gz", idx.pack(SAMPLE.labels[::step]))
    return folder


@BOTH
def test_what_the_command_stores_is_what_it_measured(
    architecture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, stored = parallel.get_threads(), {}
    try:
        for name in ("a", "b"):
            out = tmp_path / name
            wish = ["--data", str(mnist_folder(tmp_path)), "--passes", "2", "--seed", "4", "--threads", "1"]
            assert main([*wish, "--architecture", architecture, "--out", str(out)]) == 0
            stored[name] = out
    finally:
        parallel.set_threads(before)
    lines = capsys.readouterr().out.splitlines()
    arrays, texts = weights.load(stored["a"])
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float16)}
    assert as_bytes(arrays) == as_bytes(weights.load(stored["b"])[0]), "the same seed gave other weights"
    test = Dataset(SAMPLE.images[::500], SAMPLE.labels[::500], "")
    assert float(texts["test_accuracy"]) == accuracy(load_classifier(stored["a"]), test)
    assert (texts["seed"], texts["passes"], texts["architecture"]) == ("4", "2", architecture)
    network = ARCHITECTURES[architecture](np.random.default_rng(0))
    assert {name: array.shape for name, array in arrays.items()} == {
        name: array.shape for name, array in network.parameters().items()
    }
    assert texts["data"] == f"20 digits of {tmp_path}"
    options = f"--data {tmp_path} --passes 2 --seed 4 --threads 1 --architecture {architecture} --out {tmp_path}/a"
    assert texts["command"] == f"python -m gan.classifier {options}"
    assert [line.split(":")[0] for line in lines[:2]] == ["pass 1 of 2", "pass 2 of 2"]
    assert lines[2].endswith(f"stored in {stored['a']}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--passes", "0"], "--passes: expected a whole number of at least 1, received 0"),
        (["--seed", "-1"], "--seed: expected a whole number from 0 to 4294967295, received -1"),
        (["--threads", "0"], "--threads: expected a whole number of at least 1, received 0"),
        (["--threads", "two"], "--threads: expected a whole number of at least 1, received two; auto leaves it to"),
        (["--architecture", "third"], "--architecture: invalid choice: 'third'"),
        (["--data", "nowhere"], "the folder nowhere does not exist"),
        (["--out", "."], "--out: expected a file, received the folder .; choose another name"),
    ],
)
def test_a_wrong_wish_gives_one_line_and_code_two(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(main, [*arguments, "--out", "x"], "gan.classifier", words, capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_or_foreign_file_is_an_input_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    for path, words in {
        tmp_path / "nowhere": "expected a weights file, found none",
        tmp_path / "text": "damaged or foreign",
        pretrained(3): "is of another network",
    }.items():
        with pytest.raises(InputError, match=r"python -m gan\.classifier --out .* makes one") as caught:
            load_classifier(path)
        assert str(path) in str(caught.value)
        assert words in str(caught.value)


def test_a_file_of_an_architecture_that_is_not_known_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "newer.safetensors"
    weights.save(path, UNTRAINED.parameters(), {"architecture": "third"})
    words = rf"{path}: expected the architecture first or second, received third; python -m gan\.classifier --out"
    with pytest.raises(InputError, match=words):
        load_classifier(path)


def test_a_file_of_one_architecture_that_says_it_is_the_other_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mistaken.safetensors"
    weights.save(path, UNTRAINED.parameters(), {"architecture": "second"})
    with pytest.raises(InputError, match="is of another network"):
        load_classifier(path)


@pytest.mark.parametrize("path", [CLASSIFIER, SECOND_CLASSIFIER], ids=lambda path: path.stem)
def test_a_shipped_one_says_how_it_was_made_and_reads_the_sample(path: Path) -> None:
    texts = weights.load(path)[1]
    assert texts["command"].startswith("python -m gan.classifier --data data/mnist ")
    assert f" --out {path.relative_to(ROOT)}" in texts["command"]
    assert float(texts["test_accuracy"]) >= 0.993
    assert path.stat().st_size < 1.2e6
    digits, confidence = classify(load_classifier(path), EVERY_10TH.images)
    assert (digits == EVERY_10TH.labels).mean() > 0.99
    assert (confidence >= SURE).mean() > 0.9


def test_the_two_that_ship_are_of_two_architectures_and_two_seeds() -> None:
    """The first is from before there was a second: its file does not say which architecture it holds."""
    first, second = (weights.load(path)[1] for path in (CLASSIFIER, SECOND_CLASSIFIER))
    assert (first.get("architecture"), second["architecture"]) == (None, "second")
    assert first["seed"] != second["seed"]


@pytest.mark.parametrize("module", ["gan.classifier", "numba"])
def test_the_writer_does_not_load_it(module: str) -> None:
    script = f"import sys, gan.write.__main__; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=60).returncode == 0


class Watched(FastAdam):
    """Adam that keeps the learning rates of its steps."""

    rates: ClassVar[list[float]] = []

    def step(self, learning_rate: float) -> None:
        self.rates.append(float(learning_rate))
        super().step(learning_rate)


def test_it_is_trained_on_distorted_images_at_a_rate_that_falls_along_half_a_cosine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[np.ndarray] = []
    given: list[np.ndarray] = []

    def distort(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        seen.append(images)
        given.append(distort_as_ever(images, rng))
        return given[-1]

    class Looking(Split):
        def forward(self, x: np.ndarray) -> tuple[np.ndarray, Saved]:
            assert x is given[-1], "it is shown something else than the distorted images"
            return super().forward(x)

    def looking(network: Layer) -> Looking:
        return Looking(twin(network))

    distort_as_ever = forms.distort
    for name, new in {"distort": distort, "FastAdam": Watched, "accelerate": looking, "BATCH": 10}.items():
        monkeypatch.setattr(training, name, new)
    Watched.rates.clear()
    data = Dataset(SAMPLE.images[:25], SAMPLE.labels[:25], "")
    training.train(data, 2, np.random.default_rng(2))
    expected = [training.LEARNING_RATE * np.cos(np.pi / 2 * k / 6) ** 2 for k in range(6)]  # two passes of 3 steps
    assert Watched.rates == pytest.approx(expected, rel=1e-12)
    assert [len(images) for images in seen] == [10, 10, 5, 10, 10, 5]
    for half in (seen[:3], seen[3:]):  # in each pass every image once, in another order
        assert sorted(image.tobytes() for image in np.concatenate(half)) == sorted(i.tobytes() for i in data.images)
    assert not np.array_equal(np.concatenate(seen[:3]), np.concatenate(seen[3:]))
    assert not np.array_equal(given[0], to_unit(seen[0]))


def test_what_is_returned_is_the_average_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the average every pass shows, and the network that learns is another."""
    made: list[Sequential] = []

    def watched(rng: np.random.Generator) -> Sequential:
        made.append(build_first(rng))
        return made[-1]

    monkeypatch.setitem(ARCHITECTURES, "first", watched)
    shown: list[object] = []
    data = Dataset(SAMPLE.images[:25], SAMPLE.labels[:25], "")
    trained = training.train(data, 2, np.random.default_rng(2), lambda done, network: shown.append(network))
    assert shown == [trained, trained]
    assert trained is not made[0]
    ours, theirs = trained.parameters(), made[0].parameters()
    assert all(not np.array_equal(ours[name], theirs[name]) for name in ours)
