"""The glyph cache: the first good drawing is used, copies differ, and cached glyphs are
not drawn again.
"""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.base.errors import InputError
from gan.write.glyphs import select_drawings as module
from gan.write.glyphs.check_drawings import MOST_ALIKE, broken_rules, faults, oddness
from gan.write.glyphs.drawing_sources import CANDIDATES, STEADY, Latents, Source
from gan.write.glyphs.select_drawings import Handwriting, handwriting_of, placed
from gan.write.strokes_and_pages import Form, along
from gan.write.vectorize import redraw
from gan.write.vectorize.measure_ink import Picture, likeness
from tests.helpers.digits import real_digits
from tests.helpers.strokes import bytes_of, circle, line

BLANK = np.zeros((28, 28), np.uint8)


def good_digits(digit: int, n: int) -> list[Picture]:
    """Return n real digits that break no rule, are recognized, and differ from one
    another.
    """
    results: list[Picture] = []
    for picture in real_digits(digit):
        drawn = (
            None if broken_rules(picture, digit, results) else redraw(picture, digit)
        )
        if drawn and not faults(drawn, digit):
            form = Form(
                digit, placed(drawn.strokes, 0.0), 0, (), np.zeros(1, np.float32)
            )
            if module._recognized([form], 2.0) == [True]:
                results.append(picture)
        if len(results) == n:
            return results
    raise AssertionError(f"too few of a {digit}")


class Drawer(Source):
    """A source that returns given pictures. Each latent is the index of its picture."""

    def __init__(self, *pictures: Picture) -> None:
        self.slant = 0.0
        self.weight = 1.0
        self.wobble = STEADY
        self.pictures = np.stack(pictures)
        self.requested: list[list[int]] = []

    def latents(self, digit: int, rng: np.random.Generator) -> Latents:
        return np.arange(CANDIDATES, dtype=np.float32)[:, None] % len(self.pictures)

    def draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        self.requested.append([len(some) for some in latents])
        return [self.pictures[some[:, 0].astype(int)] for some in latents]


def chosen(digit: int, *pictures: Picture) -> Form:
    return Handwriting(Drawer(*pictures), 0).form(digit, 0)


def content_of(form: Form) -> tuple[object, ...]:
    latent = form.latent.tobytes()
    return form.digit, form.candidate, form.broken, latent, bytes_of(form.strokes)


POOR = real_digits(3)[0] // 3  # a faint digit, which breaks rules


def test_the_first_good_candidate_is_taken() -> None:
    fine = good_digits(3, 1)[0]
    for place in range(2 * module.AT_ONCE):
        pictures = [POOR] * CANDIDATES
        pictures[place] = fine
        form = chosen(3, *pictures)
        assert form.candidate == place
        assert form.broken == ()
        assert form.digit == 3
        assert form.latent == np.float32(place)
        # The pressures are those of the drawing that was chosen.
        np.testing.assert_allclose(
            form.strokes[0].pressure, redraw(fine, 3).strokes[0].pressure
        )


def test_unrecognized_candidates_are_not_good() -> None:
    one = good_digits(1, 1)[0]
    seven = good_digits(7, 1)[0]
    # drawn for a 1, a 7 has one fault: it is not recognized
    unrecognized = chosen(1, seven)
    assert "read" in unrecognized.broken
    assert chosen(1, seven, one).broken == ()


def test_of_the_good_candidates_in_a_batch_the_least_odd_is_taken() -> None:
    fine = sorted(
        good_digits(3, module.AT_ONCE), key=lambda picture: oddness(picture, 3)
    )
    for place, pictures in ((0, fine), (module.AT_ONCE - 1, fine[::-1])):
        assert chosen(3, *pictures).candidate == place


def test_without_a_good_candidate_the_least_bad_is_taken() -> None:
    broken = real_digits(3)[0].copy()
    # a separate blot adds a fault or two, but the digit is still recognized
    broken[2:5, 1:5] = 255
    form = chosen(3, POOR, broken, BLANK)
    assert form.candidate % 3 == 1
    assert form.broken != ()
    assert form.strokes
    seven = good_digits(7, 1)[0]
    blotted = good_digits(1, 1)[0].copy()
    blotted[2:5, 1:5] = 255
    # The seven has no other fault, but it is not recognized as a 1.
    form = chosen(1, seven, blotted)
    assert form.candidate % 2 == 1
    assert "read" not in form.broken


def test_cached_forms_are_not_drawn_again() -> None:
    source = Drawer(*good_digits(3, 4))
    writer = Handwriting(source, 0)
    once = writer.forms([(3, 0), (3, 1)])
    drawn = len(source.requested)
    assert writer.forms([(3, 1), (3, 0)]) == once[::-1]
    assert len(source.requested) == drawn
    # after the last copy, the first is used again
    assert writer.form(3, module.COPIES) is once[0]


def test_copies_differ() -> None:
    writer = handwriting_of(5)
    result = writer.forms([(8, copy) for copy in range(7)])
    assert len({content_of(form)[-1] for form in result}) == len(result)
    firsts = [
        writer._known[8, copy][1] for copy, form in enumerate(result) if not form.broken
    ]
    for i, one in enumerate(firsts):
        assert all(likeness(one, other) <= MOST_ALIKE for other in firsts[:i])


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=3),
)
def test_a_form_does_not_depend_on_earlier_requests(
    seed: int, before: list[tuple[int, int]]
) -> None:
    """A glyph depends neither on earlier requests nor on other keys in the same
    request.
    """
    keys = [*before, (2, 1), (2, 0)]
    writer = Handwriting(handwriting_of(seed).source, seed)
    writer.forms(before)
    one_by_one = [content_of(writer.form(*key)) for key in keys]
    assert [content_of(form) for form in handwriting_of(seed).forms(keys)] == one_by_one


def test_blank_pictures_are_refused() -> None:
    with pytest.raises(
        InputError, match="received 24 blank pictures of a 3; train it"
    ) as caught:
        chosen(3, BLANK)
    assert caught.value.field == "model"


@given(st.floats(-0.5, 0.5), st.floats(2, 20), st.floats(-30, 30), st.floats(-30, 30))
def test_forms_stand_on_the_baseline(
    shear: float, radius: float, x: float, y: float
) -> None:
    strokes = (circle(x, y, radius), line(x, y, x + 1, y + radius))
    points = along(placed(strokes, shear), 0.1)[0]
    left, top = points.min(axis=0)
    assert left == pytest.approx(0, abs=0.05)
    assert points[:, 1].max() == pytest.approx(module.FOOT, abs=0.05)
    assert -1 - top == pytest.approx(
        min(module.TALL, module.LARGEST * 2 * radius), abs=0.1
    )


def test_leaning_is_a_shear() -> None:
    (upright,) = placed((line(0, 0, 0, 18),), 0.3)
    start = upright.curves[0, 0]
    end = upright.curves[0, 3]
    assert (start[0] - end[0]) / (end[1] - start[1]) == pytest.approx(0.3)
