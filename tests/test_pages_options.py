"""The page that writes a number, behind its folds, in a real browser: looks, files and copies, one's own network."""

import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest

from browsing import open_page, expect_text, sheet_event, unfold, expect_written
from fake_worker import tiny
from PIL import Image
from serving import ROOT, hosting

from gan.classifier.reading import Reading
from gan.runs.evaluation import Evaluation
from gan.runs.evaluation import told as told_of
from gan.runs.run_writer import create
from gan.write.page import ABOVE, SQUARE
from gan.write.render.raster import RULE_COLOUR, RULE_WIDTH
from server import interpreter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, WebSocketRoute


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server; the shipped generator stands in for that of a run named mine."""
    runs = tmp_path_factory.mktemp("runs")
    create(runs / "mine", tiny(None, labels=True)).save_picture(20, np.zeros((4, 28, 28), np.uint8))
    create(runs / "new", tiny(None, labels=True)).save_picture(0, np.zeros((4, 28, 28), np.uint8))
    shutil.copy(ROOT / "gan" / "pretrained" / "any.safetensors", runs / "mine" / "generator.safetensors")
    with hosting(runs) as address:
        yield address


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    with open_page(browser, address) as page:
        yield page


def test_how_it_looks_stands_in_the_address_and_comes_back(page: "Page") -> None:
    page.goto("/write?number=12%0A345&seed=5&slant=5")
    expect_written(page, "12 345")
    unfold(page, "How it looks")
    page.get_by_label("ballpoint").check()
    page.get_by_label("squared").check()
    page.get_by_label("end at the right").check()
    page.get_by_label("From steady to uneven").fill("0.8")
    page.get_by_role("slider", name="Size").fill("64")
    page.get_by_label("Written by").select_option("ten")
    page.get_by_title("red", exact=True).click()  # the mark; the button itself is not seen
    wish = {"slant": "5", "pen": "ballpoint", "paper": "squared", "align": "right", "human": "0.8", "size": "64",
            "networks": "ten", "ink": "#a3262a"}  # fmt: skip
    expect_query(page, **wish)
    page.reload()
    expect_written(page, "12 345")
    unfold(page, "How it looks")
    assert page.get_by_label("ballpoint").is_checked()
    assert page.get_by_role("radio", name="red", exact=True).is_checked()
    assert page.get_by_label("Written by").input_value() == "ten"
    expect_text(page, "size", "^64 px$")
    expect_query(page, **wish)


@pytest.mark.parametrize("paper", ["lined", "squared"])
def test_the_rules_of_the_sheet_are_those_of_the_picture(page: "Page", paper: str) -> None:
    page.goto(f"/write?number=12&paper={paper}&size=200")
    expect_written(page, "12")
    found = page.locator(".page").evaluate("""page => {
      const style = getComputedStyle(page), box = page.querySelector("img").getBoundingClientRect();
      const edge = page.getBoundingClientRect();
      return { size: style.backgroundSize, at: style.backgroundPosition, colour: style.backgroundImage,
        left: box.left - edge.left - page.clientLeft, top: box.top - edge.top - page.clientTop };
    }""")
    unit = 200 / 20
    pitch = 2 * SQUARE * unit if paper == "lined" else SQUARE * unit
    first = ABOVE["lined"] if paper == "lined" else SQUARE / 2
    lengths = [float(text) for text in re.findall(r"([\d.]+)px", found["at"])]
    assert f"{pitch:g}px" in found["size"]
    assert lengths[1] == pytest.approx(found["top"] + (first - RULE_WIDTH / 2) * unit, abs=1)
    assert "rgb({}, {}, {})".format(*RULE_COLOUR) in found["colour"]


@pytest.mark.parametrize(("width", "size"), [(1280, 16), (1280, 40), (390, 200)])
def test_the_rules_of_the_sheet_go_on_through_the_picture(page: "Page", width: int, size: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/write?number=-----%0A-----&paper=lined&size={size}")
    picture, sheet = expect_written(page, "----- -----").bounding_box(), page.locator(".page")
    around = sheet.bounding_box()
    assert picture
    assert around
    seen = np.asarray(Image.open(BytesIO(sheet.screenshot())).convert("L")).astype(int)
    left, right = (round(x - around["x"]) for x in (picture["x"], picture["x"] + picture["width"]))
    bare = np.median(seen)
    outside = bare - seen[5:-5, right + 2 : right + 9].mean(axis=1)  # how much darker each row is than paper
    within = bare - seen[5:-5, left + 1 : right - 1].mean(axis=1)
    ruled = outside > 5
    assert ruled.any()
    assert (within[ruled] > 0.9 * outside[ruled]).all()


def test_it_is_taken_along(browser: "Browser", address: str) -> None:
    with open_page(browser, address) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto("/write?number=12.50&seed=5")
        expect_written(page, "12.50")
        unfold(page, "Save and share")
        copied = {}
        for name in ("link", "command", "call"):
            page.locator(f'[data-copy="{name}"]').click()
            page.locator(f'[data-copy="{name}"]').get_by_text("Copied").wait_for()
            copied[name] = page.evaluate("navigator.clipboard.readText()")
        assert copied["link"] == f"{address}/write?number=12.50&seed=5"
        assert copied["command"] == f"{interpreter()} -m gan.write 12.50 -o 12.50.svg --seed 5"
        assert page.request.get(copied["call"]).headers["content-type"] == "image/png"
        page.get_by_role("button", name="Copy picture").click()
        page.locator('[data-copy="picture"]').get_by_text("Copied").wait_for()
        read = "navigator.clipboard.read().then(([item]) => item.types.join())"
        assert "image/png" in page.evaluate(read)
        names = page.locator("[data-download]").evaluate_all("links => links.map((link) => link.download)")
        assert names == ["12.50.png", "12.50.svg", "12.50-animated.svg", "12.50-plotter.svg"]
        for name, kind in (("animated", "animation"), ("strokes", "mm")):
            href = page.locator(f'[data-download="{name}"]').get_attribute("href") or ""
            assert kind in page.request.get(href).text()


def test_ones_own_network_writes_and_the_shipped_one_again(page: "Page") -> None:
    from playwright.sync_api import expect

    seen = write_requests(page)
    page.goto("/write?number=12&seed=5&run=mine")
    expect_written(page, "12")
    expect(page.locator('[data-part="own"]')).to_contain_text("Your network mine writes.")
    expect_text(page, "learned", "at iteration 20")
    assert {one["run"] for one in seen} == {"mine"}
    unfold(page, "How it looks")
    who = page.get_by_label("Written by")
    assert who.input_value() == "run mine"
    assert "your network new" not in who.locator("option").all_text_contents(), "it has learned nothing yet"
    page.get_by_role("button", name="Use the bundled network").click()
    expect(page.locator('[data-part="own"]')).to_be_hidden()
    assert who.input_value() == "one"
    expect(page).not_to_have_url(re.compile("run="))
    who.select_option("your network mine")
    expect_query(page, run="mine")


def test_printed_is_the_paper_alone(page: "Page") -> None:
    page.goto("/write?number=12&seed=5")
    expect_written(page, "12")
    page.emulate_media(media="print")
    left = page.locator("body *:visible").evaluate_all("all => all.map((one) => one.localName)")
    assert set(left) <= {"main", "form", "div", "img"}


def test_a_network_that_draws_readable_digits_is_offered_to_write(page: "Page") -> None:
    from playwright.sync_api import expect

    sockets: list[WebSocketRoute] = []

    def listen(socket: "WebSocketRoute") -> None:
        socket.connect_to_server()
        sockets.append(socket)

    def draw(iteration: int, read: int) -> None:
        """Send a sheet of which so many drawings are read, and wait until the page says so."""
        digits, sure = tuple(drawing % 10 for drawing in range(64)), (1.0,) * read + (0.1,) * (64 - read)
        reading = told_of(Evaluation(Reading(digits, sure)), tiny(None, labels=True))
        sockets[0].send(sheet_event(iteration, reading))
        expect_text(page, "read", f"^{read} of 64 read$" if read else "^None is read yet$")

    page.route_web_socket("**/api/events?watch=1", listen)
    page.goto("/")
    expect_text(page, "status", "Press Fun|Stopped")
    own = page.get_by_role("link", name="Write with your network")
    draw(100, 57)  # not yet nine in ten
    expect(own).to_be_hidden()
    draw(101, 58)
    expect(own).to_have_attribute("href", "/write?run=all-digits")
    expect(page.locator("figcaption").get_by_role("link", name="Write a number", exact=True)).to_be_hidden()
    draw(102, 30)
    expect(own).to_be_visible()  # it does not come and go
    draw(103, 0)
    expect(own).to_be_hidden()
