"""Draw ten things ten times in the dialog "Draw your own", train on them, and save the sheets.

    python -m benchmarks.own_drawings --output FOLDER          # a server
    python -m benchmarks.own_drawings --output FOLDER --site   # the static site, which trains in the page

A headless Chromium draws with its mouse, each thing as another person would: with an unsteady hand, a tilt, unequal
sizes and gaps. The time is from the press of Train to the sheet of the last iteration. Before each training, the dialog
also gets ten different things, one drawing of each, and should say that they differ. FOLDER/1.png has the first thing.
"""

import argparse
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.parse_options import Options, Table, main_of, print_machine
from benchmarks.programs import browser_page, compile_kernels, server, static_site
from gan.cli.command_line import some_path, whole

if TYPE_CHECKING:
    from playwright.sync_api import Page

Strokes = list[NDArray[np.float64]]  # points (x, y) each, from -1 to 1; y points down
TIMES, SIDE = 10, 0.7  # drawings of each thing; half their longer side, in halves of the pad
DIFFER = "differ much"


def polyline(*numbers: float) -> NDArray[np.float64]:
    """Return points on straight lines between the corners x, y, x, y, .."""
    corners = np.reshape(numbers, (-1, 2))
    return np.concatenate([np.linspace(a, b, max(2, int(20 * np.hypot(*(b - a))))) for a, b in pairwise(corners)])


def arc(x: float, y: float, rx: float, ry: float, first: float = 0, last: float = 360) -> NDArray[np.float64]:
    """Return points on an ellipse from one angle to another, in degrees."""
    angles = np.radians(np.linspace(first, last, 24))
    return np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], 1)


def heart() -> NDArray[np.float64]:
    t = np.linspace(0, 2 * np.pi, 40)
    return np.stack([16 * np.sin(t) ** 3, -13 * np.cos(t) + 5 * np.cos(2 * t) + 2 * np.cos(3 * t)], 1) / 17


STAR = np.ravel([(np.sin(turn), -np.cos(turn)) for turn in np.arange(6) * 4 * np.pi / 5])
THINGS: dict[str, Strokes] = {
    "star": [polyline(*STAR)],
    "heart": [heart()],
    "house": [polyline(-1, 1, -1, -0.2, 0, -1, 1, -0.2, 1, 1, -1, 1), polyline(-0.3, 1, -0.3, 0.3, 0.3, 0.3, 0.3, 1)],
    "fish": [arc(-0.2, 0, 0.8, 0.5), polyline(0.6, 0, 1, -0.5, 1, 0.5, 0.6, 0), arc(-0.6, -0.1, 0.06, 0.06)],
    "face": [arc(0, 0, 1, 1), arc(-0.35, -0.25, 0.1, 0.1), arc(0.35, -0.25, 0.1, 0.1), arc(0, 0.1, 0.5, 0.4, 15, 165)],
    "umbrella": [arc(0, 0, 1, 1, 180), polyline(-1, 0, 1, 0), polyline(0, 0, 0, 0.8), arc(-0.2, 0.8, 0.2, 0.2, 0, 180)],
    "cat": [
        arc(0, 0.2, 0.9, 0.8), polyline(-0.8, -0.2, -0.8, -1, -0.3, -0.5), polyline(0.3, -0.5, 0.8, -1, 0.8, -0.2),
        arc(-0.35, 0.1, 0.07, 0.07), arc(0.35, 0.1, 0.07, 0.07), polyline(-0.1, 0.4, 0.1, 0.4, 0, 0.55, -0.1, 0.4),
    ],
    "boat": [polyline(-1, 0.4, -0.6, 1, 0.6, 1, 1, 0.4, -1, 0.4), polyline(0, 0.4, 0, -1, 0.8, 0.1, 0, 0.1)],
    "cup": [polyline(-0.8, -0.7, -0.7, 0.9, 0.3, 0.9, 0.4, -0.7, -0.8, -0.7), arc(0.45, 0, 0.45, 0.4, -80, 80)],
    "key": [arc(-0.6, 0, 0.4, 0.4), polyline(-0.2, 0, 1, 0), polyline(0.6, 0, 0.6, 0.4), polyline(0.95, 0, 0.95, 0.4)],
}  # fmt: skip


