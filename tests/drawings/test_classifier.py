"""The classifier: its decisions, training and files."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.base.errors import InputError
from gan.data import Dataset
from gan.data.distortions import distort
from gan.data.images_and_sheets import to_unit
from gan.drawings import classifier
from gan.drawings.classifier import (
    ARCHITECTURES,
    build_first,
    load_classifier,
    main,
)
from gan.drawings.load_and_draw import pretrained
from gan.drawings.recognition import SURE
from nnet import weights
from nnet.fast.accelerate import accelerate
from nnet.fast.optimizers import FastAdam, RunningAverage
from nnet.softmax_loss import softmax_cross_entropy
from tests.helpers.digits import SAMPLE
from tests.helpers.strategies import as_bytes, threads

ROOT = Path(__file__).resolve().parents[2]
EVERY_10TH = Dataset(SAMPLE.images[::10], SAMPLE.labels[::10], "every tenth")
EVERY_250TH = Dataset(SAMPLE.images[125::250], SAMPLE.labels[125::250], "20 digits")
BOTH = pytest.mark.parametrize("architecture", ARCHITECTURES)
UNTRAINED = build_first(np.random.default_rng(1))


@BOTH
@pytest.mark.parametrize("count", [0, 1, 7, 16])
def test_portions_equal_the_whole_batch(
    count: int, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifier, "PORTION", 7)
    images = SAMPLE.images[:count]
    network = ARCHITECTURES[architecture](np.random.default_rng(1))
    with threads(2):
        features, logits = classifier.features_and_logits(network, images)
    y, saved = network.forward(to_unit(images))
    assert features.shape == (count, 64)
    assert logits.shape == (count, 10)
    np.testing.assert_allclose(logits, y, atol=1e-4)
    np.testing.assert_allclose(features, saved.parts[-1].x, atol=1e-4)


@given(
    st.lists(
        st.lists(st.floats(-200, 200, width=32), min_size=10, max_size=10),
        min_size=1,
        max_size=4,
    )
)
def test_decide_takes_the_largest_softmax(rows: list[list[float]]) -> None:
    logits = np.array(rows, np.float32)
    digits, confidence = classifier.decide(logits)
    for row, digit, value in zip(rows, digits, confidence, strict=True):
        shares = np.exp(np.array(row) - max(row))
        assert row[digit] == max(row)
        assert value == pytest.approx(shares.max() / shares.sum(), rel=1e-5)
        assert 0.1 - 1e-6 <= value <= 1


@BOTH
@pytest.mark.usefixtures("same_threads")
def test_the_stored_accuracy_is_measured(
    architecture: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    test = Dataset(SAMPLE.images[250::500], SAMPLE.labels[250::500], "")
    monkeypatch.setattr(classifier, "load", lambda: EVERY_250TH)
    monkeypatch.setattr(classifier, "load_test", lambda: test)
    monkeypatch.setattr(classifier, "PASSES", 2)
    stored = {name: tmp_path / name for name in ("a", "b")}
    for out in stored.values():
        arguments = ["--seed", "4", "--architecture", architecture, "--out", str(out)]
        assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    arrays, texts = weights.load(stored["a"])
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float16)}
    assert as_bytes(arrays) == as_bytes(weights.load(stored["b"])[0]), (
        "the same seed gave other weights"
    )
    digits, _ = classifier.classify(load_classifier(stored["a"]), test.images)
    assert float(texts["test_accuracy"]) == (digits == test.labels).mean() > 0
    assert texts["seed"] == "4"
    assert texts["architecture"] == architecture
    assert texts["data"] == "20 digits"
    options = f"--seed 4 --architecture {architecture} --out"
    command = f"python -m gan.drawings.classifier {options}".split()
    assert shlex.split(texts["command"]) == [*command, str(stored["a"])]
    assert [line.split(":")[0] for line in lines[:2]] == ["pass 1 of 2", "pass 2 of 2"]
    assert lines[2].endswith(f"stored in {stored['a']}")


def test_files_without_a_suitable_classifier_are_refused_with_a_remedy(
    tmp_path: Path,
) -> None:
    for architecture in ("second", "third"):  # the weights are those of the first
        weights.save(
            tmp_path / architecture,
            UNTRAINED.parameters(),
            {"architecture": architecture},
        )
    for path, message in {
        tmp_path / "nowhere": "expected a weights file, found none",
        pretrained(3): "expected the architecture first or second, received None",
        tmp_path / "second": "belongs to another network",
        tmp_path / "third": "expected the architecture first or second, received third",
    }.items():
        with pytest.raises(
            InputError, match=r"python -m gan\.drawings\.classifier --out .* makes one"
        ) as caught:
            load_classifier(path)
        assert str(path) in str(caught.value)
        assert message in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [classifier.CLASSIFIER, classifier.SECOND_CLASSIFIER],
    ids=lambda path: path.stem,
)
def test_shipped_classifiers_name_their_command_and_recognize_the_sample(
    path: Path,
) -> None:
    texts = weights.load(path)[1]
    assert texts["command"].startswith("python -m gan.classifier --data data/mnist ")
    assert f" --out {path.relative_to(ROOT).as_posix()}" in texts["command"]
    assert float(texts["test_accuracy"]) >= 0.993
    assert path.stat().st_size < 1.2e6
    digits, confidence = classifier.classify(load_classifier(path), EVERY_10TH.images)
    assert (digits == EVERY_10TH.labels).mean() > 0.99
    assert (confidence >= SURE).mean() > 0.9


def test_training_equals_its_steps_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "BATCH", 10)
    data = Dataset(SAMPLE.images[:25], SAMPLE.labels[:25], "")
    first, trained = classifier.train(data, 2, np.random.default_rng(2))
    assert first is trained
    rng = np.random.default_rng(2)
    network = build_first(rng)
    fast = accelerate(network)
    average = RunningAverage(network)
    adam = FastAdam(fast)
    order = np.arange(0)
    for step in range(6):
        # every pass uses each image once, in a new order: 10, 10 and 5
        order = rng.permutation(25) if step % 3 == 0 else order
        batch = order[step % 3 * 10 :][:10]
        fast.zero_grads()
        logits, saved = fast.forward(distort(data.images[batch], rng))
        fast.backward(
            softmax_cross_entropy(logits, data.labels[batch])[1], saved, need_dx=False
        )
        adam.step(1e-3 * np.cos(np.pi / 2 * step / 6) ** 2)
        average.update(step + 1)
    for name, w in average.network.parameters().items():
        np.testing.assert_allclose(
            trained.parameters()[name], w, atol=1e-6, err_msg=name
        )
        assert not np.array_equal(w, network.parameters()[name])
