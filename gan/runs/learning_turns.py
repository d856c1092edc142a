"""Show the two turns of one iteration on one drawing: first D learns, then G.

Frames are taken before the judge's turn (D), between the turns, and after the artist's
turn (G).

Between the turns, the gradient of the judge's logit shows where the artist is about to
add or remove ink. The frames show the generator in training, because the averaged one
hardly moves. Taking frames uses no random numbers and does not change the trainer, so
training stays bit-identical.
"""

from functools import lru_cache

import numpy as np

from gan.data import load
from gan.data.images_and_sheets import in_base64, sheet, to_ink
from gan.rules.relativistic import outputs_of
from gan.rules.run_config import preset
from gan.runs.evaluate_sheets import SheetEvaluator
from gan.runs.explain_drawing import gradient, purple_and_green
from gan.runs.judge_ratings import scale
from gan.runs.messages import Frame, Turn, TurnsEvent
from gan.runs.trainer import Drawings, Trainer


class TurnFrames:
    """Takes the frames of the trainer's next iteration.

    The first frame is taken immediately. Pass `between` to `Trainer.iterate` as `look`,
    then call `end`. `drawing` is the index of a drawing on the sheet.
    """

    def __init__(
        self, trainer: Trainer, evaluator: SheetEvaluator, drawing: int
    ) -> None:
        self.trainer = trainer
        self.evaluator = evaluator
        self.drawing = drawing
        self.drawings = self._draw()
        self.frames = [self._frame("start")]

    def between(self) -> None:
        self.frames.append(self._frame("judge"))

    def end(self) -> TurnsEvent:
        self.drawings = self._draw()
        self.frames.append(self._frame("artist"))
        config = self.trainer.config
        digits = self.evaluator.requested
        return {
            "type": "turns",
            "iteration": self.trainer.iteration,
            "drawing": self.drawing,
            "asked": None if digits is None else int(digits[self.drawing]),
            "names": list(config.names),
            "locked": config.frozen_at(self.trainer.iteration - 1),
            "frames": self.frames,
        }

    def add_sheet(self) -> None:
        self.frames[-1]["png"]["sheet"] = in_base64(sheet(to_ink(self.drawings.output)))

    def _draw(self) -> Drawings:
        output, _ = self.trainer.players.generator.forward(self.trainer.picture_latents)
        return Drawings(output, None)

    def _frame(self, turn: Turn) -> Frame:
        """Return the drawing and the judge's hints as both networks are now."""
        trainer = self.trainer
        digits = self.evaluator.requested
        index = self.drawing
        output = self.drawings.output[index : index + 1]  # (1, 28, 28, 1)
        requested = np.zeros(1, int) if digits is None else digits[index : index + 1]
        dx = gradient(
            trainer.players.discriminator,
            output,
            outputs_of(requested, trainer.config.labels),
        )[0, ..., 0]
        return {
            "turn": turn,
            "scale": scale(self.evaluator.verdicts(trainer, self.drawings), digits),
            "png": {
                "drawing": in_base64(255 - to_ink(output)[0]),
                "real": in_base64(255 - self.evaluator.real[index]),
                "gradient": in_base64(purple_and_green(dx)),
            },
        }


# The Train page shows the first iterations of a new quick GAN turn by turn, once the
# turns of the user's run change too little to see. The new GAN has the digit and the
# seed of that run, but is separate from it.
# Training this many iterations again takes a second, and most digits can then be
# recognized.
MOST_ITERATIONS = 40


@lru_cache(maxsize=1)
def new_gan(digit: int | None, seed: int) -> tuple[Trainer, SheetEvaluator]:
    """Return a new GAN for a digit (None for all) and a seed.

    It is cached and keeps its training, so that `play` can continue with its next
    iteration.
    """
    config = preset(digit, network="quick", seed=seed)
    data = load()
    return Trainer(config, data), SheetEvaluator(config, data, None)


def play(digit: int | None, seed: int, iteration: int, drawing: int) -> TurnsEvent:
    """Train an iteration of a new GAN, 1 to MOST_ITERATIONS, and return its frames.

    The frames show the drawing with the index `drawing`. The last frame also has the
    whole sheet; in iteration 1, so does the first frame.

    The result depends only on the arguments. Earlier iterations are trained first,
    unless previous calls have already trained the same GAN that far.
    """
    if new_gan(digit, seed)[0].iteration >= iteration:
        new_gan.cache_clear()
    trainer, evaluator = new_gan(digit, seed)
    while trainer.iteration < iteration - 1:
        trainer.iterate()
    frames = TurnFrames(trainer, evaluator, drawing)
    if iteration == 1:
        frames.add_sheet()
    trainer.iterate(look=frames.between)
    turns = frames.end()
    frames.add_sheet()
    return turns
