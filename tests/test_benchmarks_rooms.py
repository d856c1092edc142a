"""The count of rooms, floors and arrows, on small houses drawn by hand; and that our own has no circle."""

import pytest

pytest.importorskip("grimp", reason="of the extra [lint]")

from benchmarks.rooms import arrows_of, floors, main, reachable


def test_floors_worked_by_hand() -> None:
    assert floors({"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": set()}) == {"a": 3, "b": 2, "c": 1, "d": 1}


def test_rooms_in_a_circle_stand_on_one_floor() -> None:
    house = {"top": {"a"}, "a": {"b"}, "b": {"a", "ground"}, "ground": set[str]()}
    assert reachable(house, "a") == {"a", "b", "ground"}
    assert floors(house) == {"top": 3, "a": 2, "b": 2, "ground": 1}


def test_the_house_has_no_circle_and_training_stands_at_the_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    arrows = arrows_of("gan")
    assert "gan.training" in arrows
    assert not any(room in reachable(arrows, room) for room in arrows)
    assert floors(arrows)["gan.training"] < floors(arrows)["gan.runs"] < floors(arrows)["gan.web"]
    assert main(["gan"]) == 0
    assert capsys.readouterr().out.endswith(" arrows, 0 of them in a circle\n")
