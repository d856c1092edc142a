"""static/js/logic/game.js, called in a real browser."""

from tests.scripts.test_drawing_labels import Call


def test_the_scale_keeps_order_and_bounds(call: Call) -> None:
    ratings = [-1e9, -20, -3, -0.5, -0.01, 0, 0.01, 0.5, 3, 20, 1e9]
    heights = [call("logic/game", "height", rating) for rating in ratings]
    assert heights == sorted(heights, reverse=True)
    assert min(heights) > 24
    assert max(heights) < 276
    assert call("logic/game", "height", 0) == 110


def test_the_shape_of_a_map_has_the_channels_of_its_network(call: Call) -> None:
    shapes = [call("logic/game", "shape", name, [16, 32]) for name in ("g7", "g14", "d14", "d7")]
    assert shapes == ["7 × 7 × 32", "14 × 14 × 16", "14 × 14 × 16", "7 × 7 × 32"]


def test_one_dot_is_drawn_for_every_rating_that_is_a_number(call: Call) -> None:
    scale = {"drawn": [0.5, None, -2], "real": [0, 1, None]}
    dots = call("logic/game", "dots", scale, 2)
    assert [(dot["kind"], dot["index"], dot["chosen"]) for dot in dots] == [
        ("real", 0, False), ("real", 1, False), ("drawn", 0, False), ("drawn", 2, True),
    ]  # fmt: skip
    real, drawn = ([dot["x"] for dot in dots if dot["kind"] == kind] for kind in ("real", "drawn"))
    assert max(real) < min(drawn), "the groups are side by side"
