"""gan/web/routes/learn.py and its page: source files, latents, turns of a new network, a gradient check."""

import html
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from aiohttp import hdrs
from PIL import Image

from gan.data.pictures import drawings_on
from gan.drawings.load_and_draw import draw, load_pretrained
from gan.rules.latents import one_hot
from gan.web.routes.learn import FILES, FRAMES, morph
from tests.helpers.browsing import expect, open_page, scroll_width
from tests.helpers.serving import Client

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]


async def test_the_page_links_every_file(client: Client) -> None:
    text = await (await client.get("/learn")).text()
    assert [f'href="/source/{path}"' in text for path in FILES] == [True] * len(FILES)


# Source files


@pytest.mark.parametrize("path", FILES)
async def test_a_file_is_shown_with_line_numbers_and_a_link_back(client: Client, path: str) -> None:
    answer = await client.get(f"/source/{path}")
    assert (answer.status, answer.headers[hdrs.CONTENT_TYPE]) == (200, "text/html; charset=utf-8")
    text = await answer.text()
    lines = re.findall(r'<span id="L(\d+)">(.*?\n)</span>', text, re.DOTALL)
    assert [int(number) for number, _ in lines] == [*range(1, len(lines) + 1)]
    assert not any("<" in line for _, line in lines), "markup is escaped"
    assert html.unescape("".join(line for _, line in lines)) == (ROOT / path).read_text("utf-8")
    assert 'href="/learn#files"' in text
    assert 'id="files"' in await (await client.get("/learn")).text()


OTHERS = [
    "server.py",
    "gan/runs/run.py",
    "../server.py",
    "nnet/../server.py",
    "nnet%2f..%2fserver.py",
    "nnet/",
    "%00",
    ".",
]


@pytest.mark.parametrize("path", OTHERS)
async def test_no_other_file_is_shown(client: Client, path: str) -> None:
    answer = await client.get(f"/source/{path}")
    assert (answer.status, answer.content_type) == (404, "text/html")


# From one latent to another


def test_a_strip_leads_from_one_drawing_to_the_other_in_small_steps(tmp_path: Path) -> None:
    (tmp_path / "strip.png").write_bytes(morph(3, 5, 8))
    strip = drawings_on(tmp_path / "strip.png")
    generator, config = load_pretrained(None)
    normal = np.stack([np.random.default_rng(seed).standard_normal(config.latent, np.float32) for seed in (5, 8)])
    threes = one_hot(np.array([3, 3]))
    ends = draw(generator, np.concatenate([np.float32(config.temperature) * normal, threes], 1))
    assert strip.shape == (FRAMES, 28, 28)
    assert np.abs(strip[[0, -1]].astype(int) - ends).max() <= 1
    steps = np.abs(np.diff(strip.astype(int), axis=0)).mean((1, 2))
    assert steps.max() < np.abs(strip[-1].astype(int) - strip[0]).mean(), "no step is large"


async def test_a_strip_is_a_png_that_clients_may_cache(client: Client) -> None:
    first = await client.get("/api/morph?digit=7&from=1&to=4294967295")
    body = await first.read()
    assert (first.status, first.content_type) == (200, "image/png")
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (FRAMES * 30 + 2, 32)
    cached = {hdrs.IF_NONE_MATCH: first.headers[hdrs.ETAG]}
    assert (await client.get("/api/morph?digit=7&from=1&to=4294967295", headers=cached)).status == 304
    default = await client.get("/api/morph?digit=7")
    assert await default.read() == await (await client.get("/api/morph?digit=7&from=0&to=1")).read()


# In a browser


def test_the_digit_changes_while_the_slider_is_dragged(browser: "Browser", hosted: str) -> None:
    ink = "canvas => canvas.toDataURL()"
    changed = "before => document.querySelector('.morph canvas').toDataURL() !== before"
    with open_page(browser, hosted) as page:
        page.goto("/learn")
        canvas, slider = page.locator(".morph canvas"), page.get_by_role("slider", name="From one latent")
        expect(canvas).to_have_attribute("aria-label", "The digit 3, drawn from the first latent")
        blank = page.evaluate("Object.assign(document.createElement('canvas'), { width: 28, height: 28 }).toDataURL()")
        page.wait_for_function(changed, arg=blank)
        drawings = [blank, canvas.evaluate(ink)]
        slider.fill(str(FRAMES // 2))
        expect(canvas).to_have_attribute("aria-label", "The digit 3, drawn from 50 % of the way")
        drawings.append(canvas.evaluate(ink))
        slider.press("End")
        expect(canvas).to_have_attribute("aria-label", "The digit 3, drawn from the second latent")
        drawings.append(canvas.evaluate(ink))
        page.get_by_role("combobox", name="Digit").select_option("8")
        page.wait_for_function(changed, arg=drawings[-1])
        expect(canvas).to_have_attribute("aria-label", "The digit 8, drawn from the second latent")
        drawings.append(canvas.evaluate(ink))
        page.get_by_role("button", name="New pair").click()
        page.wait_for_function(changed, arg=drawings[-1])
        drawings.append(canvas.evaluate(ink))
        assert len(set(drawings)) == len(drawings)


def test_the_turns_of_a_new_network_are_played_also_on_a_phone(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
        page.set_viewport_size({"width": 320, "height": 700})
        page.goto("/learn")
        box, turn = page.locator(".diagram"), page.locator('[data-game="turn"]')
        expect(box).to_be_hidden()
        step = page.get_by_role("button", name="Step")
        for said in ("Nobody has learned", "Judge’s turn", "Artist’s turn: the judge is locked"):
            step.click()
            expect(turn).to_contain_text(said)
        expect(box.locator('[data-game="verdict"]')).to_have_text("Drawing 4 (should be a 3)")
        expect(box.locator(".scale circle")).to_have_count(128)
        assert scroll_width(page) == 320
        page.get_by_role("button", name="Close").click()
        expect(box).to_be_hidden()
        step.click()
        expect(turn).to_contain_text("Nobody has learned")


def test_a_gradient_is_checked_with_new_numbers_each_time(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
        page.set_viewport_size({"width": 320, "height": 700})
        page.goto("/learn")
        form = page.get_by_role("form", name="Check a gradient")
        form.get_by_label("Layer").select_option("convolution")  # the layer with the widest numbers
        form.get_by_role("button").click()
        expect(form.get_by_role("status")).to_have_text(re.compile(r"^The largest error is .* right.$"))
        rows = form.get_by_role("row")
        expect(rows).to_have_count(4)
        assert scroll_width(page) == 320
        first = rows.last.text_content()
        form.get_by_role("button").click()
        expect(rows.last).not_to_have_text(first or "")
