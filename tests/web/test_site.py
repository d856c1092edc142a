"""gan/web/site: the pages as static files, served from a plain host below a path, in a real browser."""

import http.server
import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gan.web.routes.learn import EDGE
from gan.web.site import recordings
from gan.web.site.__main__ import PAGES, main, relative, write_site
from gan.write import to_json, to_svg, write
from tests.helpers import browsing
from tests.helpers.browsing import FULL, expect, expect_text, expect_written, unfold

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
FILES = [name for name, _ in PAGES.values()]
MOST_BYTES = 5_200_000
BELOW = "x/y"  # the path of the site on its host
FEW = {"TURNS": 2, "HANDWRITINGS": 1, "DRAWINGS": 10}


class QuietHost(http.server.SimpleHTTPRequestHandler):
    """Serves files and reports nothing."""

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a host with a site of few recordings."""
    root = tmp_path_factory.mktemp("host")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in FEW.items():
            patch.setattr(recordings, name, value)
        write_site(root / BELOW)
    return root


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Host the site, and yield its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHost, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{BELOW}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def site(page: "Page", address: str) -> Iterator[str]:
    """Yield the address, and assert that the page has started no request after its load event."""
    late: list[str] = []
    loaded = threading.Event()

    def note(url: str) -> None:
        if loaded.is_set() and url.startswith("http"):
            late.append(url)

    page.on("request", lambda request: loaded.clear() if request.is_navigation_request() else note(request.url))
    page.on("load", lambda _: loaded.set())
    yield address
    assert late == []


def test_the_slideshow_goes_to_every_picture(page: "Page", site: str) -> None:
    page.goto(f"{site}/slideshow.html")
    browsing.focus(page.get_by_role("slider", name="Picture"))
    page.keyboard.press("End")
    expect_text(page, "label", "^Iteration 2,000$")
    expect_text(page, "of", "all digits")
    page.get_by_role("button", name="Drawing 2: ").click()
    expect(page.locator('[data-ask="reading"]')).to_have_text(re.compile("The classifier sees a 1"))
    expect(page.get_by_text("Save as GIF or CSV")).to_be_hidden()


def test_the_recorded_pair_plays(page: "Page", site: str) -> None:
    page.goto(f"{site}/what-if.html")
    expect_text(page, "moral", "changed the judge instead of its drawings")
    expect(page.get_by_text("Try it")).to_have_count(0)


def test_a_climb_is_played_and_shared(page: "Page", site: str, tmp_path: Path) -> None:
    page.goto(f"{site}/guess.html")
    expect_text(page, "place", "^Pair 1 of 10, iteration 7$")
    score = page.locator('[data-show="score"]')
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page.get_by_role("button", name="Next", exact=True)).to_be_hidden()
        if score.is_visible():
            break
    expect(score).to_have_text(re.compile("^You climbed (to|past) iteration"))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Share").click()
    saved.value.save_as(tmp_path / "shared.png")
    assert (tmp_path / "shared.png").stat().st_size > 10_000
    unfold(page, "Against the ten bundled networks")
    page.get_by_role("button", name="Play ten pairs").click()
    expect_text(page, "place", "^Pair 1 of 10$")


def test_a_number_is_written_and_saved(page: "Page", site: str, tmp_path: Path) -> None:
    page.goto(f"{site}/write.html")
    browsing.field(page).fill("12.50 €")
    drawn = expect_written(page, "12.50 €")
    expect(page.locator("[data-position]")).to_have_count(4)
    before = drawn.get_attribute("src")
    page.locator("[data-position]").first.click()
    page.get_by_role("button", name="Form 2 of 6").click()
    expect(page.locator('[data-show="picture"]')).not_to_have_attribute("src", before or "")
    unfold(page, "Save and share")
    for form, start in (("png", b"\x89PNG"), ("svg", b"<svg "), ("animated", b"<svg ")):
        with page.expect_download() as saved:
            page.locator(f'[data-download="{form}"]').click()
        saved.value.save_as(tmp_path / form)
        assert (tmp_path / form).read_bytes().startswith(start)
    assert (tmp_path / "svg").read_text("utf-8").count("<path") == 6
    expect_text(page, "link", f"^{re.escape(site)}/write.html\\?number=")


def test_how_it_works_answers_without_a_server(page: "Page", site: str) -> None:
    page.goto(f"{site}/learn.html")
    page.get_by_role("button", name="Step").click()
    expect(page.get_by_text("Nobody has learned")).to_be_visible()
    expect(page.locator(".problem:not(:empty)")).to_have_count(0)
    page.get_by_role("link", name="Build it yourself").click()
    unfold(page, "Is a derivative right?")
    page.get_by_role("button", name="Check a gradient").click()
    expect_text(page, "said", "the derivative is right")
    page.get_by_role("link", name="Teach the judge").click()
    expect(page.get_by_role("heading", name="docs/course/exercise_8.py")).to_be_visible()


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=FULL)])
@pytest.mark.parametrize("name", FILES)
def test_no_page_is_wider_than_the_screen(browser: "Browser", address: str, name: str, width: int) -> None:
    with browsing.open_page(browser, address, viewport={"width": width, "height": 844}) as page:
        page.goto(f"{address}/{name}")
        assert browsing.scroll_width(page) == width


@FULL
@pytest.mark.parametrize("name", FILES)
def test_links_lead_to_files(page: "Page", address: str, name: str) -> None:
    page.goto(f"{address}/{name}")
    found = page.evaluate("[...document.querySelectorAll('a[href]:not([hidden], [hidden] *)')].map((one) => one.href)")
    pages = {link.partition("#")[0] for link in found if "/api/" not in link}
    assert pages
    assert [link for link in pages if page.request.get(link).status != 200] == []


def test_addresses_are_relative(folder: Path) -> None:
    for path in (folder / BELOW).glob("*.html"):
        assert not re.search(r'(href|src)="(/|http)', path.read_text("utf-8")), path
    assert relative('<a href="/course#files">') == '<a href="course.html#files">'
    with pytest.raises(ValueError, match="/mine is not on the site"):
        relative('<a href="/mine">')


@FULL
def test_the_site_is_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-o", str(tmp_path / "site")]) == 0
    assert sum(path.stat().st_size for path in (tmp_path / "site").rglob("*") if path.is_file()) < MOST_BYTES
    assert capsys.readouterr().out.startswith(str(tmp_path / "site"))


def test_other_folders_are_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").touch()
    assert main(["-o", str(tmp_path)]) == 2
    assert "expected a new folder or an earlier site" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["STEP", "EDGE", "GRADIENTS", "TURNS", "REALS_IN_A_ROW"])
def test_scripts_have_the_same_constants(name: str) -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "static" / "js" / "site").glob("*.js"))
    found = re.search(rf"\b{name} = (\d+)", source)
    expected = EDGE if name == "EDGE" else getattr(recordings, name)
    assert found
    assert int(found[1]) == expected


# static/digits.svg: the digits with which pages show a count


STATIC = ROOT / "static"


def test_the_digits_are_those_of_the_command_in_the_documentation() -> None:
    writing = write("\n".join("0123456789"), seed=7, human=0, thickness=1.5)
    size = r'<svg [^>]* width="\d+" height="(\d+)".* aria-label="(.*?)"'
    (height, digits), *_ = re.findall(size, (STATIC / "digits.svg").read_text("utf-8"))
    assert [(height, digits)] == re.findall(size, to_svg(writing))
    css, script = ((STATIC / name).read_text("utf-8") for name in ("pages.css", "js/lib/handwriting.js"))
    assert f"auto calc({height} * var(--px))" in css
    widths = json.loads(re.findall(r"WIDTHS = (\[.*?\])", script)[0])
    boxes = [glyph["box"] for glyph in to_json(writing)["glyphs"] if glyph["box"]]
    assert widths == pytest.approx([box["width"] for box in boxes], abs=1)
