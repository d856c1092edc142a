"""The page /write in a real browser: typing, errors, options and files."""

import re
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from gan.runs.run_writer import create
from tests.helpers import browsing
from tests.helpers.browsing import (
    Page,
    Route,
    box_of,
    button,
    expect,
    expect_query,
    expect_shown,
    expect_text,
    expect_written,
    field,
    press,
    resize,
    unfold,
)
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import ROOT, hosting

pytestmark = [pytest.mark.slow, pytest.mark.page(reduced_motion=True)]
FAILING = pytest.mark.page(problems_expected=True)
LONG = ("0123456789" * 7)[:64]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a run named mine with the bundled generator."""
    runs = tmp_path_factory.mktemp("runs")
    create(runs / "mine", tiny(None, labels=True)).save_picture(
        20, np.zeros((4, 28, 28), np.uint8)
    )
    shutil.copy(
        ROOT / "gan" / "pretrained" / "any.safetensors",
        runs / "mine" / "generator.safetensors",
    )
    with hosting(runs) as address:
        yield address


# Typing


def test_added_digits_and_a_new_handwriting_are_animated_and_back_restores_the_old_one(
    page: Page,
) -> None:
    requests = browsing.write_requests(page)
    new = button(page, "New handwriting")
    page.goto("/write?number=3")
    expect_written(page, "3")
    new.click()
    field(page).press_sequentially("1")
    expect_written(page, "31")
    assert {one["format"] for one in requests} <= {"svg", "json"}, (
        "the user prefers reduced motion"
    )

    page.emulate_media(reduced_motion="no-preference")
    requests.clear()
    page.goto("/write?number=12&seed=5")
    expect_written(page, "12")
    for key, number in (("5", "125"), ("9", "9125")):
        field(page).press("End" if key == "5" else "Home")
        field(page).press_sequentially(key)
        expect_written(page, number)
    expect_query(page, number="9125", seed="5")
    new.click()
    expect(page).not_to_have_url(re.compile("seed=5$"))
    pictures = [one for one in requests if one["format"] != "json"]
    drawn = [
        ("12", "animated", "0"),
        ("125", "animated", "2"),
        ("9125", "svg", None),
        ("9125", "animated", "0"),
    ]
    assert [
        (one["number"], one["format"], one.get("written")) for one in pictures
    ] == drawn
    expect_query(page, number="9125", seed=pictures[-1]["seed"])
    page.go_back()
    expect_query(page, seed="5")
    page.go_forward()
    expect_query(page, seed=pictures[-1]["seed"])


def test_todays_date_is_selected_and_digits_typed_before_the_script_runs_are_kept(
    page: Page,
) -> None:
    page.goto("/write")
    expect_written(page, r"\d{4}-\d\d-\d\d")
    expect(field(page)).to_be_focused()
    # typing replaces it
    page.wait_for_function(
        "() => getSelection().toString() === document.activeElement.value"
    )

    def type_first(route: Route) -> None:
        field(page).fill("27")
        route.continue_()

    page.route("**/static/js/pages/write.js", type_first)
    page.goto("/write")
    expect_written(page, "27")


def test_an_empty_number_is_no_error(page: Page) -> None:
    empty = page.get_by_text("What you type is written here.")
    page.goto("/write?number=")
    expect(empty).to_be_visible()
    field(page).press_sequentially("7")
    expect_written(page, "7")
    expect(empty).to_be_hidden()
    field(page).fill(" \n")
    expect(empty).to_be_visible()
    expect_text(page, "problem", "^$")
    expect_query(page, number=" \n")


@pytest.mark.parametrize("width", [320, pytest.param(1280, marks=pytest.mark.full)])
def test_a_long_number_fits_the_window(page: Page, width: int) -> None:
    resize(page, width, 800)
    page.goto(f"/write?number={LONG}&seed=0")
    column = box_of(page.locator(".page"))
    drawn = box_of(expect_written(page, LONG))
    assert drawn["width"] <= column["width"]
    assert drawn["height"] > drawn["width"] / 5, "it has several lines"
    assert browsing.scroll_width(page) <= width
    assert box_of(button(page, "New handwriting"))["height"] >= (
        48 if width == 320 else 24
    )


def test_unknown_parameters_of_a_link_are_named(page: Page) -> None:
    page.goto("/write?number=12&seed=5&choices=0:2")
    expect_written(page, "12")
    expect_text(page, "unknown", r"choices\.$")
    expect_query(page, number="12", seed="5")


# Errors


def test_a_character_that_cannot_be_written_is_named_and_kept(page: Page) -> None:
    page.goto("/write?number=12&seed=5")
    expect_written(page, "12")
    unfold(page, "Save and share")
    field(page).fill("12a")
    expect_text(
        page,
        "problem",
        r"^“a” \(character 3\) cannot be written: only digits, spaces and \+ - ",
    )
    assert field(page).input_value() == "12a"
    assert field(page).get_attribute("aria-invalid") == "true"
    expect(page.get_by_text("Download")).not_to_have_attribute("href", re.compile(""))
    expect(page.locator(".link")).to_be_hidden()  # it belonged to the previous number
    expect_shown(page, "Type a number first")
    seen: list[bool] = []

    def hold(route: Route) -> None:
        expect_shown(page, "Writing …")
        expect_text(page, "problem", "^$")  # also while the page still writes
        seen.append(True)
        route.continue_()

    page.route("**/api/write*", hold, times=1)
    field(page).fill("125")
    expect_written(page, "125")
    assert seen
    expect(field(page)).to_have_attribute("aria-invalid", "false")
    expect(page.get_by_text("Download")).to_have_attribute(
        "href", re.compile("number=125")
    )


@FAILING
def test_a_bad_address_is_reported_and_the_page_works(page: Page) -> None:
    page.goto("/write?number=12&seed=many")
    expect_text(page, "problem", "^[^\n]*seed[^\n]*many")
    assert field(page).get_attribute("aria-invalid") == "false", "the number is valid"
    press(page, "New handwriting")
    expect_written(page, "12")
    expect_text(page, "problem", "^$")
    page.goto("/write?number=12&run=nobody")
    expect_text(page, "problem", "nobody")
    expect(page.get_by_text("Your network nobody writes.")).to_be_hidden()
    press(page, "Use the bundled network")
    expect_written(page, "12")


def refusals(page: Page, error: str) -> tuple[list[int], Callable[[Route], None]]:
    """Return a handler that refuses requests for 60 seconds, and the times on the
    page's clock when it did.
    """
    times: list[int] = []

    def refuse(route: Route) -> None:
        times.append(int(page.evaluate("Date.now()")))
        route.fulfill(
            status=503,
            headers={"Retry-After": "60"},
            json={"error": error, "field": None},
        )

    return times, refuse


@pytest.mark.page(controlled=True, problems_expected=True)
def test_a_server_that_is_busy_or_does_not_answer_is_asked_again(page: Page) -> None:
    times, refuse = refusals(page, "The server has too much to do.")
    problem = page.locator('[data-show="problem"]')
    page.route("**/api/write*", refuse, times=2)
    page.goto("/write?number=12&seed=5")
    browsing.advance_until(page, lambda: len(times) == 2, 10 * browsing.SECONDS)
    assert times[1] - times[0] >= 60 * browsing.SECONDS
    browsing.advance_until(
        page,
        page.get_by_alt_text("12 in handwriting").is_visible,
        10 * browsing.SECONDS,
    )
    expect_text(page, "problem", "^$")
    page.route("**/api/write*", refuse)
    field(page).fill("34")
    browsing.advance_until(
        page, lambda: bool(problem.text_content()), 10 * browsing.SECONDS
    )
    expect_text(page, "problem", "^The server has too much to do.$")
    page.unroute("**/api/write*")
    page.route("**/api/write*", lambda route: route.abort())
    field(page).fill("125")
    expect_text(page, "problem", "^The server does not answer.")
    page.unroute("**/api/write*")
    browsing.advance_until(
        page, page.get_by_alt_text("125 in handwriting").is_visible, browsing.SECONDS
    )
    expect_text(page, "problem", "^$")


# Options, paper, files and networks


def test_options_are_kept_in_the_address(page: Page) -> None:
    page.goto("/write?number=12%0A345&seed=5&slant=5")
    expect_written(page, "12 345")
    unfold(page, "How it looks")
    unfold(page, "More")
    for label in ("ballpoint", "squared", "end at the right"):
        page.get_by_label(label).check()
    page.get_by_label("From steady to uneven").fill("0.8")
    page.get_by_role("slider", name="Size").fill("64")
    page.get_by_label("From thin to thick").fill("1.5")
    # the label, because the radio button is invisible
    page.get_by_title("red", exact=True).click()
    options = {
        "slant": "5",
        "pen": "ballpoint",
        "paper": "squared",
        "align": "right",
        "human": "0.8",
        "size": "64",
        "ink": "#a3262a",
        "thickness": "1.5",
    }
    expect_query(page, **options)
    page.reload()
    expect_written(page, "12 345")
    unfold(page, "How it looks")
    assert page.get_by_label("ballpoint").is_checked()
    assert page.get_by_role("radio", name="red", exact=True).is_checked()
    expect_text(page, "size", "^64 px$")
    expect_text(page, "slant", "^5°$")
    expect_query(page, **options)


def test_the_rules_continue_through_the_picture(page: Page) -> None:
    page.goto("/write?number=-----%0A-----&size=24")
    unfold(page, "How it looks")
    unfold(page, "More")
    sheet = page.locator(".page")
    for width, size, paper in (
        (1280, 16, "lined"),
        (1280, 48, "squared"),
        (390, 200, "squared"),
        (390, 200, "lined"),
    ):
        resize(page, width, 844)
        page.get_by_role("slider", name="Size").fill(str(size))
        page.get_by_label(paper).check()
        expect_query(page, size=str(size), paper=paper)
        picture = box_of(expect_written(page, "----- -----"))
        around = box_of(sheet)
        seen = np.asarray(Image.open(BytesIO(sheet.screenshot())).convert("L")).astype(
            int
        )
        left, right = (
            round(x - around["x"])
            for x in (picture["x"], picture["x"] + picture["width"])
        )
        bare = np.median(seen)
        # how much darker than paper each row is
        outside = bare - np.median(seen[5:-5, right + 2 : right + 9], axis=1)
        within = bare - np.median(seen[5:-5, left + 1 : right - 1], axis=1)
        ruled = outside > 5
        assert ruled.any()
        assert (within[ruled] > 0.9 * outside[ruled]).all()
        assert (within[ruled] < 1.1 * outside[ruled]).all(), (
            "the page and the picture both draw the rules"
        )


# the clock is stopped, so buttons keep saying "Copied"
@pytest.mark.page(controlled=True, problems_expected=True)
def test_link_picture_and_files_are_offered(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/write?number=12.50&seed=5")
    expect_written(page, "12.50")
    names = page.locator("[data-download]").evaluate_all(
        "links => links.map((link) => link.download)"
    )
    assert names == ["12.50.png", "12.50.svg", "12.50-animated.svg"]
    href = page.locator('[data-download="animated"]').get_attribute("href") or ""
    assert "animation" in page.request.get(f"{address}{href}").text()
    unfold(page, "Save and share")
    expect_shown(page, "This link works on this computer only.")
    link, picture = (
        page.locator(f'[data-copy="{name}"]') for name in ("link", "picture")
    )
    link.click()
    expect(link).to_have_text("Copied")
    assert (
        page.evaluate("navigator.clipboard.readText()")
        == f"{address}/write?number=12.50&seed=5"
    )
    picture.click()
    expect(picture).to_have_text("Copied")
    assert "image/png" in page.evaluate(
        "navigator.clipboard.read().then(([item]) => item.types.join())"
    )

    # a browser that copies nothing
    page.clock.fast_forward(2 * browsing.SECONDS)
    expect(picture).to_have_text("Copy")
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', "
        "{ value: undefined, configurable: true })"
    )
    picture.click()
    expect_text(
        page, "picture-said", "^This browser does not allow copying. Press Download.$"
    )
    page.route("**/api/write*", lambda route: route.abort())
    picture.click()
    expect_text(page, "picture-said", "^The server does not answer.")


def unrecognized(route: Route) -> None:
    """Respond with a number in which the classifier recognizes no digit."""
    known = route.fetch().json()
    for glyph in known["glyphs"]:
        glyph["broken_rules"] = ["read"]
    route.fulfill(json=known)


def test_the_network_of_a_run_writes_and_the_bundled_one_again(page: Page) -> None:
    requests = browsing.write_requests(page)
    page.goto("/write?number=12&seed=5&run=mine")
    expect_written(page, "12")
    expect(page.locator('[data-part="own"]')).to_contain_text(
        "Your network mine writes."
    )
    expect_text(page, "learned", "at iteration 20")
    expect_query(page, run="mine")
    # it is the bundled network
    expect(page.get_by_text("Train it longer")).to_be_hidden()
    page.route(re.compile("format=json"), unrecognized)
    page.reload()
    expect_shown(page, "Not every digit is recognized. Train it longer.")
    page.unroute_all()
    assert {one["run"] for one in requests} == {"mine"}
    press(page, "Use the bundled network")
    expect(page.locator('[data-part="own"]')).to_be_hidden()
    expect(page).not_to_have_url(re.compile("run="))


def test_a_file_fills_the_field_and_an_empty_one_is_reported(page: Page) -> None:
    page.goto("/write?number=12&seed=5")
    unfold(page, "Many numbers")
    message = page.get_by_text(
        "This file has no numbers in its first column. Choose another file."
    )
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


def test_only_the_paper_is_printed(page: Page, address: str) -> None:
    page.goto("/write?number=12&seed=5")
    page.emulate_media(media="print")
    box = box_of(expect_written(page, "12"))
    left = page.locator("body *:visible").evaluate_all(
        "all => all.map((one) => one.localName)"
    )
    assert set(left) <= {"main", "form", "div", "img"}
    json = page.request.get(f"{address}/api/write?number=12&seed=5&format=json").json()
    assert box["width"] == pytest.approx(
        json["width"] / json["size"] * 8 * 96 / 25.4, abs=1
    )
