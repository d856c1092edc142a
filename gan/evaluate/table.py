"""Write the figures as a short table with their uncertainties.

A figure is a mean over a few groups of pictures (gan/evaluate/real_against_real.py). No
picture is in two groups. So if s is the standard deviation over the G groups, the
uncertainty of the mean is

    e = s / sqrt(G).

The uncertainty of a mean over K digits is sqrt(e_1^2 + .. + e_K^2) / K. The uncertainty
of the ratio of a drawn to a real distance is

    ratio sqrt((e_drawn / drawn)^2 + (e_real / real)^2).

These formulas are approximate. Each group of real digits is in two comparisons of real
with real, which makes e_real about a quarter too small. On the other hand, drawn and
real distances share their references, which makes the ratio more certain than stated.
The two effects almost cancel: in simulations, the stated uncertainty is right to within
a fifth (tests/evaluate/test_table.py). They do not cancel for a figure of real digits,
so these figures are printed without ±.

If there are only two groups, each is the other's reference, and both give the same
distance. Such figures have no spread, and the table says so.

All rows appear twice, once with the figures of each evaluator. A second table shows how
well a small network tells drawn digits from real ones (gan/evaluate/tell_apart.py).
"""

import math
import textwrap
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from gan.evaluate.compare_with_real import Result

WIDTH = 100  # characters in a line of the explanation
GAP = 2  # spaces between columns
HEADS = [
    ["", "Frechet,", "precision", "", "recall", "", "right digit", ""],
    ["", "times real", "drawn, %", "real", "drawn, %", "real", "drawn, %", "real"],
]
PERCENTAGES = ("precision", "recall", "read_as_digit")  # in the order of the columns
READING = (
    "Frechet: the distance of drawn digits from real ones, as a multiple of the "
    "distance of other real ones; 1 is as good as real. Precision: the share of drawn "
    "digits that look real. Recall: the share of the variety of real digits that is "
    "drawn. Right digit: the share in which the classifier reads the requested digit. "
    "Figures for different numbers of pictures cannot be compared. The second "
    "evaluator is another classifier, which was never used to choose anything. If only "
    "the first one rates digits better, they suit that classifier, not real digits."
)
UNCERTAINTY = (
    "±: the standard deviation over groups of pictures, divided by the square root of "
    "their number. Other pictures would change the figure by about this much. Another "
    "training may change it more. Two groups have no spread, so figures without ± are "
    "only rough; a smaller -n gives more groups."
)
UNKNOWN = " ± nan"
SECOND = "By the second evaluator"  # the line above its rows
# the line above the second table
TOLD_APART = "Told apart from real digits by a small network, %"
TOLD_APART_READING = (
    "Told apart: the share that a network assigns correctly, drawn or real, after "
    "training on other such digits. 50 % is guessing, and as good as real. This was "
    "never used to choose anything."
)


@dataclass(frozen=True)
class Figure:
    """A number and its uncertainty, which is NaN if it is unknown."""

    value: float
    error: float

    @classmethod
    def of(cls, entry: Result, side: str, groups: int) -> "Figure":
        """Return the "fake" or "real" value of an entry in the result.

        Its uncertainty is computed from the entry's spread over the groups.
        """
        spread = entry.get(f"spread_{side}", math.nan)
        return cls(entry[side], spread / math.sqrt(groups))

    def over(self, other: "Figure") -> "Figure":
        """Return the ratio of two figures."""
        ratio = self.value / other.value
        return Figure(ratio, math.hypot(self.error, ratio * other.error) / other.value)

    def __str__(self) -> str:
        text = f"{self.value:,.2f} ± {self.error:,.2f}"
        return text.removesuffix(UNKNOWN)

    @property
    def percent(self) -> str:
        text = f"{100 * self.value:.1f} ± {100 * self.error:.1f}"
        return text.removesuffix(UNKNOWN)


# Keys are the name of an entry in the result, and "fake" (drawn) or "real".
Figures = dict[tuple[str, str], Figure]


def figures_of(result: Result, groups: int) -> Figures:
    """Select the figures for the table from one evaluator's result."""
    return {
        (name, side): Figure.of(result[name], side, groups)
        for name in ("frechet", *PERCENTAGES)
        if name in result
        for side in ("fake", "real")
    }


