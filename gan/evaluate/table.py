"""The figures as a short table for people, each with its uncertainty.

A figure is a mean over a few groups of pictures (gan/evaluate/figures.py). No picture is in two of them, so with s the
standard deviation over the G groups, the mean is uncertain by

    e = s / sqrt(G),

a mean over K digits by sqrt(e_1^2 + .. + e_K^2) / K, and the ratio of a drawn to a real distance by what both are:

    ratio sqrt((e_drawn / drawn)^2 + (e_real / real)^2).

That is nearly right. A group of real digits is in two comparisons of real with real, which makes e_real too small, by
about a quarter; and both sides have the same references, which makes the ratio more certain than it says. The two
almost cancel: in simulations the ratio spreads as much as it says, to a fifth (tests/test_evaluate_table.py). Real
figures alone have only the first fault, so no ± stands beside them.

Two groups are each other's reference, the same distance twice: they have no spread, and the table says so.

The rows stand there twice, by the first judge and by the second.
"""

import math
import textwrap
from dataclasses import dataclass
from pathlib import Path

from gan.evaluate.evaluators import LEAST_GROUPS, Result

WIDTH = 100  # characters of a line
GAP = 2  # spaces between columns
HEADS = (
    ("", "Frechet,", "precision", "", "recall", "", "read as it", ""),
    ("", "times real", "drawn, %", "real", "drawn, %", "real", "drawn, %", "real"),
)
READING = (
    "Frechet: how far drawn digits are from real ones, as a multiple of how far other real ones are; 1 is as good as "
    "real. Precision: the share that looks real. Recall: the share of the variety of real digits that is there. Read "
    "as it: the share in which the classifier reads the digit that was to be drawn. Figures at another number of "
    "pictures cannot be compared. By the second judge, another classifier, nothing was chosen: what only the first "
    "finds good fits that one rather than real digits."
)
UNCERTAINTY = (
    "±: the standard deviation over the groups of pictures, divided by the square root of their number; at Frechet, of "
    "the drawn and of the real distance together. So far other pictures would move the figure. Another training may "
    "move it further."
)
# Another choice of 500 real digits would move all their groups together, so a spread over groups does not show it.
SAMPLE_HINT = (
    "The shipped sample has but 500 pictures of a digit: with groups of 250, the shipped 9 gets 0.75 and the 3 gets "
    "1.41 times real, where the full set gives 1.03 and 0.96."
)
FULL_SET_HINT = "To measure with the full set: python -m gan.data download, then this command again."  # a line
GROUPS_HINT = "A smaller -n makes more groups."
SECOND = "By the second judge"  # a line of its own, above its rows


@dataclass(frozen=True)
class Figure:
    """A number, and by how much it is uncertain; None where nobody can tell."""

    value: float
    error: float | None = None

    @classmethod
    def of(cls, entry: Result, side: str, groups: int) -> "Figure":
        """One side, "fake" or "real", of an entry of the result."""
        spread = entry.get(f"spread_{side}")
        return cls(entry[side], None if spread is None else spread / math.sqrt(groups))

    def over(self, other: "Figure") -> "Figure":
        """The ratio of two figures, uncertain by both. A distance of 0 comes of copies only: then it is not told."""
        ratio = self.value / other.value if other.value else math.inf
        if self.error is None or other.error is None or not self.value or not other.value:
            return Figure(ratio)
        return Figure(ratio, ratio * math.hypot(self.error / self.value, other.error / other.value))

    def __str__(self) -> str:
        """As people read it, 0.96 ± 0.03."""
        return f"{self.value:,.2f}" + ("" if self.error is None else f" ± {self.error:,.2f}")

    @property
    def percent(self) -> str:
        """A share, 88.7 ± 0.5."""
        return f"{self.value:.1%}".rstrip("%") + ("" if self.error is None else f" ± {self.error:.1%}".rstrip("%"))


Sides = dict[str, tuple[Figure, Figure]]  # name of an entry: drawn, real


def sides_of(judged: Result, groups: int) -> Sides:
    """What the table shows of a model, by one judge: the model's own entries, or those of its `second`."""
    found = {}
    for name in ("frechet", "precision", "recall", "read_as_digit"):
        if entry := judged.get(name):
            found[name] = Figure.of(entry, "fake", groups), Figure.of(entry, "real", groups)
    return found


def mean(figures: list[Figure]) -> Figure:
    """The mean of figures that are independent of each other."""
    errors = [figure.error for figure in figures if figure.error is not None]
    value = sum(figure.value for figure in figures) / len(figures)
    return Figure(value, math.hypot(*errors) / len(figures) if len(errors) == len(figures) else None)


def mean_of(models: list[Sides]) -> Sides:
    """The means of what several models have in common."""
    return {
        name: (mean([one[name][0] for one in models]), mean([one[name][1] for one in models])) for name in models[0]
    }


