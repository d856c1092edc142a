"""Helpers for tests of the pages in a real browser."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote_plus, urljoin, urlparse

import pytest

from benchmarks.run_programs import CHROMIUM_NAMES, find_chromium
from tests.helpers import commands

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Browser
    from playwright.sync_api import BrowserContext, FloatRect
    from playwright.sync_api import Locator as Locator
    from playwright.sync_api import Page as Page
    from playwright.sync_api import Request as Request
    from playwright.sync_api import Response as Response
    from playwright.sync_api import Route as Route
    from playwright.sync_api import WebSocketRoute as WebSocketRoute
    from playwright.sync_api import expect as expect
else:
    BrowserContext = FloatRect = Any  # types
    Browser = Locator = Page = Request = Response = Route = WebSocketRoute = Any

    def expect(target: Any) -> Any:
        """Return Playwright's assertions.

        Import Playwright here, so that other tests do not load it.
        """
        from playwright.sync_api import expect as playwright_expect

        return playwright_expect(target)


SECONDS = 1000  # Playwright measures time in milliseconds
FULL = pytest.mark.full
PATIENCE = commands.SECONDS * SECONDS

NO_CHROMIUM = (
    f"no Chromium found (looked for {', '.join(CHROMIUM_NAMES)}): install one to run "
    "the browser tests"
)

# where `playwright install` saves browsers on Linux, macOS and Windows
DOWNLOADS = [
    f"{cache}/ms-playwright/chromium*"
    for cache in (".cache", "Library/Caches", "AppData/Local")
]

BLANK = "about:blank"
PROBE = re.compile(r"\?probe$")
WIDE: Any = {"width": 1280, "height": 900}
# by `controlled`; reused, as opening one takes 1 s
idle_pages: dict[bool, list[Page]] = {False: [], True: []}
# each context's server, for addresses without a host
addresses: dict[BrowserContext, str] = {}


def missing_browser() -> str | None:
    """Return why no Chromium can start, or None."""
    if not (
        find_chromium()
        or os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
        or any(any(Path.home().glob(pattern)) for pattern in DOWNLOADS)
    ):
        return NO_CHROMIUM
    done = commands.run([sys.executable, "-m", "playwright", "--version"])
    lines = ["", *done.stderr.splitlines()]
    return f"Playwright does not start: {lines[-1]}" if done.returncode else None


@contextmanager
def open_page(
    browser: Browser,
    address: str,
    *,
    controlled: bool = False,
    reduced_motion: bool = False,
    problems_expected: bool = False,
    is_new: bool = False,
    **options: Any,
) -> Iterator[Page]:
    """Open the untrained run all-digits, and a page.

    Fail at the end if its console shows an error or a warning.

    Later tests reuse the page, also for another server, after its storage, cookies and
    routes have been cleared.

    Parameters
    ----------
    controlled : bool
        Whether the test controls the page's clock and sends its events
        (`event_sockets`).
    reduced_motion : bool
        Whether the browser reports that the user prefers reduced motion.
    problems_expected : bool
        Whether errors and warnings in the console are allowed.
    is_new : bool
        Whether the server has just started. A real worker starts over later than the
        server answers, and would delete the picture that a page has begun to load.
    **options
        Options for a browser context that is not reused. If a test changes the page
        irreversibly, pass any option.
    """
    if options or not idle_pages[controlled]:
        page = browser.new_context(**({"viewport": WIDE} | options)).new_page()
        page.set_default_timeout(PATIENCE)
        intercept_from_first_route(page)
        if controlled:
            stop_clock(page)
            route_events(page)
    else:
        page = idle_pages[controlled].pop()
    addresses[page.context] = address
    # script errors, failed requests and violations of the content security policy
    problems: list[str] = []

    def note_message(message: Any) -> None:
        if message.type in ("error", "warning"):
            problems.append(f"{message.text} ({message.location['url']})")

    def note_error(error: Any) -> None:
        problems.append(str(error))

    page.on("console", note_message)
    page.on("pageerror", note_error)
    if reduced_motion:
        page.emulate_media(reduced_motion="reduce")
    for command in () if is_new else ("open", "pause", "reset"):
        # with access tokens, the server refuses them
        page.request.post(f"{address}/api/runs/all-digits/{command}")
    yield page
    page.remove_listener("console", note_message)
    page.remove_listener("pageerror", note_error)
    del addresses[page.context]
    if options:
        page.context.close()
    else:
        clear(page)
        idle_pages[controlled].append(page)
    assert problems_expected or not problems, problems


def intercept_from_first_route(page: Page) -> None:
    """Make Chromium intercept the page's requests from the first call of `page.route`
    until the page is cleared.

    It does not always do so, because that takes time and turns its cache off. After a
    route is added to a loaded page, it sends some requests past it, so wait until one
    is intercepted.
    """
    add_route = page.route

    def route(*arguments: Any, **options: Any) -> None:
        page.context.route(PROBE, lambda route: route.fulfill(status=204))
        while (
            page.url != BLANK
            and page.evaluate("fetch('?probe').then(({ status }) => status)") != 204
        ):
            pass
        add_route(*arguments, **options)

    page.route = route  # type: ignore[assignment, method-assign]


def clear(page: Page) -> None:
    """Reset a page after a test: its routes, storage, cookies, permissions, media and
    size.
    """
    page.unroute_all()
    page.context.unroute_all()
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    # after `goto`, Chromium would start another process
    page.evaluate("location.href = 'about:blank'")
    page.wait_for_url(BLANK)
    event_sockets(page).clear()
    page.context.clear_cookies()
    page.context.clear_permissions()
    page.emulate_media(media="null", reduced_motion="null")
    page.set_viewport_size(WIDE)
    page.mouse.move(0, 0)


def expect_mounted(page: Page) -> None:
    """Wait until the page's script is mounted."""
    expect(page.locator("main[data-page]:not([data-mounted])")).to_have_count(
        0, timeout=PATIENCE
    )


