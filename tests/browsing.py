"""Help for tests of the pages in a real browser."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from gan.pictures import in_base64

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

SECONDS = 1000  # Playwright counts in milliseconds
FULL = pytest.mark.full
PATIENCE = 120 * SECONDS  # only a hang takes so long: a fresh machine compiles the kernels first, others are busy


@contextmanager
def looking_at(browser: "Browser", address: str, **more: Any) -> Iterator["Page"]:
    """A page, with nothing training, that must end without a complaint on the console. `more` is for its context."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}, **more)
    context.request.post("/api/runs/all-digits/open")
    context.request.post("/api/runs/all-digits/pause")
    page = context.new_page()
    complaints: list[str] = []  # errors of scripts, failed requests and what the content security policy forbids

    def note(message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.text} ({message.location['url']})")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()
    assert not complaints, complaints


@contextmanager
def wait_until_mounted() -> Iterator[None]:
    """Within this block every page that is opened or reloaded has its script mounted before the test goes on.

    A person takes longer than that to find a button; a test presses at once, and the press would be lost. Who asks for
    wait_until="commit" looks before.
    """
    from playwright.sync_api import Page, expect

    def then_mounted(opens: Callable[..., Any]) -> Callable[..., Any]:
        def opened(page: Page, *arguments: Any, **more: Any) -> Any:
            answer = opens(page, *arguments, **more)
            if more.get("wait_until") != "commit":
                expect(page.locator("main[data-page]:not([data-mounted])")).to_have_count(0, timeout=PATIENCE)
            return answer

        return opened

    with pytest.MonkeyPatch.context() as patch:
        for name in ("goto", "reload"):
            patch.setattr(Page, name, then_mounted(getattr(Page, name)))
        yield


def stop_clock(page: "Page") -> None:
    """Stop the clock of a page that is not opened yet: its timers wait until the test moves the clock.

    The page still draws: `requestAnimationFrame` stays the browser's own.
    """
    page.context.add_init_script("window.ownFrame = window.requestAnimationFrame.bind(window)")
    page.clock.install(time=0)
    page.clock.pause_at(SECONDS)
    page.add_init_script("window.requestAnimationFrame = window.ownFrame")


def sheet_event(iteration: int, reading: Any = None) -> str:
    """Return what the server tells of a sheet of the run all-digits. Each iteration has a picture of its own."""
    png = in_base64(Image.new("L", (242, 242), iteration % 256))
    event = {"type": "sheet", "run": "all-digits", "iteration": iteration, "png": png, "reading": reading}
    return json.dumps(event)


def forward_until(page: "Page", condition: Callable[[], bool], step: int) -> None:
    """Move the page's clock in steps of so many milliseconds until the condition holds. The clock must be installed."""
    deadline = time.monotonic() + PATIENCE / SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the page's clock went on, and nothing happened"
        page.clock.fast_forward(step)
        page.wait_for_timeout(10)  # Playwright handles requests meanwhile


def unfold(page: "Page", name: str = "Numbers and controls") -> None:
    """Open a fold, if it is not open."""
    summary = page.locator("details > summary", has_text=name)
    if summary.locator("..").get_attribute("open") is None:
        summary.click()


def says(page: "Page", name: str, pattern: str) -> None:
    """Wait until the part of that name says something."""
    from playwright.sync_api import expect

    expect(page.locator(f'[data-show="{name}"]')).to_have_text(re.compile(pattern))


def written(page: "Page", number: str) -> "Locator":
    """Wait until that number, a pattern, is shown in handwriting."""
    from playwright.sync_api import expect

    picture = page.locator('[data-show="picture"]')
    expect(picture).to_have_attribute("alt", re.compile(f"^{number} in handwriting$"))
    assert picture.evaluate("image => image.naturalWidth") > 50
    return picture