def cells(sides: Sides) -> list[str]:
    """A row, but for its name."""
    drawn, real = sides["frechet"]
    row = [str(drawn.over(real))]
    for name in ("precision", "recall", "read_as_digit"):
        pair = sides.get(name)
        row += [pair[0].percent, Figure(pair[1].value).percent] if pair else ["", ""]
    return row


def summary(digits: dict[int, Sides]) -> dict[str, list[str]]:
    """The last rows, by their names: the mean of models of different digits, and the largest ratio of them."""
    ratios = {digit: sides["frechet"][0].over(sides["frechet"][1]) for digit, sides in digits.items()}
    worst = max(ratios, key=lambda digit: ratios[digit].value)
    row = cells(mean_of(list(digits.values())))
    return {"mean of digits": row, f"worst: digit {worst}": [str(ratios[worst]), *("" for _ in row[1:])]}


def rows_of(judged: list[Result], models: list[Result], with_mean: bool) -> tuple[list[str], list[list[str]]]:
    """All rows of one judge, and the names of those that come last.

    Parameters
    ----------
    judged : what the judge says of each model
    models : what the result says of it
    with_mean : whether the models of a digit have a mean
    """
    sides = [sides_of(each, model["groups"]) for each, model in zip(judged, models, strict=True)]
    digits = {model["digit"]: each for each, model in zip(sides, models, strict=True) if model["digit"] != "any"}
    last = summary(digits) if with_mean else {}
    return list(last), [*map(cells, sides), *last.values()]


def names_of(models: list[Result], room: int) -> list[str]:
    """What every model draws, and where two draw the same, which they are; of a long path its end."""
    digits, names = [model["digit"] for model in models], []
    for model in models:
        name = "all digits" if model["digit"] == "any" else f"digit {model['digit']}"
        if digits.count(model["digit"]) > 1:
            path = Path(model["model"])
            told = str(path.parent if path.name == "generator.safetensors" else path)
            left = room - len(name) - 2
            name += f", {told if len(told) <= left else '...' + told[len(told) - left + 3 :]}"
        names.append(name)
    return names


def columns(names: list[str], rows: list[list[str]]) -> list[str]:
    """Heads and rows as lines, every column as wide as its widest cell."""
    table = [*HEADS, *([name, *row] for name, row in zip(names, rows, strict=True))]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for name, *row in table:
        cells = (f"{cell:>{width}}" for cell, width in zip(row, widths[1:], strict=True))
        lines.append((" " * GAP).join([f"{name:{widths[0]}}", *cells]).rstrip())
    return lines


def doubts(models: list[Result], on_sample: bool) -> list[str]:
    """What to say where there were too few pictures to tell, and what to do; nothing where there were enough."""
    rough = [model for model in models if model["groups"] < LEAST_GROUPS]
    said = []
    if rough:
        sizes = " or ".join(f"{n:,}" for n in sorted({model["n"] for model in rough}))
        which = "these figures are" if len(rough) == len(models) else "the figures without ± are"
        said = [f"Too few pictures to tell: two groups of {sizes} have no spread, so {which} only rough."]
    if on_sample:
        return [" ".join([*said, SAMPLE_HINT]), FULL_SET_HINT]
    return [f"{each} {GROUPS_HINT}" for each in said]


def lessons(result: Result) -> list[str]:
    """What was taught, a sentence a team."""
    return [
        f"A classifier that learned from {lesson['digits']:,} drawn digits alone (models: {len(lesson['models'])}) "
        f"names {lesson['fake']:.1%} of real test digits rightly, one that learned from as many real ones "
        f"{lesson['real']:.1%}."
        for lesson in result.get("train_on_generated", [])
    ]


def write_table(result: Result, on_sample: bool) -> str:
    """What was measured, in lines of at most `WIDTH` characters: a row a model and judge, and how to read it.

    Parameters
    ----------
    result : dict
        What `python -m gan.evaluate --json` prints.
    on_sample : bool
        Whether the real digits were those of the shipped sample, so that the full set would tell more.
    """
    models, with_mean = result["models"], "mean_of_digits" in result
    last, rows = rows_of(models, models, with_mean)
    last_of_second, rows_of_second = rows_of([model["second"] for model in models], models, with_mean)
    every = [*rows, *rows_of_second]
    room = WIDTH - max(map(len, columns([""] * len(every), every)))
    names = names_of(models, room)
    lines = columns([*names, *last, *names, *last_of_second], every)
    lines[-len(rows) : -len(rows)] = ["", SECOND]  # the same columns: both blocks were made as one
    told = any(model["groups"] >= LEAST_GROUPS for model in models)
    texts = [f"Compared with {result['data']}. {READING}", *([UNCERTAINTY] if told else [])]
    texts += [*lessons(result), *doubts(models, on_sample)]
    return "\n".join([*lines, "", *(textwrap.fill(text, WIDTH, break_on_hyphens=False) for text in texts)])
