"""The curve of quality against time: what is on it, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from fake_worker import tiny

from benchmarks import frontier
from benchmarks.frontier import Spot, spots
from gan.study.plan import changes
from gan.study.points import Seconds, add_points, cost


@pytest.fixture
def studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with seconds and the points of two variants, two seeds each, 2 ms an iteration."""
    rows = [{"cost": cost(tiny(3)), "ms": 2.0}]
    (tmp_path / "seconds.json").write_text(json.dumps({"machine": {}, "day": "", "step": {}, "rows": rows}))
    monkeypatch.setattr(frontier, "STUDIES", tmp_path)
    points: list[dict[str, Any]] = []
    for variant, iterations, ratio in (("long", 2000, 1.0), ("short", 500, 2.0)):
        for seed in (0, 1):
            judged = {"frechet": {"ratio": ratio + seed}}
            points.append({
                "variant": variant, "digit": 3, "seed": seed, "data": "full", "iteration": iterations,
                "config": changes(tiny(3, seed=seed)), "figures": judged | {"second": judged},
            })  # fmt: skip
    add_points(tmp_path / "trial.jsonl", points)
    return tmp_path


def test_a_spot_a_variant_from_the_quickest_to_the_slowest(studies: Path) -> None:
    found = spots(studies / "trial.jsonl", Seconds(studies / "seconds.json"))
    assert found == [Spot(1.0, 2.5, 2.5, "short"), Spot(4.0, 1.5, 1.5, "long")]


def test_the_frontier_is_what_nothing_quicker_beats() -> None:
    found = [Spot(1, 3, 0, "a"), Spot(2, 4, 0, "b"), Spot(3, 3, 0, "c"), Spot(4, 2, 9, "d")]
    assert [spot.name for spot in frontier.frontier(found)] == ["a", "d"]


def test_the_picture(studies: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    out = studies / "out.png"
    assert frontier.main([str(studies / "trial.jsonl"), "-o", str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")


def test_without_figures_there_is_no_picture(studies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = studies / "out.png"
    assert frontier.main([str(studies / "none.jsonl"), "-o", str(out)]) == 2
    assert "none.jsonl: expected points with figures, found none" in capsys.readouterr().err
    assert not out.exists()
