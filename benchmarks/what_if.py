"""How soon a person sees why the judge is frozen: `python -m benchmarks.what_if`.

The page "What if?" in a headless Chromium, kernels compiled, both training processes idle, a new pair for each seed.
From the press of *Train both*: seconds until the sheets bear the moral out. On the frozen side at least 80 % of the
drawings are read and near a real digit; on the other at most 5 %, and its judge prefers the drawing in at least 95 % of
the pairs. All that as the page says it.
"""

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contest.programs import run_program, server
from benchmarks.contest.report import Figures, Table, add_save, run
from benchmarks.first_sheet import SETTLE_SECONDS, opened
from gan.command import Parser, whole
from gan.runs.what_if import FROZEN, LOOSE

if TYPE_CHECKING:
    from playwright.sync_api import Page

GOOD, BAD, BENT = 0.8, 0.05, 0.95  # shares
LOOK_MS = 50.0  # between two looks at the page
OF = re.compile(r"(\d+) of (\d+)")


def shares(said: str) -> list[float]:
    """Every "58 of 64" in a text, as a share."""
    return [int(part) / int(whole) for part, whole in OF.findall(said)]


def is_borne_out(frozen: str, loose: str, preference: str) -> bool:
    """Whether the moral is to be seen, from what the page says under each sheet and of both judges."""
    good, bad, preferred = shares(frozen), shares(loose), shares(preference)
    return bool(good and bad and len(preferred) == 2) and (good[0] >= GOOD and bad[0] <= BAD and preferred[1] >= BENT)


def watch(page: "Page", seed: int, longest: float) -> float | None:
    """Make the pair of a seed, train both, and look; seconds from the press, None if it was not seen for so long."""
    page.locator("summary").first.click()
    page.locator('input[name="seed"]').fill(str(seed))
    page.get_by_role("button", name="Make it").click()
    page.get_by_text("Press Train both").wait_for()
    page.locator("summary").first.click()
    page.wait_for_timeout(1000 * SETTLE_SECONDS)
    said = [page.locator(f'[data-run="{name}"] [data-show="good"]') for name in (FROZEN, LOOSE)]
    said.append(page.locator('[data-show="preference"]'))
    caption = page.locator('[data-show="caption"]').first
    page.get_by_role("button", name="Train both").click()
    start = time.monotonic()
    while (seconds := time.monotonic() - start) < longest:
        own = not (caption.text_content() or "").startswith("Recorded")
        if own and is_borne_out(*(each.text_content() or "" for each in said)):
            return seconds
        page.wait_for_timeout(LOOK_MS)
    return None


def measure(seeds: Sequence[int], longest: float) -> list[Figures]:
    """Watch the pair of each seed and print how soon it was seen."""
    run_program("-m", "nnet.fast.warm")
    table, rows = Table({"seed": 6, "seen after, s": 8}), list[Figures]()
    with tempfile.TemporaryDirectory() as runs, server(Path(runs)) as address, opened(f"{address}/what-if") as page:
        page.get_by_text("Press Train both").wait_for()
        for seed in seeds:
            rows.append({"seed": seed, "seconds": watch(page, seed, longest)})
            table.row([seed, "-" if rows[-1]["seconds"] is None else f"{rows[-1]['seconds']:.2f}"])
            page.get_by_text("each press trains").wait_for()
    seen = [row["seconds"] for row in rows if row["seconds"] is not None]
    table.row(["median", f"{statistics.median(seen):.2f}" if seen else "-"])
    return rows


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.what_if", description="How soon one sees why the judge is frozen.")
    parser.add_argument("--seeds", type=whole(0, 2**32 - 1), nargs="+", default=[0, 1, 2, 3, 4], metavar="S")
    parser.add_argument("--seconds", type=whole(1, 3600), default=30, help="to look at most, for each seed (30)")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.what_if`; returns the exit code, 1 if it cannot go on."""
    return run("what_if", build_parser(), argv, lambda asked: measure(asked.seeds, float(asked.seconds)))


if __name__ == "__main__":
    sys.exit(main())
