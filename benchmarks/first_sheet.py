"""Time what a user sees after pressing Fun: `python -m benchmarks.first_sheet`.

    # a server with an idle training process
    python -m benchmarks.first_sheet
    # the static site, which trains in the page
    python -m benchmarks.first_sheet --site --seconds 120

A headless Chromium shows the page, and each seed gets a new run. The benchmark measures
the time from pressing the button to the first new sheet, to the first sheet with half
its drawings recognized, and to the first with nine in ten. It also measures each
sheet's delay from drawing to painting in the browser, and the time of an iteration.
"""

import argparse
import math
import statistics
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.crowd_clients import percentile
from benchmarks.parse_options import Figures, Options, Table, main_of, print_machine
from benchmarks.run_programs import browser_page, compile_kernels, server, static_site
from gan.cli.command_line import whole

if TYPE_CHECKING:
    from playwright.sync_api import Page

SETTLE_SECONDS = 1.0  # for an idle run to settle before the press
# The first sheet with at least this share of its drawings recognized, by event.
EVENTS = {"first": 0.0, "half": 0.5, "nine_in_ten": 0.9}

# This script records the state of the training, when Fun was pressed, when each sheet
# was drawn and painted, and the fraction recognized on it. Events come from the server,
# or from the worker of the static site.
NOTES = """
window.notes = { pressed: null, drawn: {}, shown: [] };
const now = () => performance.timeOrigin + performance.now();
const noted = (Source) => class extends Source {
  constructor(...words) {
    super(...words);
    this.addEventListener("message", ({ data }) => {
      const sent = typeof data === "string" ? JSON.parse(data) : data;
      const event = { drawn_at: now() / 1000, ...sent };
      if (event.type === "sheet") {
        notes.drawn[`data:image/png;base64,${event.png}`] = event;
      }
      if (event.state) document.documentElement.dataset.training = event.state;
    });
  }
};
window.WebSocket = noted(WebSocket);
window.Worker = noted(Worker);
addEventListener("click", ({ target }) => {
  if (target.dataset.do === "fun") notes.pressed ??= now();
}, true);
addEventListener("DOMContentLoaded", () => {
  const image = document.querySelector('[data-show="picture"]');
  new MutationObserver(() => requestAnimationFrame(() => {
    const { drawn_at, reading, iteration } = notes.drawn[image.src] ?? {};
    if (drawn_at === undefined) return; // a sheet of the recorded run
    const read = reading?.read ?? [];
    const share = read.filter(Boolean).length / (read.length || 1);
    const drawn = 1000 * drawn_at;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => notes.shown.push({ at: now(), share, iteration, drawn });
    port2.postMessage(null); // arrives after the paint that ends this frame
  })).observe(image, { attributeFilter: ["src"] });
});
"""
NEW_RUN = """async (body) => {
  const { send } = await import("/static/js/lib/transport.js");
  const headers = { "Content-Type": "application/json" };
  document.documentElement.dataset.training = "";
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await send("/api/runs", request);
  if (!answer.ok) throw Error(await answer.text());
}"""


def figures(notes: Figures) -> Figures:
    """Return the seconds from pressing Fun to each of EVENTS, and two times in ms.

    `iteration_ms` is the mean duration of an iteration. `delays_ms` lists each sheet's
    delay from drawing to painting. A time is infinite if its event did not happen.
    """
    after = [shown for shown in notes["shown"] if shown["drawn"] > notes["pressed"]]
    events = Figures()
    for name, part in EVENTS.items():
        reached = [shown["at"] for shown in after if shown["share"] >= part]
        seconds = (min(reached, default=math.inf) - notes["pressed"]) / 1000
        events[name] = seconds
    iterations = after[-1]["iteration"] - after[0]["iteration"] if after else 0
    ms = math.inf
    if iterations:
        ms = (after[-1]["drawn"] - after[0]["drawn"]) / iterations
    return events | {
        "iteration_ms": ms,
        "delays_ms": [shown["at"] - shown["drawn"] for shown in after],
    }


def watch(page: "Page", seed: int, longest: float) -> Figures:
    """Create a run, press Fun, and return the figures.

    Stop when nine in ten drawings are recognized, or after `longest` seconds.
    """
    idle = page.locator("html[data-training=idle]")
    page.evaluate(NEW_RUN, {"network": "quick", "seed": seed})
    idle.wait_for()
    page.reload()  # clears the notes
    idle.wait_for()
    page.wait_for_timeout(1000 * SETTLE_SECONDS)
    fun = page.locator('[data-do="fun"]')  # pressing it again stops training
    fun.click()
    end = time.monotonic() + longest
    row = Figures()
    while row.get("nine_in_ten", math.inf) == math.inf and time.monotonic() < end:
        page.wait_for_timeout(500)
        row = figures(page.evaluate("notes"))
    fun.click()
    idle.wait_for()
    return row


def cells(name: object, row: Figures) -> list[str]:
    seconds = [
        "-" if row[event] == math.inf else f"{row[event]:.2f}" for event in EVENTS
    ]
    delays = [f"{percentile(row['delays_ms'], part):.0f}" for part in (0.5, 0.95)]
    return [
        str(name),
        *seconds,
        f"{row['iteration_ms']:.1f}",
        *delays,
        str(len(row["delays_ms"])),
    ]


def medians(rows: Sequence[Figures]) -> Figures:
    """Return the medians over the seeds, and a list of all seeds' delays."""
    middle = {
        name: statistics.median(row[name] for row in rows)
        for name in (*EVENTS, "iteration_ms")
    }
    return middle | {"delays_ms": [ms for row in rows for ms in row["delays_ms"]]}


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    compile_kernels()
    columns = {
        "seed": 6,
        "first sheet, s": 6,
        "half recognized, s": 6,
        "nine in ten, s": 6,
        "iteration, ms": 6,
    }
    table = Table(columns | {"drawn to shown, ms": 6, "95 %": 6, "sheets": 6})
    rows: list[Figures] = []
    served = static_site() if asked.site else server()
    with served as (address, _), browser_page(f"{address}/", NOTES) as page:
        for seed in asked.seeds:
            rows.append(watch(page, seed, asked.seconds))
            table.row(cells(seed, rows[-1]))
    table.row(cells("median", medians(rows)))


OPTIONS: Options = {
    "--seeds": {
        "type": whole(0, 2**32 - 1),
        "nargs": "+",
        "default": [0, 1, 2, 3, 4],
        "metavar": "S",
    },
    "--seconds": {
        "type": whole(1, 3600),
        "default": 30,
        "help": "for each seed, at most (default 30)",
    },
    "--site": {"action": "store_true", "help": "train in the page of the static site"},
}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
