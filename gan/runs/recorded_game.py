"""Store the diagram of both networks beside a recorded picture, in images/<iteration>.game.json.

A recorded run has no weights, so its diagram (gan/runs/game_diagram.py) can only be shown if it was recorded: the
judge's ratings of all drawings, and the maps for one of them.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from gan.errors import parse_json
from gan.runs.messages import Scale
from gan.runs.run import Run, read_regular_file
from nnet.durable_write import replacing

MAX_BYTES = 20_000  # of a file; 64 ratings of each kind and a picture of 42 x 50 pixels take 4,000
PNG_START = b"\x89PNG"


@dataclass(frozen=True)
class RecordedGame:
    """The diagram of one picture.

    Attributes
    ----------
    drawing : int
        The drawing that the maps belong to.
    maps : str
        A PNG in base64.
    """

    scale: Scale
    drawing: int
    maps: str


def game_path(run: Run, iteration: int) -> Path:
    """Return the path of the diagram of an iteration's picture."""
    return run.picture_path(iteration).with_suffix(".game.json")


def write_game(run: Run, iteration: int, game: RecordedGame) -> None:
    """Store the diagram of a picture."""
    with replacing(game_path(run, iteration)) as part:
        part.write_text(json.dumps(vars(game), separators=(",", ":")), "utf-8")


def read_game(run: Run, iteration: int) -> RecordedGame | None:
    """Return the diagram of a picture, or None if its file is missing or invalid."""
    try:
        game = RecordedGame(**parse_json(read_regular_file(game_path(run, iteration), MAX_BYTES).decode("utf-8")))
        ratings = [rating for side in ("drawn", "real") for rating in game.scale[side]]
        whole = base64.b64decode(game.maps, validate=True).startswith(PNG_START) and type(game.drawing) is int
        if not whole or not all(rating is None or type(rating) in (int, float) for rating in ratings):
            return None
        return game
    except (OSError, ValueError, TypeError, KeyError):
        return None
