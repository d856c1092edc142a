"""gan/runs/recorded_game.py: the diagram beside a recorded picture."""

import base64
import json
from pathlib import Path

from gan.runs.recorded_game import RecordedGame, game_path, read_game, write_game
from gan.runs.run_writer import create
from tests.helpers.fake_worker import tiny


def test_a_damaged_diagram_counts_as_missing(tmp_path: Path) -> None:
    run, png = create(tmp_path / "run", tiny(None)), base64.b64encode(b"\x89PNG").decode()
    game = RecordedGame({"drawn": [1.0, None], "real": [0]}, 3, png)
    assert read_game(run, 7) is None
    write_game(run, 7, game)
    assert read_game(run, 7) == game
    whole = vars(game)
    for damaged in (
        b"[]", b"{", b"\xff", json.dumps(whole | {"drawing": "3"}).encode(), json.dumps(whole | {"more": 1}).encode(),
        json.dumps(whole | {"maps": "no PNG"}).encode(), json.dumps(whole | {"scale": {"drawn": []}}).encode(),
        json.dumps(whole | {"scale": {"drawn": ["1"], "real": []}}).encode(),
        b" " * 30_000 + json.dumps(whole).encode(),
    ):  # fmt: skip
        game_path(run, 7).write_bytes(damaged)
        assert read_game(run, 7) is None
