"""gan/runs/feature_maps.py: the maps show the running networks, and the scale compares digits of one class."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from gan.rules.config import Config
from gan.runs import feature_maps as module
from gan.runs.feature_maps import RecordedDiagram, ShownMaps, feature_maps, in_grey, most_varying
from gan.runs.run_writer import create
from nnet.fast.accelerate import accelerate
from nnet.sequential import Sequential
from tests.helpers.fake_worker import tiny
from tests.helpers.players import everything, trained

CONFIGS: dict[str, Config] = {
    "one digit": tiny(3),
    "all digits, labelled": tiny(None, labels=True),
    "not frozen": tiny(3, freeze=False),
    "finish": tiny(3, output="clipped", finish=True, channels=(1, 2)),
    "no dense layers": tiny(3, hidden_generator=(), hidden_discriminator=0),
}
# The columns of the picture: left edge, width and height.
G7, G14, D14, D7 = (0, 7, 21), (7, 14, 42), (21, 14, 42), (35, 7, 21)


def column(picture: np.ndarray, place: tuple[int, int, int]) -> np.ndarray:
    left, width, height = place
    return picture[:height, left : left + width]


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_every_map_has_its_place_and_training_does_not_change(config: Config) -> None:
    trainer = trained(config, 2)
    before = everything(trainer)
    drawings = trainer.draw()
    picture = ShownMaps().picture(trainer, drawings, 5)
    assert everything(trainer) == before
    assert picture.shape == (42, 42)
    maps_of_both = feature_maps(accelerate(trainer.average.network, "im2col"), trainer.picture_latents)
    maps_of_both += feature_maps(trainer.players.discriminator, drawings.output)
    for maps, place in zip(maps_of_both, (G7, G14, D14, D7), strict=True):
        variances = [sum(np.var(maps[..., channel], axis=0).ravel().tolist()) for channel in range(maps.shape[-1])]
        most = sorted(sorted(range(len(variances)), key=lambda channel: -variances[channel])[:3])
        expected = np.concatenate([in_grey(maps[5:6, ..., channel])[0] for channel in most])
        assert np.array_equal(column(picture, place)[: len(expected)], expected)
        assert (column(picture, place)[len(expected) :] == 255).all(), "a network may have fewer channels"


def test_maps_equal_those_of_plain_layers() -> None:
    network = tiny(3).build_generator(np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((1, 8)).astype(np.float32)
    *_, G7_maps = [Sequential(*network.layers[:count]).forward(x)[0] for count in (1, 2, 3)]
    G14_maps, _ = network.layers[3].forward(G7_maps)
    found = feature_maps(network, x)
    for maps, expected in zip(found, (G7_maps, G14_maps), strict=True):
        np.testing.assert_allclose(maps, expected, rtol=1e-5)


def test_the_same_channels_are_shown_while_they_vary_nearly_as_much() -> None:
    maps = np.zeros((4, 2, 2, 5), np.float32)
    maps[::2, 1, 1] = [5, 1, 6, np.inf, 4]  # the variance is a quarter of the square
    before = most_varying(maps)
    assert before.tolist() == [0, 2, 4]
    maps[::2, 1, 1, 1] = 7  # 49 + 36 + 25 = 110; 25 + 36 + 16 = 77
    assert most_varying(maps, before) is before
    maps[::2, 1, 1, 1] = 7.1
    assert most_varying(maps, before).tolist() == [0, 1, 2]
    assert most_varying(np.ones((4, 2, 2, 2), np.float32), None).tolist() == [0, 1]


def test_grey_levels() -> None:
    maps = np.array([[[0.0, 2.0], [-1.0, np.nan]], [[1.0, 10.0], [5.0, np.inf]]])
    assert in_grey(maps).tolist() == [[[255, 0], [255, 255]], [[230, 0], [128, 255]]]
    assert in_grey(np.full((1, 2, 2), -1.0)).tolist() == [[[255, 255], [255, 255]]]


def test_the_scale_has_its_zero_at_the_median_real_digit_of_the_class() -> None:
    digits = np.array([3, 3, 3, 8, 8, 8])
    verdicts = np.array([1.0, 2, np.nan, 50, 60, -np.inf]), np.array([0.0, 1, 5, 40, 50.004, 70])
    assert module.scale(verdicts, digits) == {
        "drawn": [0.0, 1.0, None, 0.0, 10.0, None],
        "real": [-1.0, 0.0, 4.0, -10.0, 0.0, 20.0],
    }
    assert module.scale(verdicts, None)["real"] == [-22.5, -21.5, -17.5, 17.5, 27.5, 47.5]


def test_a_damaged_diagram_counts_as_missing(tmp_path: Path) -> None:
    run, png = create(tmp_path / "run", tiny(None)), base64.b64encode(b"\x89PNG").decode()
    diagram = RecordedDiagram({"drawn": [1.0, None], "real": [0]}, 3, png)
    assert module.read_diagram(run, 7) is None
    module.write_diagram(run, 7, diagram)
    assert module.read_diagram(run, 7) == diagram
    whole = vars(diagram)
    for damaged in (
        b"[]", b"{", b"\xff", json.dumps(whole | {"drawing": "3"}).encode(), json.dumps(whole | {"more": 1}).encode(),
        json.dumps(whole | {"maps": "no PNG"}).encode(), json.dumps(whole | {"scale": {"drawn": []}}).encode(),
        json.dumps(whole | {"scale": {"drawn": ["1"], "real": []}}).encode(),
        b" " * 30_000 + json.dumps(whole).encode(),
    ):  # fmt: skip
        module.diagram_path(run, 7).write_bytes(damaged)
        assert module.read_diagram(run, 7) is None
