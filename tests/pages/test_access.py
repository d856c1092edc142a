"""All pages are accessible, have few words, fit a phone, and have colours that everyone
can tell apart.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from gan.runs.explain_drawing import LESS_INK, MORE_INK
from tests.helpers.browsing import (
    FULL,
    Browser,
    Page,
    box_of,
    expect_shown,
    expect_text,
    field,
    open_page,
    press,
    resize,
    scroll_width,
)
from tests.helpers.serving import ROOT, hosting
from tests.pages.test_slideshow import record

PAGES = {  # each page, and an element that its script fills last
    "/": '[data-show="story"]:text-matches("Noise")',
    "/?new=&digit=3&lock=5": '[data-part="linked"] button',
    "/what-if": '[data-show="at"]:text-matches("Iteration [0-9]")',
    "/slideshow": '[data-show="place"]:text-matches("picture [0-9]+ of [0-9]")',
    "/slideshow?iteration=40&drawing=5": ".ask canvas:visible",
    "/guess": '[data-show="place"]:text-matches("Pair 1 of 10")',
    "/write": '[data-show="picture"]:visible',
    "/mine": '[data-show="status"]:text-matches("All ten appear here")',
    "/source/docs/course/gan.py": "small",
    "/learn": "main[data-mounted]",
    "/course": "main",
    "/lesson": "main",
    "/answers": "main",
    "/normal": "main",
}
MENU = ["Train", "What if?", "Slideshow", "Guess", "Write a number", "How it works"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with hosting(
        tmp_path_factory.mktemp("runs"),
        record(tmp_path_factory.mktemp("shipped"), labels=True),
    ) as address:
        yield address


def serious(page: Page) -> list[str]:
    """Return the problems that axe rates serious or worse, each with the first
    offending element.
    """
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    violations = Axe().run(page).response["violations"]
    grave = [rule for rule in violations if rule["impact"] in ("serious", "critical")]
    return sorted(f"{rule['id']}: {rule['nodes'][0]['html'][:100]}" for rule in grave)


def use(page: Page, path: str) -> None:
    """Bring a page into a state that shows more of it."""
    for fold in page.locator("summary:visible").all()[::-1]:
        fold.click()
    if path == "/learn":
        press(page, "One turn")
        expect_shown(page, "Nobody has learned")
    if path == "/guess":
        page.keyboard.press("ArrowLeft")
        expect_shown(page, "A person wrote the")
    if path == "/write":
        assert serious(page) == []
        # closes the sections, whose links are pale while there is nothing to save
        page.reload()
        field(page).fill("12a")
        expect_text(page, "problem", "cannot be written")


@pytest.mark.parametrize(
    ("scheme", "width"),
    [("light", 1280), pytest.param("dark", 390, marks=pytest.mark.nightly)],
)
@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=FULL if path != "/" else ()) for path in PAGES]
)
def test_axe_finds_nothing_serious(
    browser: Browser, address: str, path: str, scheme: str, width: int
) -> None:
    # Bypass the page's content security policy, because it blocks scripts from
    # elsewhere, including axe.
    with open_page(browser, address, bypass_csp=True, color_scheme=scheme) as page:
        resize(page, width, 900)
        page.goto(path)
        page.locator(PAGES[path]).first.wait_for()
        use(page, path)
        assert serious(page) == []
        assert scroll_width(page) <= width


def test_no_page_is_wider_than_a_phone_and_the_menu_fits_on_one_line(
    page: Page,
) -> None:
    resize(page, 320, 800)
    for path, filled in PAGES.items():
        page.goto(path)
        page.locator(filled).first.wait_for()  # includes what the scripts add
        assert scroll_width(page) <= 320, path
    nav = page.get_by_role("navigation", name="Pages")
    boxes = [box_of(link) for link in nav.get_by_role("link").all()]
    assert len({box["y"] for box in boxes}) == 1
    assert min(box["height"] for box in boxes) >= 24, "large enough for a finger"
    assert min(b["x"] - a["x"] - a["width"] for a, b in pairwise(boxes)) >= 6
    for name in MENU:
        assert nav.get_by_role("link", name=name, exact=True).count() == 1, (
            "screen readers get the whole name"
        )


# How many words a newcomer sees on each page of the menu before scrolling or pressing
# anything, at 1280 x 800

MOST = {
    "/": 50,
    "/learn": 66,
    "/what-if": 73,
    "/slideshow": 42,
    "/guess": 30,
    "/write": 33,
    "/mine": 40,
    "/course": 91,
}
# text for screen readers, and text that is not shown
UNSEEN = ".unseen, .skip, noscript, script, style, select"
# Return the words with a letter that have a place on the screen. Numbers and signs are
# no words.
WORDS = """unseen => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const shown = { opacityProperty: true, visibilityProperty: true };
  const words = [];
  while (texts.nextNode()) {
    const text = texts.currentNode, { parentElement: element } = text;
    if (element.closest(unseen) || !element.checkVisibility(shown)) continue;
    for (const { 0: word, index } of text.data.matchAll(/\\S*\\p{L}\\S*/gu)) {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      const { left, right, top, bottom } = range.getBoundingClientRect();
      const isBeside = left >= innerWidth || right <= 0;
      const isOnScreen = !isBeside && top < innerHeight && bottom > 0;
      if (isOnScreen && right > left && bottom > top) words.push(word);
    }
  }
  return words;
}"""


def words(page: Page) -> list[str]:
    return list(page.evaluate(WORDS, UNSEEN))


@pytest.mark.parametrize("path", MOST)
def test_a_page_has_few_words_at_first_sight(page: Page, path: str) -> None:
    resize(page, 1280, 800)
    if path == "/learn":  # its animation takes time
        page.emulate_media(reduced_motion="reduce")
    page.goto(path)
    page.locator(PAGES[path]).first.wait_for()
    page.wait_for_load_state("networkidle")  # also for what the script adds after that
    seen = words(page)
    assert MOST[path] / 2 < len(seen) <= MOST[path], " ".join(seen)
    menu = page.locator("nav a").evaluate_all(
        "links => links.map((link) => link.pathname)"
    )
    assert set(menu) < MOST.keys(), "a page of the menu has no limit"


# Colours

DEFINED = re.compile(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)")
LIGHT_DARK = DEFINED.findall((ROOT / "static" / "paper.css").read_text("utf-8"))
# light, dark
ROLES = [{role: pair[scheme] for role, *pair in LIGHT_DARK} for scheme in (0, 1)]
SIGHTS = {  # in linear RGB: Machado, Oliveira and Fernandes (2009), severity 1
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]
    ),
    "deuteranopia": np.array(
        [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
    ),
    "tritanopia": np.array(
        [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]
    ),
}
# white is (1, 1, 1)
TO_XYZ = np.array(
    [[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0177, 0.1094, 0.8729]]
)


def linear(colour: str) -> NDArray[np.floating]:
    """Return #rrggbb as linear red, green and blue, (3,)."""
    encoded = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255
    return np.where(
        encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4
    )


