"""Pages of a server that still compiles its kernels show one bar, and continue by themselves."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.browsing import (
    SECONDS,
    WIDE,
    advance_until,
    event_sockets,
    expect,
    expect_text,
    expect_written,
    open_page,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route, WebSocketRoute

pytestmark = pytest.mark.slow


def preparing(done: int, part: str, **fields: str) -> dict[str, Any]:
    return {"type": "preparing", "part": part, "done": done, "of": 30, **fields}


def expect_bar(page: "Page", done: int, then: str = "") -> None:
    bar = page.get_by_role("progressbar", name=f"Preparing, once: {done} of 30{then}", exact=True)
    expect(bar).to_be_visible()
    assert bar.evaluate("({ value, max }) => [value, max]") == [done, 30]


def test_the_number_is_written_after_a_first_start_without_another_press(browser: "Browser", hosted: str) -> None:
    # Any option gives the test a page of its own: a route of a WebSocket cannot be removed.
    with open_page(browser, hosted, controlled=True, problems_expected=True, viewport=WIDE) as page:
        times: list[int] = []
        sockets: list[WebSocketRoute] = []
        refusal = {"error": "The server is preparing, once: 0 of 30. Try again in 60 seconds.", "field": None}

        def refuse(route: "Route") -> None:
            times.append(int(page.evaluate("Date.now()")))
            route.fulfill(status=503, headers={"Retry-After": "60"}, json=refusal)

        page.route("**/healthz", lambda route: route.fulfill(json={"ready": False}))
        page.route("**/api/write*", refuse)
        page.route_web_socket("**/api/events", lambda socket: sockets.append(socket))
        page.goto("/write?number=12&seed=5")
        advance_until(page, lambda: len(sockets) == 1, SECONDS)
        sockets[0].send(json.dumps(preparing(5, "training", run="all-digits")))
        for done in (0, 12):
            sockets[0].send(json.dumps(preparing(done, "writer")))
            expect_bar(page, done)
        expect(page.get_by_text("Writing …")).to_be_hidden()
        advance_until(page, lambda: len(times) == 8, SECONDS)
        assert times[-1] - times[0] < 7 * 60 * SECONDS, "it asks again earlier, because it may be ready earlier"
        expect_text(page, "problem", "^$")
        page.unroute("**/api/write*")
        picture = page.locator('[data-show="picture"]')
        advance_until(page, lambda: picture.get_attribute("alt") == "12 in handwriting", SECONDS)
        expect_written(page, "12")
        expect(page.get_by_role("progressbar")).to_be_hidden()


def test_train_shows_the_bar_until_training_is_ready(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True) as page:
        page.goto("/")
        status = page.locator('[data-show="status"]')
        expect_text(page, "status", "Press Fun")

        def send(event: dict[str, Any]) -> None:
            event_sockets(page)[-1].send(json.dumps(event | {"run": "all-digits"}))

        state = {"type": "state", "iteration": 0, "target": None, "data": None}
        send(state | {"state": "compiling"})
        send(preparing(7, "training"))
        event_sockets(page)[-1].send(json.dumps(preparing(20, "writer")))
        expect_bar(page, 7)
        expect(status).to_have_text("Preparing the program.")  # only for screen readers
        page.route("**/fun", lambda route: route.fulfill(status=202, json={}))
        page.get_by_role("button", name="Fun").click()
        expect_bar(page, 7, ", then training")
        send(state | {"state": "idle"})
        expect(page.get_by_role("progressbar")).to_be_hidden()


def test_a_run_is_prepared_until_its_state_changes_or_the_connection_is_lost(call: Callable[..., Any]) -> None:
    def reduced(*events: dict[str, Any]) -> Any:
        state = call("logic/state", "initial")
        for event in ({"type": "snapshot", "run": "r", "state": "compiling"}, *events):
            state = call("logic/state", "reduce", state, {"run": "r"} | event)
        return state["preparing"]

    half = preparing(12, "training", run="r")
    assert reduced(half) == half
    assert reduced({**half, "part": "writer", "run": None}) is None
    for end in ({"type": "state", "state": "idle"}, {"type": "connection", "connection": "lost"}):
        assert reduced(half, end) is None
