"""The pages of the server and of the site in Firefox and in WebKitGTK, where those are
installed.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gan.pretrained import RECORDED
from gan.web.app import all_pages
from gan.web.site.__main__ import PAGES
from tests.helpers.browser_tab import SIZE, Tab
from tests.helpers.firefox import start_firefox
from tests.helpers.serving import serving_writer
from tests.helpers.webkit import start_webkit
from tests.web.test_site import address, folder

__all__ = ["address", "folder"]  # fixtures: a small site
pytestmark = pytest.mark.nightly
BROWSERS = {
    "Firefox": (start_firefox, ("firefox-esr", "firefox"), ()),
    "WebKitGTK": (start_webkit, ("WebKitWebDriver",), ("Xvfb",)),
}
FUN = "[data-do=fun]"
LOCK = "[data-do=lock]"
STEP = "[data-do=step]"
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
WIDTHS = """(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth, innerWidth])(
  document.documentElement)"""
# Whether each choice of a look is one row.
ROWS = """[...document.querySelectorAll('.writer fieldset')].every(one =>
  one.offsetHeight < 2 * one.querySelector('label').offsetHeight)"""
Pages = dict[str, str]  # the address of each page, by its path on the server


@pytest.fixture(params=BROWSERS)
async def tab(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Tab]:
    start, names, needed = BROWSERS[request.param]
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None or not all(map(shutil.which, needed)):
        expected = ", ".join([" or ".join(names), *needed])
        pytest.skip(f"no {request.param} found: to run these tests, install {expected}")
    async with start(program, tmp_path) as tab:
        yield tab
        problems = await tab.problems()
    assert problems == []


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    runs = tmp_path_factory.mktemp("runs")
    with serving_writer(runs, [f"--recorded={RECORDED}"]) as address:
        yield {path: address + path for path in all_pages()}


@pytest.fixture
def site(address: str) -> Pages:
    return {path: f"{address}/{name}" for path, (name, _) in PAGES.items()}


@pytest.fixture(params=["server", "site"])
def pages(request: pytest.FixtureRequest) -> Pages:
    pages: Pages = request.getfixturevalue(request.param)
    return pages


async def test_every_page_fits_a_tablet(pages: Pages, tab: Tab) -> None:
    for path, page in pages.items():
        await tab.open(page)
        for script in ("0", UNFOLD):
            await tab.evaluate(script)
            content, window, tablet = await tab.evaluate(WIDTHS)
            assert content == window, path  # without a scroll bar
            assert tablet == SIZE[0]


async def test_a_run_trains_takes_turns_and_survives_a_reload(
    pages: Pages, tab: Tab
) -> None:
    await tab.open(pages["/"])
    await tab.shows("status", "^Press Fun")
    await tab.press(FUN)
    await tab.shows("caption", "^Iteration [1-9]")
    await tab.until("document.querySelector('[data-show=picture]').naturalWidth > 50")
    await tab.press(FUN)
    await tab.shows("status", "^Stopped at iteration")
    for verb in ("Lock", "Unlock"):
        await tab.press(LOCK)
        await tab.shows("lock", f"^{verb}$", "do")
    for said in ("Judge’s turn", "Artist’s turn", "The artist and its"):
        await tab.press(STEP)
        await tab.shows("turn", said, "game")
    status = await tab.evaluate(
        "document.querySelector('[data-show=status]').innerText"
    )
    assert status.startswith("Stopped at iteration")
    await tab.open(pages["/"])
    await tab.shows("status", f"^{status}$")


async def test_ten_drawings_of_yours_are_learned_and_survive_a_reload(
    pages: Pages, tab: Tab
) -> None:
    await tab.open(pages["/"])
    await tab.press("[data-do=draw]")
    for number in range(10):
        await tab.drag(
            ".drawing canvas", [(-60, -50 + number), (50, -40), (10 * number, 60)]
        )
        await tab.press(".drawing [data-do=next]")
    await tab.until(
        "document.querySelectorAll('.drawing .drawings canvas').length === 10"
    )
    await tab.press("[data-do=learn]")
    await tab.shows("caption", "^Iteration [1-9]")
    await tab.shows("data", "^10 (drawings|pictures) of yours")
    await tab.press(FUN)
    await tab.shows("status", "^Stopped at iteration")
    await tab.open(pages["/"])
    await tab.shows("data", "^10 (drawings|pictures) of yours")
    await tab.shows("status", "^Stopped at iteration")


async def test_a_number_is_written_and_saved(pages: Pages, tab: Tab) -> None:
    await tab.open(f"{pages['/write']}?number=42")
    await tab.until(
        "document.querySelector('[alt=\"42 in handwriting\"]')?.naturalWidth > 50"
    )
    png = await tab.save("[data-download=png]", "42.png")
    assert png.startswith(b"\x89PNG")
    await tab.evaluate(UNFOLD)
    await tab.until(ROWS)
    svg = await tab.save("[data-download=svg]", "42.svg")
    assert svg.startswith(b"<svg ")


async def test_pages_play_and_answer(pages: Pages, tab: Tab) -> None:
    await tab.open(f"{pages['/slideshow']}?run=recorded")
    await tab.press("[data-do=play]")
    await tab.shows("label", "^Iteration [1-9]")
    await tab.open(pages["/learn"])
    await tab.press(STEP)
    await tab.shows("turn", "Nobody has learned", "game")
    await tab.open(pages["/guess"])
    await tab.shows("place", "^Pair 1 of 10")
    await tab.press('button[value="left"]')
    await tab.shows("said", ".")


async def test_the_server_saves_a_film(server: Pages, tab: Tab) -> None:
    await tab.open(f"{server['/slideshow']}?run=recorded")
    await tab.until("document.querySelector('[data-show=gif]').href.includes('/api/')")
    await tab.evaluate(UNFOLD)
    film = await tab.save("[data-show=gif]", "recorded.gif")
    assert film.startswith(b"GIF89a")
