"""A run that is watched, in a real browser: its sheets come over the socket, to every page that looks."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browsing import looking_at, says, sheet_event, unfold

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, WebSocketRoute

WATCHED = re.compile("^data:image/png;base64,")


CALM = 2000  # milliseconds between two pictures, of static/js/pages/train.js


@pytest.fixture
def page(browser: "Browser", served: str) -> Iterator["Page"]:
    with looking_at(browser, served) as page:
        yield page


def picture(page: "Page") -> "Locator":
    return page.locator('[data-show="picture"]')


def is_watched(page: "Page") -> None:
    """Wait until the picture is a sheet that came over the socket."""
    from playwright.sync_api import expect

    expect(picture(page)).to_have_attribute("src", WATCHED)


def changes(page: "Page") -> None:
    """Wait until the picture is another one."""
    from playwright.sync_api import expect

    expect(picture(page)).not_to_have_attribute("src", picture(page).get_attribute("src") or "")


def start(page: "Page") -> None:
    page.goto("/")
    says(page, "status", "Press Fun|Stopped")
    page.get_by_role("button", name="Fun").click()
    says(page, "status", "Training. Press Stop")  # a stop that comes now comes after the start
    is_watched(page)


def stop(page: "Page") -> None:
    page.get_by_role("button", name="Stop").click()
    says(page, "status", "Stopped at iteration")


def test_while_it_trains_nothing_is_fetched_and_the_sheet_is_counted(page: "Page") -> None:
    start(page)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    says(page, "read", r"^Recognized.*: \d+ of 64$")
    says(page, "legend", r"^Recognized: the classifier .* close to a real one\.$")
    changes(page)
    assert [url for url in fetched if "/images/" in url] == []
    says(page, "preference", r"^\d+ of 64$")
    assert page.locator(".labels text").count() == 0  # too little is read for labels to help
    stop(page)


def test_what_ails_the_run_is_said(page: "Page") -> None:
    def ill(socket: "WebSocketRoute") -> None:
        def pass_on(message: str | bytes) -> None:
            socket.send(str(message).replace('"ailment": null', '"ailment": "blank"'))

        socket.connect_to_server().on_message(pass_on)

    page.route_web_socket("**/api/events?watch=1", ill)
    start(page)
    says(page, "diagnosis", r"^The (artist|judge) .*\.$")
    stop(page)


def test_a_stop_is_shown_and_a_page_that_comes_later_sees_the_same(page: "Page") -> None:
    start(page)
    stop(page)
    stopped = page.locator('[data-show="iteration"]').text_content()
    says(page, "caption", f"^Iteration {stopped}$")
    read = page.locator('[data-show="read"]').text_content()
    page.reload()
    says(page, "caption", f"^Iteration {stopped}$")
    says(page, "read", f"^{read}$")
    is_watched(page)  # the last sheet


def test_several_pages_watch_and_the_slideshow_does_not(page: "Page", browser: "Browser", served: str) -> None:
    start(page)
    with looking_at(browser, served) as other:  # which stops it
        says(page, "status", "Stopped at iteration")
        start(other)
        for each in (page, other):
            changes(each)
        with page.expect_websocket(lambda socket: "/api/events" in socket.url) as listening:
            page.goto("/static/images")
        assert listening.value.url.endswith("/api/events")
        says(page, "place", r"picture \d+ of [1-9]\d+")
        stop(other)


def test_after_reset_the_untrained_picture_is_shown(page: "Page") -> None:
    start(page)
    unfold(page)
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    says(page, "status", "Press Fun")
    says(page, "caption", "Iteration 0, untrained")
    says(page, "read", "^$")
    says(page, "after", "^$")


def test_who_wants_no_motion_sees_a_picture_now_and_then(browser: "Browser", hosted: str) -> None:
    """The test is the server: it sends sheets over the socket, and moves the clock of the page."""
    sockets: list[WebSocketRoute] = []

    def sheet(page: "Page", iteration: int) -> None:
        """Send a sheet and wait until its iteration is shown among the numbers."""
        sockets[0].send(sheet_event(iteration))
        says(page, "iteration", f"^{iteration}$")

    def hear(socket: "WebSocketRoute") -> None:
        sockets.append(socket)
        socket.connect_to_server()

    with looking_at(browser, hosted, reduced_motion="reduce") as page:
        page.route_web_socket("**/api/events?watch=1", hear)
        page.add_init_script("window.now = 0; performance.now = () => window.now;")
        page.goto("/")
        says(page, "status", "Press Fun|Stopped")
        unfold(page)
        state = {"type": "state", "run": "all-digits", "target": None}
        sockets[0].send(json.dumps(state | {"state": "training", "iteration": 100}))
        says(page, "status", "Training until")
        sheet(page, 101)
        page.evaluate("wait => { window.now += wait; }", CALM)
        sheet(page, 102)
        says(page, "caption", "^Iteration 102$")
        sheet(page, 103)
        sheet(page, 104)
        says(page, "caption", "^Iteration 102$")  # it is too soon for another
        page.evaluate("wait => { window.now += wait; }", CALM)
        sheet(page, 105)
        says(page, "caption", "^Iteration 105$")
        sheet(page, 106)
        sockets[0].send(json.dumps(state | {"state": "idle", "iteration": 106}))
        says(page, "caption", "^Iteration 106$")
