"""tools/make_lock_gif.py: the animation in which the judge's lock opens and shuts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from gan.data.images_and_sheets import sheet
from gan.rules.config import Config
from tests.helpers.fake_worker import tiny
from tools import make_lock_gif
from tools.make_lock_gif import DRAWN, STRIP, main


def test_the_lock_opens_and_shuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[Config]()

    def preset_for(data: Any, digit: int | None, network: str, **changes: Any) -> Config:
        made.append(tiny(digit, labels=True, **changes))
        return made[-1]

    monkeypatch.setattr(make_lock_gif, "preset_for", preset_for)
    monkeypatch.setattr(make_lock_gif, "OPENED", 3)
    monkeypatch.setattr(make_lock_gif, "SHUT", 5)
    monkeypatch.setattr(make_lock_gif, "LAST", 7)
    path = tmp_path / "lock.gif"
    monkeypatch.setattr(make_lock_gif, "OUTPUT", path)
    assert main([]) == 0
    before = path.read_bytes()
    assert main([]) == 0
    assert path.read_bytes() == before
    assert [config.freeze_switches for config in made] == [(3, 5)] * 2
    with Image.open(path) as gif:
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(gif)]
    strips = [frame[-STRIP:] for frame in frames]
    dark = [bool(strip.mean() < 128) for strip in strips]
    assert dark == [False] * 3 + [True] * 2 + [False] * 3, "one frame for each iteration; dark while the lock is open"
    side = sheet(np.zeros((DRAWN, 28, 28), np.uint8), make_lock_gif.COLUMNS).height * make_lock_gif.ZOOM
    assert frames[0].shape[0] == side + STRIP


def test_the_bundled_animation_is_small() -> None:
    assert (Path(__file__).parents[2] / "docs" / "lock.gif").stat().st_size <= 400_000
