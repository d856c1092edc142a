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
The two effects almost cancel: in simulations, the stated spread is right to within a
fifth (tests/evaluate/test_table.py). For a real figure alone they do not cancel, so it
is printed without ±.

If there are only two groups, each is the other's reference, and both give the same
distance. Such figures have no spread, and the table says so.

All rows appear twice, once with the figures of each evaluator. A second table shows how
well a small network tells drawn digits from real ones
(gan/evaluate/pixel_evaluator.py).
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gan.evaluate.compare_with_real import LEAST_GROUPS, Result

WIDTH = 100  # characters in a line of the explanation
GAP = 2  # spaces between columns
HEADS = (
    ("", "Frechet,", "precision", "", "recall", "", "right digit", ""),
    ("", "times real", "drawn, %", "real", "drawn, %", "real", "drawn, %", "real"),
)
READING = (
    "Frechet: the distance of drawn digits from real ones, as a multiple of the "
    "distance of other real ones; 1 is as "
    "good as real. Precision: the share of drawn digits that look real. Recall: the "
    "share of the variety of real "
    "digits that is drawn. Right digit: the share in which the classifier reads the "
    "requested digit. Figures for "
    "different numbers of pictures cannot be compared. The second evaluator is another "
    "classifier, which was never "
    "used to choose anything. If only the first one rates digits better, they suit "
    "that classifier, not real digits."
)
UNCERTAINTY = (
    "±: the standard deviation over groups of pictures, divided by the square root of "
    "their number. Other pictures "
    "would change the figure by about this much. Another training may change it more."
)
SECOND = "By the second evaluator"  # the line above its rows
# the line above the second table
TOLD_APART = "Told apart from real digits by a small network, %"
TOLD_APART_READING = (
    "Told apart: the share that a network assigns correctly, drawn or real, after "
    "training on other such digits. "
    "50 % is guessing, and as good as real. This was never used to choose anything."
)


@dataclass(frozen=True)
class Figure:
    """A number and its uncertainty, None if it is unknown."""

    value: float
    error: float | None = None

    @classmethod
    def of(cls, entry: Result, side: str, groups: int) -> "Figure":
        """Return one side, "fake" or "real", of an entry in the result."""
        spread = entry.get(f"spread_{side}")
        return cls(entry[side], None if spread is None else spread / math.sqrt(groups))

    def over(self, other: "Figure") -> "Figure":
        """Return the ratio.

        Its uncertainty is None if a figure is 0, as the distance of a set from its copy
        is.
        """
        ratio = self.value / other.value if other.value else math.inf
        if (
            self.error is None
            or other.error is None
            or not self.value
            or not other.value
        ):
            return Figure(ratio)
        return Figure(
            ratio,
            ratio * math.hypot(self.error / self.value, other.error / other.value),
        )

    def __str__(self) -> str:
        return f"{self.value:,.2f}" + (
            "" if self.error is None else f" ± {self.error:,.2f}"
        )

    @property
    def percent(self) -> str:
        return f"{self.value:.1%}".rstrip("%") + (
            "" if self.error is None else f" ± {self.error:.1%}".rstrip("%")
        )


Sides = dict[str, tuple[Figure, Figure]]  # (drawn, real) by the name of an entry


def sides_of(result: Result, groups: int) -> Sides:
    return {
        name: (
            Figure.of(result[name], "fake", groups),
            Figure.of(result[name], "real", groups),
        )
        for name in ("frechet", "precision", "recall", "read_as_digit")
        if name in result
    }


def mean(figures: list[Figure]) -> Figure:
    errors = [figure.error for figure in figures if figure.error is not None]
    value = sum(figure.value for figure in figures) / len(figures)
    return Figure(
        value,
        math.hypot(*errors) / len(figures) if len(errors) == len(figures) else None,
    )


def cells(sides: Sides) -> list[str]:
    """Return the cells of a row, without the name column."""
    drawn, real = sides["frechet"]
    row = [str(drawn.over(real))]
    for name in ("precision", "recall", "read_as_digit"):
        pair = sides.get(name)
        row += [pair[0].percent, Figure(pair[1].value).percent] if pair else ["", ""]
    return row


