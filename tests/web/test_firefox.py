"""The site in Firefox, where that is installed."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.browsing import FULL
from tests.helpers.firefox import Firefox, start_firefox
from tests.web.test_site import address, folder

__all__ = ["address", "folder"]  # fixtures: a small site
pytestmark = FULL
NAMES = ("firefox-esr", "firefox")
LOCK = '[data-do="lock"]'


@pytest.fixture
async def firefox(tmp_path: Path) -> AsyncIterator[Firefox]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(
            f"no Firefox found (looked for {', '.join(NAMES)}): install one to run "
            "these tests"
        )
    async with start_firefox(program, tmp_path) as firefox:
        yield firefox
    assert firefox.problems == []


async def test_firefox_trains_moves_the_lock_and_takes_a_stroke(
    firefox: Firefox, address: str
) -> None:
    await firefox.open(f"{address}/index.html")
    await firefox.shows("status", "^Press Fun")
    await firefox.press('[data-do="fun"]')
    await firefox.shows("caption", "^Iteration [1-9]")
    await firefox.until(
        "document.querySelector('[data-show=picture]').naturalWidth > 50"
    )
    await firefox.press('[data-do="fun"]')
    await firefox.shows("status", "^Stopped at iteration")
    for verb in ("Unlock", "Lock"):
        await firefox.until(
            f"document.querySelector('{LOCK}').ariaLabel === '{verb} the judge'"
        )
        await firefox.press(LOCK)
    await firefox.until(
        f"document.querySelector('{LOCK}').ariaLabel === 'Unlock the judge'"
    )
    await firefox.press('[data-do="draw"]')
    await firefox.drag(".drawing canvas", [(-60, -50), (50, -40), (0, 60)])
    await firefox.press('.drawing [data-do="next"]')
    await firefox.until(
        "document.querySelectorAll('.drawing .drawings canvas').length === 1"
    )


async def test_firefox_writes_and_takes_an_answer(
    firefox: Firefox, address: str
) -> None:
    await firefox.open(f"{address}/write.html?number=42")
    await firefox.until(
        "document.querySelector('[alt=\"42 in handwriting\"]')?.naturalWidth > 50"
    )
    await firefox.open(f"{address}/guess.html")
    await firefox.shows("place", "^Pair 1 of 10")
    await firefox.press('button[value="left"]')
    await firefox.shows("said", ".")