def follow(link: Locator) -> None:
    """Click a link to another page, and wait until that page's script is mounted."""
    # otherwise, the event could be that of the present page
    link.page.wait_for_load_state()
    with link.page.expect_event("load"):
        link.click()
    expect_mounted(link.page)


def post(page: Page, path: str, data: Any = None) -> None:
    """Send a request to the page's server, as another page would."""
    response = page.request.post(addresses[page.context] + path, data=data)
    assert response.ok, response.text()


def button(place: Page | Locator, name: str) -> Locator:
    """Return the button with exactly this name, on a page or in a part of it."""
    return place.get_by_role("button", name=name, exact=True)


def press(place: Page | Locator, name: str) -> None:
    """Click the button with exactly this name."""
    button(place, name).click()


def link_to(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("link", name=name)


def resize(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})


def start_training(page: Page) -> None:
    page.locator('[data-do="fun"]').click()
    expect_text(page, "status", "Training. Press Stop to pause")


def stop_training(page: Page) -> None:
    press(page, "Stop")
    expect_text(page, "status", "Stopped at iteration")


def renew(page: Page) -> None:
    """Begin a new network."""
    press(page, "New network")
    page.get_by_role("dialog").get_by_role("button", name="New network").click()


def focus(element: Locator) -> None:
    """Wait until an element is visible, and focus it.

    Focusing a hidden one would do nothing.
    """
    expect(element).to_be_visible()
    element.focus()
    expect(element).to_be_focused()