class Person:
    """Draws with habits: an amount of everything that differs between two drawings of a thing."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        low, high = (0.02, 0.03, 0.1, 0.02, 0.05), (0.05, 0.12, 0.3, 0.06, 0.2)
        self.miss, self.tilt, self.size, self.gap, self.shift = self.rng.uniform(low, high)
        self.lean = self.rng.uniform(-0.15, 0.15)

    def draw(self, thing: Strokes) -> Strokes:
        rng, turn = self.rng, self.rng.normal(0, self.tilt)
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ [[1, self.lean], [0, 1]]
        matrix = matrix * rng.uniform(0.9, 1.1, 2) * SIDE * rng.uniform(1 - self.size, 1)
        moved = rng.normal(0, self.shift, 2)
        return [self.unsteady(stroke) @ matrix.T + moved for stroke in thing]

    def unsteady(self, stroke: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a stroke that misses its place, waves, and begins late or ends early."""
        along, rng = np.linspace(0, 2 * np.pi, len(stroke))[:, None], self.rng
        waves = [rng.normal(0, self.miss, 2) / n * np.sin(n * along + rng.uniform(0, 6, 2)) for n in (1, 2, 3)]
        first, last = (int(len(stroke) * self.gap * rng.random()) for _ in range(2))
        return (stroke + sum(waves) + rng.normal(0, self.miss, 2))[first : len(stroke) - last]


def draw(page: "Page", drawings: list[Strokes]) -> None:
    """Draw in the open dialog."""
    box = page.locator(".pad canvas").bounding_box()
    assert box is not None
    for drawing in drawings:
        for stroke in drawing:
            places = np.clip((stroke + 1) / 2, 0, 1) * box["width"] + (box["x"], box["y"])
            page.mouse.move(*places[0])
            page.mouse.down()
            for x, y in places[1:]:
                page.mouse.move(x, y)
            page.mouse.up()
        page.locator('[data-do="next"]').click()


def is_said_to_differ(page: "Page", drawings: list[Strokes]) -> bool:
    """Draw in a new page, and return whether the dialog says that the drawings differ."""
    page.evaluate("() => { delete localStorage.drawings; }")
    page.reload()
    page.locator("main[data-mounted]").wait_for()
    page.locator('[data-do="draw"]').click()
    draw(page, drawings)
    return DIFFER in page.locator('[data-show="advice"]').inner_text()


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    compile_kernels()
    asked.output.mkdir(parents=True, exist_ok=True)
    table = Table({"sheet": 6, "thing": 10, "differ": 7, "ten things differ": 18, "64 of yours, s": 6})
    with static_site() if asked.site else server() as (address, _), browser_page(f"{address}/", "") as page:
        for number, (name, thing) in enumerate(THINGS.items()):
            person = Person(asked.seed + number)
            mixed = is_said_to_differ(page, [person.draw(other) for other in THINGS.values()])
            alike = is_said_to_differ(page, [person.draw(thing) for _ in range(TIMES)])
            page.locator('[data-do="learn"]').click()
            begun, end = time.monotonic(), page.get_by_text("Here are 64 of yours")
            end.wait_for(state="hidden")  # that of the thing before
            end.wait_for()
            seconds = time.monotonic() - begun
            with page.expect_download() as saved:
                page.get_by_role("button", name="Save picture").click()
            saved.value.save_as(asked.output / f"{number + 1}.png")
            table.row([str(number + 1), name, *("yes" if said else "no" for said in (alike, mixed)), f"{seconds:.1f}"])


OPTIONS: Options = {
    "--output": {"type": some_path, "default": Path("own-drawings"), "metavar": "FOLDER", "help": "for the sheets"},
    "--seed": {"type": whole(0, 2**31), "default": 0, "help": "of the first person (default 0)"},
    "--site": {"action": "store_true", "help": "train in the page of the static site"},
}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
