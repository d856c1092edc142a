"""Show the turns of one iteration on one drawing: before the judge's turn, between the turns, after the artist's turn.

Between the turns, the gradient of the judge's logit shows where the artist is about to add or remove ink. The frames
show the generator in training, because the averaged one hardly moves. Looking uses no random numbers and does not
change the trainer, so training stays bit-identical.
"""

import numpy as np

from gan.data.images_and_sheets import in_base64, sheet, to_ink
from gan.rules.relativistic import outputs_of
from gan.runs.explain_drawing import gradient, purple_and_green
from gan.runs.feature_maps import ShownMaps, scale
from gan.runs.messages import Frame, Turn, TurnsEvent
from gan.runs.sheet_evaluator import SheetEvaluator
from gan.runs.trainer import Drawings, Trainer


class TurnFrames:
    """The frames of an iteration that begins now. Pass `between` to `Trainer.iterate`, then call `end`.

    `maps` has made the pictures of earlier frames.
    """

    def __init__(
        self, trainer: Trainer, evaluator: SheetEvaluator, drawing: int, maps: ShownMaps | None = None
    ) -> None:
        self.trainer, self.evaluator, self.drawing, self.maps = trainer, evaluator, drawing, maps or ShownMaps()
        self.drawings = self._draw()
        self.frames = [self._frame("start")]

    def between(self) -> None:
        self.frames.append(self._frame("judge"))

    def end(self) -> TurnsEvent:
        self.drawings = self._draw()
        self.frames.append(self._frame("artist"))
        config, digits = self.trainer.config, self.evaluator.requested
        return {
            "type": "turns",
            "iteration": self.trainer.iteration,
            "drawing": self.drawing,
            "asked": None if digits is None else int(digits[self.drawing]),
            "names": list(config.names),
            "channels": list(config.channels),
            "locked": config.frozen_at(self.trainer.iteration - 1),
            "frames": self.frames,
        }

    def add_sheet(self) -> None:
        """Add all drawings to the last frame."""
        self.frames[-1]["png"]["sheet"] = in_base64(sheet(to_ink(self.drawings.output)))

    def _draw(self) -> Drawings:
        output, _ = self.trainer.players.generator.forward(self.trainer.picture_latents)
        return Drawings(output, None)

    def _frame(self, turn: Turn) -> Frame:
        """Return the present state of both networks for the drawing."""
        trainer, digits, index = self.trainer, self.evaluator.requested, self.drawing
        output = self.drawings.output[index : index + 1]  # (1, 28, 28, 1)
        requested = np.zeros(1, int) if digits is None else digits[index : index + 1]
        dx = gradient(trainer.players.discriminator, output, outputs_of(requested, trainer.config.labels))[0, ..., 0]
        maps = self.maps.picture(trainer, self.drawings, index, trainer.players.generator)
        return {
            "turn": turn,
            "scale": scale(self.evaluator.verdicts(trainer, self.drawings), digits),
            "png": {
                "drawing": in_base64(255 - to_ink(output)[0]),
                "real": in_base64(255 - self.evaluator.real[index]),
                "maps": in_base64(maps),
                "gradient": in_base64(purple_and_green(dx)),
            },
        }
