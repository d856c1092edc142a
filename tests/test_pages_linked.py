"""The pages of a server that others can reach, in a real browser: who drives, who watches, and who has no link."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from browsing import PATIENCE, open_page, expect_text, unfold, expect_written
from serving import hosting
from test_pages_access import serious

from gan.web.http.access_tokens import AccessTokens

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOTE = "You are watching; whoever has the other link drives."


class Printed(NamedTuple):
    """The two links of a server, and its address."""

    drive: str
    watch: str
    address: str


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printed]:
    """A server with two links."""
    links = AccessTokens.new(8007)
    with hosting(tmp_path_factory.mktemp("runs"), links=links) as address:
        yield Printed(f"{address}/?token={links.drive}", f"{address}/?token={links.watch}", address)


def test_one_drives_and_another_watches(browser: "Browser", printed: Printed) -> None:
    with open_page(browser, printed.address) as teacher, open_page(browser, printed.address) as pupil:
        teacher.goto(printed.drive)
        expect_text(teacher, "status", "Press Fun")
        assert teacher.url == f"{printed.address}/"  # no token for who looks at the projected page
        assert teacher.get_by_text(NOTE).count() == 0

        pupil.goto(printed.watch)
        pupil.get_by_text(NOTE).wait_for()
        assert pupil.url == f"{printed.address}/"
        expect_text(pupil, "caption", "Iteration 0, untrained")
        asked: list[str] = []
        pupil.on("request", lambda request: asked.append(request.url) if request.method != "GET" else None)

        teacher.get_by_role("button", name="Fun").click()
        expect_text(pupil, "caption", r"Iteration [1-9]\d*")
        pupil.keyboard.press("Space")
        unfold(pupil, "Numbers")
        unfold(pupil, "Runs")
        pupil.locator("details li").filter(has_text="all-digits").wait_for()
        for name in ("Fun", "Stop", "Train", "Start over", "Create", "Open"):
            assert pupil.get_by_role("button", name=name, exact=True).count() == 0
        assert pupil.locator(".places").is_hidden()
        assert pupil.get_by_text("Connecting to the server").is_hidden()
        assert asked == []
        teacher.get_by_role("button", name="Stop").click()
        expect_text(teacher, "status", "Stopped at iteration")


def test_who_watches_looks_at_all_pages_and_writes(browser: "Browser", printed: Printed) -> None:
    with open_page(browser, printed.address) as pupil:
        pupil.goto(printed.watch)
        pupil.get_by_text(NOTE).wait_for()
        pupil.get_by_role("link", name="What if?").first.click()
        pupil.get_by_text(NOTE).wait_for()
        assert pupil.get_by_role("button", name="Train both").count() == 0
        assert pupil.locator("summary").all_text_contents()[-1] == "Why does it happen?"
        assert pupil.locator("summary", has_text="Another pair").is_hidden()
        pupil.get_by_role("link", name="Slideshow").first.click()
        assert pupil.locator("body[data-watching]").count() == 1  # by which the scripts know whose runs they show
        expect_text(pupil, "place", r"picture \d+ of \d+")
        pupil.get_by_role("link", name="Write a number").first.click()
        pupil.get_by_label("Type a number").fill("31415")
        expect_written(pupil, "31415")
        assert pupil.get_by_role("link", name="Use my handwriting").count() == 0, "it would be refused"
        unfold(pupil, "Save and share")
        page = pupil.content()
        assert "Authorization: Bearer TOKEN" in page
        assert printed.watch.partition("token=")[2] not in page, "a page may be projected"


def test_a_link_in_another_sites_page_leads_in(browser: "Browser", printed: Printed) -> None:
    """Where a redirect would arrive without the cookie."""
    with open_page(browser, printed.address) as pupil:
        body = f'<!doctype html><title>School</title><a href="{printed.watch}">Digits</a>'
        pupil.route("http://school.example/", lambda route: route.fulfill(body=body, content_type="text/html"))
        pupil.goto("http://school.example/")
        pupil.get_by_role("link").click()
        pupil.get_by_text(NOTE).wait_for()
        assert pupil.url == f"{printed.address}/"
        pupil.go_back()
        assert "token" not in pupil.url


@pytest.mark.full
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious(browser: "Browser", printed: Printed, scheme: str, width: int) -> None:
    context = browser.new_context(bypass_csp=True, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(printed.address)
    assert serious(page) == []
    for address in (printed.watch, f"{printed.address}/what-if"):
        page.goto(address)
        page.get_by_text(NOTE).wait_for()
        for fold in page.locator("summary:visible").all():
            fold.click()
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_who_has_no_link_is_told_and_can_type_the_token(browser: "Browser", printed: Printed) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{printed.address}/write?number=42&seed=5")
    page.get_by_role("heading", name="You need a link").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("Token").fill("wrong")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("alert").get_by_text("ask for the new link").wait_for()
    page.get_by_label("Token").fill(printed.watch.rpartition("=")[2].upper())
    page.keyboard.press("Enter")
    expect_written(page, "42")  # a pupil was sent a number
    assert page.url == f"{printed.address}/write?number=42&seed=5"
    context.close()


def test_a_server_with_other_links_asks_open_pages_for_one(browser: "Browser", tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    links = AccessTokens.new(8007)
    with hosting(tmp_path, links=links) as address:
        page.goto(f"{address}/?token={links.drive}")
        expect_text(page, "status", "Press Fun")
    with hosting(tmp_path, links=AccessTokens.new(8007), port=int(address.rpartition(":")[2])):
        page.get_by_role("heading", name="You need a link").wait_for(timeout=PATIENCE)
        context.close()
