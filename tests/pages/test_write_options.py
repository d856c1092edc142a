"""The sections of the page /write in a real browser: options, ruled paper, files, the user's networks."""

import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from gan.runs.run_writer import create
from gan.web.app import interpreter
from tests.helpers.browsing import (
    box_of,
    expect,
    expect_query,
    expect_text,
    expect_written,
    field,
    unfold,
    write_requests,
)
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import ROOT, hosting

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = [pytest.mark.slow, pytest.mark.page(reduced_motion=True)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a run named mine with the bundled generator, and an untrained run."""
    runs = tmp_path_factory.mktemp("runs")
    create(runs / "mine", tiny(None, labels=True)).save_picture(20, np.zeros((4, 28, 28), np.uint8))
    create(runs / "new", tiny(None, labels=True)).save_picture(0, np.zeros((4, 28, 28), np.uint8))
    shutil.copy(ROOT / "gan" / "pretrained" / "any.safetensors", runs / "mine" / "generator.safetensors")
    with hosting(runs) as address:
        yield address


def test_options_are_kept_in_the_address(page: "Page", address: str) -> None:
    page.goto("/write?number=12%0A345&seed=5&slant=5")
    expect_written(page, "12 345")
    unfold(page, "How it looks")
    for label in ("ballpoint", "squared", "end at the right"):
        page.get_by_label(label).check()
    page.get_by_label("From steady to uneven").fill("0.8")
    page.get_by_role("slider", name="Size").fill("64")
    page.get_by_label("From thin to thick").fill("1.5")
    page.get_by_label("Printed or plotted").fill("4.5")
    page.get_by_label("Written by").select_option("ten")
    page.get_by_title("red", exact=True).click()  # the label, because the radio button is invisible
    options = {"slant": "5", "pen": "ballpoint", "paper": "squared", "align": "right", "human": "0.8", "size": "64",
            "networks": "ten", "ink": "#a3262a", "thickness": "1.5", "digit_mm": "4.5"}  # fmt: skip
    expect_query(page, **options)
    page.reload()
    expect_written(page, "12 345")
    unfold(page, "How it looks")
    assert page.get_by_label("ballpoint").is_checked()
    assert page.get_by_role("radio", name="red", exact=True).is_checked()
    assert page.get_by_label("Written by").input_value() == "ten"
    expect_text(page, "size", "^64 px$")
    expect_text(page, "slant", "^5°$")
    plotted = page.locator('[data-download="strokes"]').get_attribute("href") or ""
    assert "page=fit&digit_mm=4.5" in plotted
    assert page.request.get(address + plotted).ok
    expect_query(page, **options)


@pytest.mark.parametrize("paper", ["lined", "squared"])
@pytest.mark.parametrize(("width", "size"), [(1280, 16), (1280, 40), (390, 200)])
def test_the_rules_continue_through_the_picture(page: "Page", width: int, size: int, paper: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"/write?number=-----%0A-----&paper={paper}&size={size}")
    picture, sheet = box_of(expect_written(page, "----- -----")), page.locator(".page")
    around = box_of(sheet)
    seen = np.asarray(Image.open(BytesIO(sheet.screenshot())).convert("L")).astype(int)
    left, right = (round(x - around["x"]) for x in (picture["x"], picture["x"] + picture["width"]))
    bare = np.median(seen)
    outside = bare - np.median(seen[5:-5, right + 2 : right + 9], axis=1)  # how much darker than paper each row is
    within = bare - np.median(seen[5:-5, left + 1 : right - 1], axis=1)
    ruled = outside > 5
    assert ruled.any()
    assert (within[ruled] > 0.9 * outside[ruled]).all()
    assert (within[ruled] < 1.1 * outside[ruled]).all(), "the page and the picture both draw the rules"


@pytest.mark.page(controlled=True)  # so that the buttons keep saying "Copied"
def test_link_command_and_files_are_offered(page: "Page", address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/write?number=12.50&seed=5")
    expect_written(page, "12.50")
    unfold(page, "Save and share")
    copied = {}
    for name in ("link", "command", "call", "picture"):
        page.locator(f'[data-copy="{name}"]').click()
        page.locator(f'[data-copy="{name}"]').get_by_text("Copied").wait_for()
        if name != "picture":
            copied[name] = page.evaluate("navigator.clipboard.readText()")
    assert copied["link"] == f"{address}/write?number=12.50&seed=5"
    assert copied["command"] == f"{interpreter()} -m gan.write 12.50 -o 12.50.svg --seed 5"
    assert page.request.get(copied["call"]).headers["content-type"] == "image/png"
    assert "image/png" in page.evaluate("navigator.clipboard.read().then(([item]) => item.types.join())")
    names = page.locator("[data-download]").evaluate_all("links => links.map((link) => link.download)")
    assert names == ["12.50.png", "12.50.svg", "12.50-animated.svg", "12.50-plotter.svg"]
    for name, kind in (("animated", "animation"), ("strokes", "mm")):
        href = page.locator(f'[data-download="{name}"]').get_attribute("href") or ""
        assert kind in page.request.get(f"{address}{href}").text()


def unrecognized(route: "Route") -> None:
    """Respond with a number in which the classifier recognizes no digit."""
    known = route.fetch().json()
    for glyph in known["glyphs"]:
        glyph["broken_rules"] = ["read"]
    route.fulfill(json=known)


def test_the_network_of_a_run_writes_and_the_bundled_one_again(page: "Page") -> None:
    requests = write_requests(page)
    page.goto("/write?number=12&seed=5&run=mine")
    expect_written(page, "12")
    expect(page.locator('[data-part="own"]')).to_contain_text("Your network mine writes.")
    expect_text(page, "learned", "at iteration 20")
    page.locator(".digits button").first.wait_for()
    expect(page.get_by_text("Train it longer")).to_be_hidden()  # it is the bundled network
    page.route(re.compile("format=json"), unrecognized)
    page.reload()
    expect(page.get_by_text("Not every digit is recognized. Train it longer.")).to_be_visible()
    page.unroute_all()
    assert {one["run"] for one in requests} == {"mine"}
    unfold(page, "How it looks")
    network = page.get_by_label("Written by")
    assert network.input_value() == "run mine"
    assert "your network new" not in network.locator("option").all_text_contents(), "it is untrained"
    page.get_by_role("button", name="Use the bundled network").click()
    expect(page.locator('[data-part="own"]')).to_be_hidden()
    assert network.input_value() == "one"
    expect(page).not_to_have_url(re.compile("run="))
    network.select_option("your network mine")
    expect_query(page, run="mine")


def test_a_file_fills_the_field_and_an_empty_one_is_reported(page: "Page") -> None:
    page.goto("/write?number=12&seed=5")
    unfold(page, "Many numbers")
    message = page.get_by_text("This file has no numbers in its first column. Choose another file.")
    expect(message).to_be_hidden()
    file = {"name": "a.csv", "mimeType": "text/plain", "buffer": b"price;x\n;1\n"}
    page.get_by_label("File").set_input_files(file)  # type: ignore[arg-type]
    expect(message).to_be_visible()
    expect(field(page)).to_have_value("12")
    file["buffer"] = b"price;x\n12,50;1\n3,75;2\n"
    page.get_by_label("File").set_input_files(file)  # type: ignore[arg-type]
    expect_written(page, "12,50 3,75")
    expect_query(page, number="12,50\n3,75")
    expect(message).to_be_hidden()


def test_only_the_paper_is_printed(page: "Page", address: str) -> None:
    page.goto("/write?number=12&seed=5&digit_mm=10")
    page.emulate_media(media="print")
    box = box_of(expect_written(page, "12"))
    left = page.locator("body *:visible").evaluate_all("all => all.map((one) => one.localName)")
    assert set(left) <= {"main", "form", "div", "img"}
    json = page.request.get(f"{address}/api/write?number=12&seed=5&format=json").json()
    assert box["width"] == pytest.approx(json["width"] / json["size"] * 10 * 96 / 25.4, abs=1)
