"""static/js/pages/train.js in a real browser: the sheets of a training run arrive over the WebSocket.

These tests send the sheets themselves; tests/pages/test_pages.py uses real training.
"""

import json
import re
from typing import TYPE_CHECKING, Any

from gan.drawings.recognition import Reading
from gan.runs.evaluation import Diagnosis, Evaluation
from tests.helpers.browsing import event_sockets, expect, expect_text, open_page, sheet_event, unfold
from tests.helpers.fake_worker import tiny

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SHEET = re.compile("^data:image/png;base64,")
CALM = 2000  # milliseconds between pictures, as in static/js/pages/train.js


def evaluation(recognized: int, ailment: Diagnosis | None = None) -> Any:
    """Return the evaluation of a sheet with this many of its 64 drawings recognized."""
    confidence = (1.0,) * recognized + (0.1,) * (64 - recognized)
    reading = Reading(tuple(drawing % 10 for drawing in range(64)), confidence)
    return Evaluation(reading, (True,) * 64, 35, ailment).fields(tiny(None, labels=True))


def picture(page: "Page") -> "Locator":
    return page.locator('[data-show="picture"]')


def test_sheets_are_shown_without_requests_and_start_over_removes_them(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True) as page:
        sockets = event_sockets(page)
        page.request.post(f"{hosted}/api/runs/all-digits/reset")
        page.goto("/")
        expect_text(page, "status", "Press Fun")
        page.get_by_role("button", name="Fun").click()
        expect_text(page, "status", "Training. Press Stop to pause")
        expect(picture(page)).to_have_attribute("src", re.compile(r"/20\.png"))  # after the caption
        expect_text(page, "caption", "^Iteration 20$")
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        for iteration in (21, 22):
            sockets[0].send(sheet_event(iteration, evaluation(12, "blank")))
            expect_text(page, "caption", f"^Iteration {iteration}$")
        expect(picture(page)).to_have_attribute("src", SHEET)
        expect_text(page, "read", "^Recognized: 12 of 64$")
        expect_text(page, "legend", "^Recognized: a third network, the classifier, is at least 90 % sure")
        expect_text(page, "preference", "^35 of 64$")
        expect_text(page, "diagnosis", r"^The (artist|judge) .*\.$")
        assert page.locator(".labels text").count() == 0  # labels do not help when so few are recognized
        expect(page.locator('[data-do="labels"]')).to_be_hidden()
        assert [url for url in requests if "/images/" in url] == []

        unfold(page)
        page.get_by_role("button", name="Start over").click()
        page.get_by_role("dialog").get_by_role("button", name="Start over").click()
        expect_text(page, "status", "Press Fun")
        expect_text(page, "caption", "Iteration 0, untrained")
        for part in ("read", "after", "diagnosis"):
            expect_text(page, part, "^$")


def test_with_reduced_motion_the_picture_changes_every_two_seconds(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True, reduced_motion=True) as page:
        sockets = event_sockets(page)

        def send_sheet(iteration: int) -> None:
            sockets[0].send(sheet_event(iteration))
            expect_text(page, "iteration", f"^{iteration}$")

        page.request.post(f"{hosted}/api/runs/all-digits/reset")
        page.goto("/")
        expect_text(page, "status", "Press Fun")
        unfold(page)
        state = {"type": "state", "run": "all-digits", "target": None}
        sockets[0].send(json.dumps(state | {"state": "training", "iteration": 100}))
        expect_text(page, "status", "Training. Press Stop to pause")
        send_sheet(101)
        page.clock.fast_forward(CALM)
        send_sheet(102)
        expect_text(page, "caption", "^Iteration 102$")
        send_sheet(103)
        send_sheet(104)
        expect_text(page, "caption", "^Iteration 102$")  # too soon for another picture
        page.clock.fast_forward(CALM)
        send_sheet(105)
        expect_text(page, "caption", "^Iteration 105$")
        send_sheet(106)
        sockets[0].send(json.dumps(state | {"state": "idle", "iteration": 106}))
        expect_text(page, "caption", "^Iteration 106$")


def test_a_network_is_offered_for_writing_once_its_digits_are_recognized(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True) as page:
        sockets = event_sockets(page)

        def send_sheet(iteration: int, recognized: int) -> None:
            sockets[0].send(sheet_event(iteration, evaluation(recognized)))
            expect_text(page, "read", f"^Recognized: {recognized} of 64$")

        page.request.post(f"{hosted}/api/runs/all-digits/reset")
        page.goto("/")
        expect_text(page, "status", "Press Fun")
        own = page.get_by_role("link", name="Write with your network")
        send_sheet(100, 57)  # fewer than nine in ten
        expect(own).to_be_hidden()
        send_sheet(101, 58)
        expect(own).to_have_attribute("href", "/write?run=all-digits")
        send_sheet(102, 30)
        expect(own).to_be_visible()  # it stays for a moment, to avoid flicker
        send_sheet(103, 0)
        expect(own).to_be_hidden()