@contextmanager
def wait_until_mounted() -> Iterator[None]:
    """Make `goto` and `reload` wait until the page's script is mounted, and `goto` use
    the page's server.

    Clicks before that would be lost. Calls with wait_until="commit" do not wait.
    `follow` does the same for links."""
    from playwright.sync_api import Page

    def and_wait(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(page: Page, *url: str, **options: Any) -> Any:
            response = method(
                page,
                *(urljoin(addresses.get(page.context, ""), one) for one in url),
                **options,
            )
            if options.get("wait_until") != "commit":
                expect_mounted(page)
            return response

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("goto", "reload"):
            patch.setattr(Page, name, and_wait(getattr(Page, name)))
        yield


def stop_clock(page: Page) -> None:
    """Stop the page's clock before it loads, so that its timers wait until the test
    advances the clock.

    The page still draws, because `requestAnimationFrame` remains the browser's own.
    """
    page.context.add_init_script(
        "window.ownFrame = window.requestAnimationFrame.bind(window)"
    )
    page.clock.install(time=0)
    page.clock.pause_at(SECONDS)
    page.add_init_script("window.requestAnimationFrame = window.ownFrame")


def advance_until(page: Page, condition: Callable[[], bool], step: int) -> None:
    """Advance the page's stopped clock in steps of `step` milliseconds until the
    condition holds.
    """

    def holds() -> bool:
        if condition():
            return True
        page.clock.fast_forward(step)
        page.wait_for_timeout(10)  # so that Playwright handles requests
        return False

    commands.wait_for(holds, "the condition, although the page's clock advances,")


def route_events(page: Page) -> None:
    """Record the page's event connections, so that the test can send events through
    them.
    """
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket(re.compile(r"/api/events(\?watch=1)?$"), connect)
    page.event_sockets = sockets  # type: ignore[attr-defined]


def event_sockets(page: Page) -> list[WebSocketRoute]:
    """Return the event connections of a controlled page, the newest last."""
    return getattr(page, "event_sockets", [])


def send_event(page: Page, kind: str, **fields: Any) -> None:
    """Send an event about the run all-digits to a controlled page, like its server."""
    event_sockets(page)[-1].send(
        json.dumps({"type": kind, "run": "all-digits"} | fields)
    )


def send_state(page: Page, state: str, iteration: int, **fields: Any) -> None:
    """Send the state of a run, which trains until it is paused."""
    status = {"state": state, "iteration": iteration, "target": None}
    send_event(page, "state", **status, **fields)


def send_snapshot(page: Page, iteration: int, config: Any, **fields: Any) -> None:
    """Send the snapshot of an idle run."""
    status = {"state": "idle", "iteration": iteration, "target": None}
    send_event(page, "snapshot", **status, config=config, **{"pictures": []} | fields)


def unfold(page: Page, name: str = "Details") -> None:
    """Expand the collapsible section with this name if it is collapsed.

    Press a key, because a click has no effect if the page moves the section between
    pressing and releasing the button."""
    summary = page.locator("details > summary", has_text=name)
    if summary.locator("..").get_attribute("open") is None:
        focus(summary)
        page.keyboard.press("Enter")
        expect(summary.locator("..")).to_have_attribute("open", "")


def expect_text(page: Page, name: str, pattern: str) -> None:
    """Wait until the text of the named part of the page matches the pattern."""
    expect(page.locator(f'[data-show="{name}"]')).to_have_text(re.compile(pattern))


def expect_shown(place: Page | Locator, text: str) -> None:
    """Wait until this text is visible, on a page or in a part of it."""
    expect(place.get_by_text(text)).to_be_visible()


def box_of(element: Locator) -> FloatRect:
    """Return the position and size of a visible element."""
    box = element.bounding_box()
    assert box
    return box


def scroll_width(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


# The page that writes a number


def field(page: Page) -> Locator:
    return page.get_by_label("Type a number.")


def expect_written(page: Page, number: str) -> Locator:
    """Wait until the page shows a handwritten number that matches this pattern, and
    return its picture.
    """
    picture = page.locator('[data-show="picture"]')
    expect(picture).to_have_attribute("alt", re.compile(f"^{number} in handwriting$"))
    picture.page.wait_for_function(
        "image => image.naturalWidth > 50", arg=picture.element_handle()
    )
    return picture


def write_requests(page: Page) -> list[dict[str, str]]:
    """Return a list that collects the options of every picture that the page requests
    from now on.
    """
    requests: list[dict[str, str]] = []

    def note(url: str) -> None:
        if "/api/write?" in url:
            requests.append(
                {name: value for name, [value] in parse_qs(urlparse(url).query).items()}
            )

    page.on("request", lambda request: note(request.url))
    return requests


def expect_query(page: Page, **options: str) -> None:
    """Wait until the query of the page's address contains these options."""
    for name, value in options.items():
        expect(page).to_have_url(
            re.compile(rf"[?&]{name}={re.escape(quote_plus(value))}(&|$)")
        )
