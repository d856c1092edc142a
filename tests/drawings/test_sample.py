"""Drawing from a model file: reproducible digits, options, and wrong files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan import sample
from gan.base.errors import InputError
from gan.data import load
from gan.data.images_and_sheets import to_ink
from gan.drawings import load_and_draw
from gan.rules.latents import draw_latents, one_hot
from gan.runs.run import Run
from nnet import weights
from tests.helpers.commands import assert_refused
from tests.helpers.fake_worker import tiny
from tests.helpers.players import NOISE, saved_run
from tests.helpers.serving import create_drawing_run

pytestmark = pytest.mark.usefixtures("same_threads")
# what the command draws from, with the seed 0 and without labels
NORMAL = np.random.default_rng(0).standard_normal((6, 8), np.float32)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return saved_run(tiny(3), tmp_path_factory.mktemp("runs") / "digit-3", NOISE)[0]


def arguments(model: Path, count: int, out: Path, *options: str) -> list[str]:
    return ["--model", str(model), "-n", str(count), "-o", str(out), *options]


def drawn(run: Run, *options: str) -> np.ndarray:
    """Return six drawings that the command makes."""
    out = run.path / "drawn.npy"
    assert sample.main(arguments(run.generator, 6, out, *options)) == 0
    return np.load(out)


@pytest.mark.parametrize(
    "count",
    [0, 1, load_and_draw.BATCH, load_and_draw.BATCH + 1, 2 * load_and_draw.BATCH + 3],
)
def test_drawing_in_batches_equals_drawing_at_once(run: Run, count: int) -> None:
    generator, _ = load_and_draw.load_generator(run.generator)
    latents = np.random.default_rng(0).standard_normal((count, 8), np.float32)
    images = load_and_draw.draw(generator, latents)
    assert images.shape == (count, 28, 28)
    assert images.dtype.type == np.uint8
    at_once = to_ink(generator.forward(latents)[0])
    assert close(images, at_once)
    assert len(np.unique(images, axis=0)) == len(images)


def test_digits_depend_on_the_seed_only(run: Run) -> None:
    first = drawn(run, "--seed", "1")
    assert first.shape == (6, 28, 28)
    assert first.dtype.type == np.uint8
    assert np.array_equal(first, drawn(run, "--seed", "1"))
    assert not np.array_equal(first, drawn(run, "--seed", "2"))


def close(images: np.ndarray, others: np.ndarray) -> bool:
    """Return whether images differ by at most one grey level.

    BLAS sums in a different order for a different batch size.
    """
    return np.abs(images.astype(int) - others).max(initial=0) <= 1


def test_the_temperature_is_that_of_the_model_or_of_the_option(tmp_path: Path) -> None:
    run, trainer = saved_run(tiny(3, temperature=1.5), tmp_path / "run", NOISE)
    for options, temperature in ((), 1.5), (("--temperature", "0.5"), 0.5):
        expected = load_and_draw.draw(
            trainer.average.network, np.float32(temperature) * NORMAL
        )
        assert close(drawn(run, *options), expected)


def test_raw_leaves_out_the_finish(tmp_path: Path) -> None:
    run, trainer = saved_run(tiny(3, finish=True), tmp_path / "run", load())
    latents = draw_latents(run.config, 6, np.random.default_rng(0))
    shown, raw = (
        load_and_draw.draw(one, latents)
        for one in (trainer.drawing_network(), trainer.average.network)
    )
    assert close(drawn(run), shown)
    assert close(drawn(run, "--raw"), raw)
    assert not np.array_equal(shown, raw)


def test_a_model_with_labels_draws_the_requested_digit(tmp_path: Path) -> None:
    run, trainer = saved_run(tiny(None, labels=True), tmp_path / "run", load())
    for w in trainer.average.network.parameters().values():
        # Random weights make the drawings depend on the digit.
        w[...] = np.random.default_rng(w.size).standard_normal(w.shape)
    run.save(trainer)
    normal = np.float32(run.config.temperature) * NORMAL
    for digit in (0, 8):
        latents = np.concatenate([normal, one_hot(np.full(6, digit))], 1)
        expected = load_and_draw.draw(trainer.average.network, latents)
        assert close(drawn(run, "--digit", str(digit)), expected)
    assert not np.array_equal(drawn(run, "--digit", "0"), drawn(run, "--digit", "8"))
    assert np.array_equal(drawn(run), drawn(run, "--digit", "any"))


def test_a_label_is_drawn_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tiny(None, names=("A", "B", "C"), labels=True)
    model = create_drawing_run(tmp_path / "abc", config).generator
    options = arguments(model, 3, tmp_path / "b.npy")
    assert sample.main([*options, "--digit", "B"]) == 0
    assert capsys.readouterr().out.endswith("b.npy: 3 drawings\n")
    generator, _ = load_and_draw.load_generator(model)
    expected = load_and_draw.draw_random(
        generator, config, 3, np.random.default_rng(0), 1
    )
    assert close(np.load(tmp_path / "b.npy"), expected)
    assert_refused(
        sample.main,
        [*options, "--digit", "D"],
        "gan.sample",
        "expected A, B, C or any, received D",
        capsys,
    )


def test_a_sheet_is_saved_as_png(run: Run, tmp_path: Path) -> None:
    assert sample.main(arguments(run.generator, 9, tmp_path / "sheet.png")) == 0
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size == (92, 92)


def test_a_digit_the_model_lacks_is_refused(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn(run, "--digit", "3")
    capsys.readouterr()
    four = arguments(run.generator, 6, run.path / "drawn.npy", "--digit", "4")
    message = "--digit: expected a model that can draw 4, received one of digit-3"
    assert_refused(sample.main, four, "gan.sample", message, capsys)


def test_wrong_model_files_are_refused_by_name(run: Run, tmp_path: Path) -> None:
    arrays, texts = weights.load(run.generator)
    other = texts | {"config": tiny(3, channels=(4, 9)).to_json()}
    for name, content in (
        ("no-config", {}),
        ("bad-config", {"config": "{}"}),
        ("other", other),
    ):
        weights.save(tmp_path / name, arrays, content)
    (tmp_path / "cut").write_bytes(run.generator.read_bytes()[:-9])
    for path, message in {
        tmp_path / "nowhere": "expected a weights file, found none",
        tmp_path / "cut": "damaged or foreign",
        tmp_path / "no-config": "found other weights; name a generator",
        tmp_path / "bad-config": "is not the configuration of a run",
        tmp_path / "other": "belongs to another network",
        run.checkpoint: "found other weights; name a generator",
    }.items():
        with pytest.raises(InputError) as caught:
            load_and_draw.load_generator(path)
        assert str(path) in str(caught.value)
        assert message in str(caught.value)
