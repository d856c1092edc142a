"""The pages of a server with access tokens, in a real browser: with the drive link, the
watch link, or neither.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gan.web.http.access_tokens import AccessTokens
from tests.helpers import browsing
from tests.helpers.browsing import (
    Browser,
    Page,
    button,
    expect_shown,
    expect_text,
    expect_written,
    follow,
    link_to,
    press,
    resize,
    scroll_width,
    unfold,
)
from tests.helpers.serving import hosting

NOTE = "You are watching. The other link controls the training."
TOKENS = AccessTokens.new(8007)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with hosting(tmp_path_factory.mktemp("runs"), links=TOKENS) as address:
        yield address


@pytest.fixture
def pupil(page: Page) -> Page:
    """Open the watch link."""
    page.goto(f"/?token={TOKENS.watch}")
    expect_shown(page, NOTE)
    return page


def test_a_watcher_sees_the_training_and_has_no_commands(
    browser: Browser, address: str, pupil: Page
) -> None:
    assert pupil.url == f"{address}/"  # no token, because the page may be projected
    expect_text(pupil, "caption", "Iteration 0, untrained")
    commands: list[str] = []
    pupil.on(
        "request",
        lambda request: (
            commands.append(request.url) if request.method != "GET" else None
        ),
    )
    with browsing.open_page(browser, address) as teacher:
        teacher.goto(f"/?token={TOKENS.drive}")
        assert teacher.url == f"{address}/"
        assert teacher.get_by_text(NOTE).count() == 0
        press(teacher, "Fun")
        expect_text(pupil, "caption", r"Iteration [1-9]\d*")
        pupil.keyboard.press("Space")
        unfold(pupil)
        unfold(pupil, "Runs")
        pupil.locator("details li").filter(has_text="all-digits").wait_for()
        for name in (
            "Fun",
            "Stop",
            "One turn",
            "Train",
            "New network",
            "Create",
            "Open",
        ):
            assert button(pupil, name).count() == 0
        assert pupil.locator(".places").is_hidden()
        assert pupil.get_by_text("Connecting.").is_hidden()
        assert commands == []
        browsing.stop_training(teacher)


def test_a_watcher_opens_all_pages_and_writes(pupil: Page) -> None:
    follow(link_to(pupil, "What if?").first)
    expect_text(pupil, "at", "^Iteration [0-9]")
    assert pupil.get_by_text("open the lock").count() == 0
    follow(link_to(pupil, "Slideshow").first)
    assert pupil.locator("body[data-watching]").count() == 1  # the scripts read this
    expect_text(pupil, "place", r"picture \d+ of \d+")
    unfold(pupil, "More")
    press(pupil, "One picture back")
    follow(link_to(pupil, "Write a number").first)
    browsing.field(pupil).fill("31415")
    expect_written(pupil, "31415")
    assert link_to(pupil, "My handwriting").count() == 0, "the server would refuse it"
    assert TOKENS.watch not in pupil.content(), "the page may be projected"
    pupil.goto("/lesson")
    assert link_to(pupil, "Answers").count() == 0


def test_a_link_on_another_site_works(page: Page, address: str) -> None:
    """The server must not redirect, because the redirected request would arrive without
    the cookie.
    """
    link = f'<a href="{address}/?token={TOKENS.watch}">Digits</a>'
    body = f"<!doctype html><title>School</title>{link}"
    page.route(
        "http://school.example/",
        lambda route: route.fulfill(body=body, content_type="text/html"),
    )
    page.goto("http://school.example/")
    follow(page.get_by_role("link"))
    expect_shown(page, NOTE)
    assert page.url == f"{address}/"
    page.go_back()
    assert "token" not in page.url


@pytest.mark.page(problems_expected=True)
def test_without_a_link_the_page_asks_for_the_token(page: Page, address: str) -> None:
    resize(page, 390, 800)
    page.goto("/write?number=42&seed=5")
    page.get_by_role("heading", name="You need a link").wait_for()
    assert scroll_width(page) <= 390
    page.get_by_label("Token").fill("wrong")
    press(page, "Open")
    expect_shown(page.get_by_role("alert"), "This link has expired. Ask for a new one.")
    page.get_by_label("Token").fill(TOKENS.watch.upper())
    page.keyboard.press("Enter")
    expect_written(page, "42")  # the requested address is kept
    assert page.url == f"{address}/write?number=42&seed=5"


@pytest.mark.page(problems_expected=True)
def test_an_open_page_asks_for_a_link_when_the_tokens_change(
    page: Page, tmp_path: Path
) -> None:
    with hosting(tmp_path, links=TOKENS) as address:
        page.goto(f"{address}/?token={TOKENS.drive}")
        expect_text(page, "status", "Press Fun")
    with hosting(
        tmp_path, links=AccessTokens.new(8007), port=int(address.rpartition(":")[2])
    ):
        page.get_by_role("heading", name="You need a link").wait_for()