def mean(figures: list[Figure]) -> Figure:
    value = sum(figure.value for figure in figures) / len(figures)
    error = math.hypot(*(figure.error for figure in figures)) / len(figures)
    return Figure(value, error)


def ratio(figures: Figures) -> Figure:
    """Return the ratio of the Frechet distances of drawn and of real digits."""
    return figures["frechet", "fake"].over(figures["frechet", "real"])


def cells(figures: Figures) -> list[str]:
    """Return the cells of a row, without the name column."""
    row = [str(ratio(figures))]
    for name in PERCENTAGES:
        if (name, "fake") in figures:
            real = figures[name, "real"].value
            row += [figures[name, "fake"].percent, f"{100 * real:.1f}"]
    return row


def rows_of(result: Result, evaluator: str) -> list[list[str]]:
    """Return the table rows of the "first" or "second" evaluator.

    Every row begins with a name. If the result has `mean_of_digits`, the last two rows
    are the mean over the digits, and the digit with the largest ratio.
    """
    rows = []
    digits: dict[int, Figures] = {}
    for name, model in zip(names_of(result), result["models"], strict=True):
        shown = model["second"] if evaluator == "second" else model
        figures = figures_of(shown, model["groups"])
        rows.append([name, *cells(figures)])
        if model["digit"] != "any":
            digits[model["digit"]] = figures
    if "mean_of_digits" in result:
        means = {
            key: mean([each[key] for each in digits.values()])
            for key in next(iter(digits.values()))
        }
        rows.append(["mean of digits", *cells(means)])
        ratios = {digit: ratio(figures) for digit, figures in digits.items()}
        worst = max(ratios, key=lambda digit: ratios[digit].value)
        rows.append([f"worst: digit {worst}", str(ratios[worst])])
    return rows


def names_of(result: Result) -> list[str]:
    """Return a name for each model: the digit and, if several draw it, the path."""
    digits = [model["digit"] for model in result["models"]]
    names = []
    for model in result["models"]:
        name = "all digits" if model["digit"] == "any" else f"digit {model['digit']}"
        if digits.count(model["digit"]) > 1:
            path = Path(model["model"])
            name += f", {path.parent if path.name == 'generator.safetensors' else path}"
        names.append(name)
    return names


def layout(table: list[list[str]]) -> list[str]:
    """Format the rows of a table as lines with aligned columns.

    Every column is as wide as its widest cell. A row may lack its last cells.
    """
    columns = zip_longest(*table, fillvalue="")
    widths = [max(map(len, column)) for column in columns]
    lines = []
    for name, *row in table:
        line = f"{name:{widths[0]}}"
        for cell, width in zip(row, widths[1:], strict=False):
            line += f"{cell:>{GAP + width}}"
        lines.append(line.rstrip())
    return lines


def told_apart(result: Result) -> list[str]:
    names = names_of(result)
    models = result["models"]
    if "mean_of_digits" in result:
        names = [*names, "mean of digits"]
        models = [*models, result["mean_of_digits"]]
    table = [["", "drawn", "real"]]
    for name, model in zip(names, models, strict=True):
        shares = model["told_apart"]
        table.append(
            [name, f"{100 * shares['fake']:.1f}", f"{100 * shares['real']:.1f}"]
        )
    return [TOLD_APART, *layout(table)]


def write_table(result: Result) -> str:
    """Return the result as text: both tables, and an explanation.

    `result` is the output of `python -m gan.evaluate --json`. Lines of the explanation
    have at most `WIDTH` characters.
    """
    first = rows_of(result, "first")
    second = rows_of(result, "second")
    # The rows of both evaluators have the same columns.
    lines = layout([*HEADS, *first, *second])
    lines[-len(second) : -len(second)] = ["", SECOND]
    lines += ["", *told_apart(result), ""]
    for text in (
        f"Compared with {result['data']}. {READING}",
        UNCERTAINTY,
        TOLD_APART_READING,
    ):
        lines.append(textwrap.fill(text, WIDTH, break_on_hyphens=False))
    return "\n".join(lines)
