"""The pages of a server with access tokens, in a real browser: with the drive link, the watch link, or neither."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from gan.web.http.access_tokens import AccessTokens
from tests.helpers.browsing import (
    FULL,
    PATIENCE,
    expect_mounted,
    expect_text,
    expect_written,
    field,
    follow,
    open_page,
    scroll_width,
    unfold,
)
from tests.helpers.serving import hosting
from tests.pages.test_access import serious

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOTE = "You are watching. The other link controls the training."


class Links(NamedTuple):
    """A server's two links and its address."""

    drive: str
    watch: str
    address: str


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Links]:
    tokens = AccessTokens.new(8007)
    with hosting(tmp_path_factory.mktemp("runs"), links=tokens) as address:
        yield Links(f"{address}/?token={tokens.drive}", f"{address}/?token={tokens.watch}", address)


def test_a_watcher_sees_the_training_and_has_no_commands(browser: "Browser", links: Links) -> None:
    with open_page(browser, links.address) as teacher, open_page(browser, links.address) as pupil:
        teacher.goto(links.drive)
        expect_text(teacher, "status", "Press Fun")
        assert teacher.url == f"{links.address}/"  # no token, because the page may be projected
        assert teacher.get_by_text(NOTE).count() == 0

        pupil.goto(links.watch)
        pupil.get_by_text(NOTE).wait_for()
        assert pupil.url == f"{links.address}/"
        expect_text(pupil, "caption", "Iteration 0, untrained")
        commands: list[str] = []
        pupil.on("request", lambda request: commands.append(request.url) if request.method != "GET" else None)

        teacher.get_by_role("button", name="Fun").click()
        expect_text(pupil, "caption", r"Iteration [1-9]\d*")
        pupil.keyboard.press("Space")
        unfold(pupil)
        unfold(pupil, "Runs")
        pupil.locator("details li").filter(has_text="all-digits").wait_for()
        for name in ("Fun", "Stop", "Train", "Start over", "Create", "Open"):
            assert pupil.get_by_role("button", name=name, exact=True).count() == 0
        assert pupil.locator(".places").is_hidden()
        assert pupil.get_by_text("Connecting to the server").is_hidden()
        assert commands == []
        teacher.get_by_role("button", name="Stop").click()
        expect_text(teacher, "status", "Stopped at iteration")


def test_a_watcher_opens_all_pages_and_writes(browser: "Browser", links: Links) -> None:
    with open_page(browser, links.address) as pupil:
        pupil.goto(links.watch)
        pupil.get_by_text(NOTE).wait_for()
        follow(pupil.get_by_role("link", name="What if?").first)
        pupil.get_by_text(NOTE).wait_for()
        assert pupil.get_by_role("button", name="Train both").count() == 0
        assert pupil.locator("summary").all_text_contents()[-1] == "Why does it happen?"
        assert pupil.locator("summary", has_text="Another pair").is_hidden()
        follow(pupil.get_by_role("link", name="Slideshow").first)
        assert pupil.locator("body[data-watching]").count() == 1  # the scripts read this
        expect_text(pupil, "place", r"picture \d+ of \d+")
        follow(pupil.get_by_role("link", name="Write a number").first)
        field(pupil).fill("31415")
        expect_written(pupil, "31415")
        assert pupil.get_by_role("link", name="Use my handwriting").count() == 0, "the server would refuse it"
        unfold(pupil, "Save and share")
        page = pupil.content()
        assert "Authorization: Bearer TOKEN" in page
        assert links.watch.partition("token=")[2] not in page, "the page may be projected"


def test_a_link_on_another_site_works(browser: "Browser", links: Links) -> None:
    """The server must not redirect, because the redirected request would arrive without the cookie."""
    with open_page(browser, links.address) as pupil:
        body = f'<!doctype html><title>School</title><a href="{links.watch}">Digits</a>'
        pupil.route("http://school.example/", lambda route: route.fulfill(body=body, content_type="text/html"))
        pupil.goto("http://school.example/")
        follow(pupil.get_by_role("link"))
        pupil.get_by_text(NOTE).wait_for()
        assert pupil.url == f"{links.address}/"
        pupil.go_back()
        assert "token" not in pupil.url


@FULL
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious(browser: "Browser", links: Links, scheme: str, width: int) -> None:
    options: dict[str, Any] = {"problems_expected": True, "bypass_csp": True, "color_scheme": scheme}
    with open_page(browser, links.address, **options) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/")
        assert serious(page) == []
        for address in (links.watch, "/what-if"):
            page.goto(address)
            page.get_by_text(NOTE).wait_for()
            expect_mounted(page)  # the link redirects
            for fold in page.locator("summary:visible").all():
                fold.click()
            assert serious(page) == []
            assert scroll_width(page) <= width


def test_without_a_link_the_page_asks_for_the_token(browser: "Browser", links: Links) -> None:
    with open_page(browser, links.address, problems_expected=True) as page:
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto("/write?number=42&seed=5")
        page.get_by_role("heading", name="You need a link").wait_for()
        assert scroll_width(page) <= 390
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Open").click()
        page.get_by_role("alert").get_by_text("This link has expired. Ask for a new one.").wait_for()
        page.get_by_label("Token").fill(links.watch.rpartition("=")[2].upper())
        page.keyboard.press("Enter")
        expect_written(page, "42")  # the requested address is kept
        assert page.url == f"{links.address}/write?number=42&seed=5"


def test_an_open_page_asks_for_a_link_when_the_tokens_change(browser: "Browser", tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    tokens = AccessTokens.new(8007)
    with hosting(tmp_path, links=tokens) as address:
        page.goto(f"{address}/?token={tokens.drive}")
        expect_text(page, "status", "Press Fun")
    with hosting(tmp_path, links=AccessTokens.new(8007), port=int(address.rpartition(":")[2])):
        page.get_by_role("heading", name="You need a link").wait_for()
        context.close()
