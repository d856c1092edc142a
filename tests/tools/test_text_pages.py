"""Texts of docs: the templates are made from them, and the pictures of docs/why.md
agree with the code.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest

from gan.plain.models import build_discriminator, build_generator
from gan.plain.one_digit import CHANNELS, LATENT
from gan.web.routes.learn_and_guess import FILES
from nnet.layer import Array
from tests.helpers.browsing import expect, open_page, scroll_width
from tools.make_text_pages import STYLE, TEXTS, to_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TEXT = (DOCS / "why.md").read_text("utf-8")
SECTIONS = dict(
    re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
)

# The page


@pytest.mark.parametrize("text", TEXTS)
def test_the_template_is_up_to_date(
    text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    new = to_html(text)
    old = Path(f"templates/{text.stem}.html").read_text("utf-8")
    assert without_mathml(new) == without_mathml(old), (
        f"{text} or a picture has changed: run tools.make_text_pages"
    )


def without_mathml(text: str) -> str:
    """Return the text with each formula in LaTeX only, because versions of the
    converter may differ.
    """
    return re.sub(r"(<math[^>]*>).*?</math>", r"\1", text)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_a_formula_or_a_picture_and_names_a_file_that_the_page_shows(
    section: str,
) -> None:
    text = SECTIONS[section]
    assert "$$" in text or "![" in text
    linked = re.findall(r"\[(.*?)\]\(\.\./(.*?)\)", text)
    assert linked
    assert [name for name, path in linked if name != path or path not in FILES] == []


def test_formulas_wider_than_a_phone_scroll_inside_their_boxes(
    browser: "Browser", hosted: str
) -> None:
    with open_page(browser, hosted) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto("/learn")
        folds = page.locator("details.fold")
        assert folds.locator("summary").all_inner_texts() == [
            title.replace("'", "’") for title in SECTIONS
        ]
        folds.evaluate_all("all => all.forEach((fold) => { fold.open = true; })")
        formulas = page.locator(".math.block")
        assert formulas.count() == TEXT.count("$$") // 2
        assert page.locator("svg.sketch").count() == TEXT.count("![")
        for size in ("", "200px"):
            # The page's own, and one with which every formula is too wide in any font.
            formulas.evaluate_all(
                "(all, size) => all.forEach((one) => { one.style.fontSize = size; })",
                size,
            )
            assert scroll_width(page) == 390
        formulas.evaluate_all("all => all.forEach((one) => { one.scrollLeft = 9; })")
        assert (
            formulas.evaluate_all(
                "all => all.filter((one) => one.scrollLeft === 9).length"
            )
            == formulas.count()
        )


def test_the_lesson_prints_two_sheets_in_black_without_menu_and_links(
    browser: "Browser", hosted: str
) -> None:
    with open_page(browser, hosted, color_scheme="dark") as page:
        page.goto("/lesson")
        page.emulate_media(media="print")
        expect(page.locator("header:visible, .screen:visible")).to_have_count(0)
        expect(page.locator("hr")).to_have_css("break-after", "page")
        expect(page.locator("main")).to_have_css("color", "rgb(0, 0, 0)")
        expect(page.locator('.screen a[href="/answers"]')).to_have_count(1)


# The pictures


def texts(picture: str, kind: str) -> list[str]:
    """Return the texts of a class in a picture."""
    root = ElementTree.parse(DOCS / picture).getroot()
    return [
        element.text or "" for element in root.iter() if element.get("class") == kind
    ]


def test_the_picture_of_the_layers() -> None:
    rng = np.random.default_rng(0)
    shapes = list[str]()
    weights = list[str]()
    G, D = build_generator(LATENT, CHANNELS, rng), build_discriminator(1, CHANNELS, rng)
    for network, shape in ((G, (LATENT,)), (D, (28, 28, 1))):
        shapes.append(by(shape))
        x: Array = np.zeros((1, *shape), np.float32)
        for layer in network.layers:
            x, _ = layer.forward(x)
            if count := sum(w.size for w in layer.params.values()):
                shapes.append(by(x.shape[1:]))
                weights.append(f"{count:,}")
            elif x.ndim == 4:  # a Reshape to images; that to a row is not shown
                shapes[-1] = by(x.shape[1:])
    assert texts("shapes.svg", "shape") == shapes
    assert texts("shapes.svg", "weights") == weights


def test_the_picture_of_the_three_ways_is_on_the_page_what_if() -> None:
    picture = STYLE.sub("", (DOCS / "three-ways.svg").read_text("utf-8"))
    assert picture.strip() in (ROOT / "templates" / "what-if.html").read_text("utf-8")


def by(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
