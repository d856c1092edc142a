"""A handwriting without a network, and values that the writer must reject."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from gan.write.options_and_limits import WRITING
from gan.write.signs import spline
from gan.write.strokes_and_pages import Form, Stroke, along

POINTS: tuple[list[list[tuple[float, float]]], ...] = (
    [
        [
            (7.5, -18.5),
            (3.5, -17.5),
            (0.6, -13),
            (0.8, -6),
            (4, -1.5),
            (8.5, -1.6),
            (12, -6),
            (12, -13),
            (9.5, -18),
            (6.5, -18.8),
        ]
    ],
    [[(5, -19), (3.7, -13), (2.1, -7), (1, -1)]],
    [
        [
            (0.8, -14.5),
            (2.5, -18),
            (6.5, -19),
            (10, -17),
            (10.3, -13),
            (7.5, -8.5),
            (3, -3.5),
            (0.5, -1.2),
        ],
        [(0.5, -1.2), (4, -2), (8, -1.2), (12.5, -2)],
    ],
    [
        [(1, -17), (4, -19), (8.5, -18.3), (10, -15), (8, -11.5), (4.5, -10.4)],
        [
            (4.5, -10.4),
            (8.5, -10),
            (11.3, -6.8),
            (10, -2.8),
            (6, -1),
            (2, -1.5),
            (0, -4),
        ],
    ],
    [
        [(2.5, -19), (1.5, -14), (0.8, -9.5)],
        [(0.8, -9.5), (5, -9), (12, -9.5)],
        [(9, -18.5), (8.6, -12), (8.2, -6), (8.4, -1)],
    ],
    [
        [(2.5, -18.5), (2, -15), (1.5, -11.5)],
        [
            (1.5, -11.5),
            (5, -12.6),
            (9.5, -11),
            (11, -6.5),
            (8.5, -2),
            (4, -1),
            (0, -2.5),
        ],
        [(2.5, -18.5), (7, -18.3), (11.5, -19)],
    ],
    [
        [
            (8.5, -19),
            (4.5, -15.5),
            (1.5, -10),
            (1, -4.5),
            (4, -1.2),
            (8.5, -1.8),
            (10.5, -5),
            (8.5, -8.8),
            (4.5, -8.5),
            (1.3, -5),
        ]
    ],
    [
        [(0, -18), (4, -18.6), (8, -18.2), (11.5, -18.8)],
        [(11.5, -18.8), (8.5, -13), (5.8, -7), (4.5, -1)],
    ],
    [
        [
            (9.5, -16),
            (7, -18.8),
            (3, -18),
            (1.6, -14.8),
            (4.5, -11),
            (8.8, -7.8),
            (9.8, -3.8),
            (6.5, -1),
            (2.2, -1.8),
            (1, -5.5),
            (4, -9.5),
            (8, -12.5),
            (9.5, -16),
        ]
    ],
    [
        [
            (9.5, -15.5),
            (6.5, -18.8),
            (2.5, -17.5),
            (0.8, -13.5),
            (3, -10.2),
            (7, -11),
            (9.5, -15.5),
        ],
        [(9.5, -15.5), (9.3, -10), (8.6, -5), (8.4, -1)],
    ],
)


@dataclass
class Handmade:
    """Replaces gan.write.glyphs.handwriting.Handwriting.

    `requested` records the requested digits and copies.
    """

    slant: float = 0.0
    weight: float = 1.0
    wobble: float = 0.2
    requested: list[tuple[int, int]] = field(default_factory=list)

    @property
    def source(self) -> "Handmade":
        return self

    def form(self, digit: int, copy: int) -> Form:
        rng = np.random.default_rng([digit, copy])
        curves = [
            spline(np.array(points) + 0.15 * rng.standard_normal((len(points), 2)))
            for points in POINTS[digit]
        ]
        strokes = tuple(
            Stroke(curve, np.linspace(1.1, 0.9, len(curve) + 1)) for curve in curves
        )
        left = float(along(strokes, 0.25)[0][:, 0].min())
        latent = np.full(4, digit, dtype=np.float32)
        return Form(
            digit, tuple(stroke.moved(-left, 0) for stroke in strokes), 0, (), latent
        )

    def forms(self, keys: Sequence[tuple[int, int]]) -> list[Form]:
        self.requested.extend(keys)
        return [self.form(*key) for key in keys]


def refused_values() -> Iterator[tuple[str, str]]:
    """Yield (field, value) for values that every interface of the writer must reject:
    just out of range, or unknown.
    """
    whole = {name: WRITING[name].range for name in ("seed", "size")}
    real = {name: WRITING[name].range for name in ("slant", "thickness", "human")}
    for name, (low, high) in whole.items():
        yield from (
            (name, value) for value in (str(low - 1), str(high + 1), "20.5", "x", "")
        )
    for name, limits in real.items():
        yield from (
            (name, value)
            for value in (
                f"{limits[0] - 0.01:g}",
                f"{limits[1] + 0.01:g}",
                "nan",
                "inf",
                "",
            )
        )
    yield from ((name, "other") for name in ("pen", "align", "paper"))
    yield from (
        ("ink", value)
        for value in ("red", "#12", "#1234", "#12345g", "#123\n", '#123"/><script>')
    )