@pytest.mark.parametrize("colours", ROLES, ids=["light", "dark"])
def test_colours_stand_out(colours: dict[str, str]) -> None:
    # as WCAG defines it
    light = {
        role: float(TO_XYZ[1] @ linear(colour)) + 0.05
        for role, colour in colours.items()
    }
    for role in (
        "ink",
        "note",
        "good",
        "bad",
        "judge",
        "artist",
        "add",
        "erase",
        "edge",
    ):
        contrasts = [light[role] / light[ground] for ground in ("page", "card")]
        assert min(max(ratio, 1 / ratio) for ratio in contrasts) >= (
            3 if role == "edge" else 4.5
        ), role
    gradient = [f"#{bytes(colour).hex()}" for colour in (MORE_INK, LESS_INK)]
    assert [ROLES[0]["add"], ROLES[0]["erase"]] == gradient, (
        "pictures of gradients have the same colours"
    )


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_colour_blind_tell_roles_apart(sight: str) -> None:
    def lab(colour: str) -> NDArray[np.floating]:
        """Return the colour as it looks, in CIELAB, where a distance of 1 is just
        noticeable.
        """
        x, y, z = np.cbrt(TO_XYZ @ np.clip(SIGHTS[sight] @ linear(colour), 0.01, 1))
        return np.array([116 * y, 500 * (x - y), 200 * (y - z)])

    for colours in ROLES:
        for one, other in (("add", "erase"), ("judge", "artist")):
            assert np.linalg.norm(lab(colours[one]) - lab(colours[other])) > 30, (
                one,
                other,
            )
    if sight == "deuteranopia":
        assert np.linalg.norm(lab("#a02c20") - lab("#5c6b20")) < 30, (
            "red and green look alike"
        )
