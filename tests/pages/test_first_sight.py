"""How many words a newcomer sees on each page of the menu before scrolling or pressing anything, at 1280 x 800."""

import pytest

from tests.helpers.browsing import Page
from tests.pages.test_access import PAGES as FILLED
from tests.pages.test_access import address as address  # the fixture: a server with a recorded run

MOST = {"/": 60, "/learn": 70, "/what-if": 73, "/static/images": 57, "/guess": 28, "/write": 33, "/mine": 40}
UNSEEN = ".unseen, .skip, noscript, script, style, select"  # text for screen readers, and text that is not shown
# Return the words with a letter that have a place on the screen. Numbers and signs are no words.
WORDS = """unseen => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  const shown = { opacityProperty: true, visibilityProperty: true }, words = [];
  while (texts.nextNode()) {
    const text = texts.currentNode, { parentElement: element } = text;
    if (element.closest(unseen) || !element.checkVisibility(shown)) continue;
    for (const { 0: word, index } of text.data.matchAll(/\\S*\\p{L}\\S*/gu)) {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      const { left, right, top, bottom } = range.getBoundingClientRect();
      const isOnScreen = left < innerWidth && right > 0 && top < innerHeight && bottom > 0;
      if (isOnScreen && right > left && bottom > top) words.push(word);
    }
  }
  return words;
}"""


def words(page: Page) -> list[str]:
    return list(page.evaluate(WORDS, UNSEEN))


@pytest.mark.parametrize("path", MOST)
def test_a_page_has_few_words_at_first_sight(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(path)
    page.locator(FILLED[path]).first.wait_for()
    page.wait_for_load_state("networkidle")  # also for what the script adds after that
    seen = words(page)
    assert MOST[path] / 2 < len(seen) <= MOST[path], " ".join(seen)
    menu = page.locator("nav a").evaluate_all("links => links.map((link) => link.pathname)")
    assert set(menu) < MOST.keys(), "a page of the menu has no limit"