def summary(digits: dict[int, Sides]) -> dict[str, list[str]]:
    """Return the table's last two rows by name: the mean, and the largest ratio."""
    ratios = {
        digit: sides["frechet"][0].over(sides["frechet"][1])
        for digit, sides in digits.items()
    }
    worst = max(ratios, key=lambda digit: ratios[digit].value)
    models = list(digits.values())
    row = cells(
        {
            name: (
                mean([m[name][0] for m in models]),
                mean([m[name][1] for m in models]),
            )
            for name in models[0]
        }
    )
    return {
        "mean of digits": row,
        f"worst: digit {worst}": [str(ratios[worst]), *("" for _ in row[1:])],
    }


def rows_of(
    results: list[Result], models: list[Result], with_mean: bool
) -> tuple[list[str], list[list[str]]]:
    """Return the last rows' names, and all rows, for one evaluator's `results`."""
    sides = [
        sides_of(each, model["groups"])
        for each, model in zip(results, models, strict=True)
    ]
    digits = {
        model["digit"]: each
        for each, model in zip(sides, models, strict=True)
        if model["digit"] != "any"
    }
    last = summary(digits) if with_mean else {}
    return list(last), [*map(cells, sides), *last.values()]


def names_of(models: list[Result]) -> list[str]:
    """Return names: the digit and, if several models draw it, the path."""
    digits = [model["digit"] for model in models]
    names = []
    for model in models:
        name = "all digits" if model["digit"] == "any" else f"digit {model['digit']}"
        if digits.count(model["digit"]) > 1:
            path = Path(model["model"])
            name += f", {path.parent if path.name == 'generator.safetensors' else path}"
        names.append(name)
    return names


def columns(
    names: list[str], rows: list[list[str]], heads: Sequence[Sequence[str]] = HEADS
) -> list[str]:
    """Return the header and the rows as lines.

    Every column is as wide as its widest cell.
    """
    table = [*heads, *([name, *row] for name, row in zip(names, rows, strict=True))]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for name, *row in table:
        cells = (
            f"{cell:>{width}}" for cell, width in zip(row, widths[1:], strict=True)
        )
        lines.append((" " * GAP).join([f"{name:{widths[0]}}", *cells]).rstrip())
    return lines


def told_apart(result: Result, names: list[str]) -> list[str]:
    entries = [model["told_apart"] for model in result["models"]]
    if "mean_of_digits" in result:
        entries = [*entries, result["mean_of_digits"]["told_apart"]]
        names = [*names, "mean of digits"]
    rows = [
        [f"{100 * shares[side]:.1f}" for side in ("fake", "real")] for shares in entries
    ]
    return [TOLD_APART, *columns(names, rows, [["", "drawn", "real"]])]


def write_table(result: Result) -> str:
    """Return the result as text: tables and an explanation of WIDTH columns.

    `result` is the output of `python -m gan.evaluate --json`.
    """
    models = result["models"]
    with_mean = "mean_of_digits" in result
    last, rows = rows_of(models, models, with_mean)
    last_of_second, rows_of_second = rows_of(
        [model["second"] for model in models], models, with_mean
    )
    names = names_of(models)
    lines = columns([*names, *last, *names, *last_of_second], [*rows, *rows_of_second])
    # the rows of both evaluators have the same columns
    lines[-len(rows) : -len(rows)] = ["", SECOND]
    rough = [model for model in models if model["groups"] < LEAST_GROUPS]
    certain = [UNCERTAINTY] if len(rough) < len(models) else []
    texts = [f"Compared with {result['data']}. {READING}", *certain, TOLD_APART_READING]
    if rough:
        sizes = " or ".join(f"{n:,}" for n in sorted({model["n"] for model in rough}))
        which = "the figures without ± are" if certain else "these figures are"
        few = (
            f"Too few pictures to tell: two groups of {sizes} have no spread, so "
            f"{which} only rough."
        )
        texts.append(f"{few} A smaller -n gives more groups.")
    lines += ["", *told_apart(result, names), ""]
    return "\n".join(
        [
            *lines,
            *(textwrap.fill(text, WIDTH, break_on_hyphens=False) for text in texts),
        ]
    )
