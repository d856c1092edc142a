"""Play the first iterations of a quick GAN one turn at a time, for the diagram of the Train page.

A new GAN with the digit and the seed of the user's run is trained from iteration 0 on the bundled sample, because later
turns change too little to see. The run itself is not touched. The state of both networks is recorded before the judge's
turn, between the turns, and after the artist's turn. Between the turns, the gradient of the judge's logit shows where
the artist is about to add or remove ink.

The diagram shows the generator in training, because the averaged one would hardly move.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from PIL import Image

from gan.data import load
from gan.data.pictures import in_base64, to_ink
from gan.rules.config import preset
from gan.rules.relativistic import outputs_of
from gan.runs.explain_drawing import gradient, purple_and_green
from gan.runs.feature_maps import maps_picture, scale
from gan.runs.sheet_evaluator import SheetEvaluator
from gan.runs.trainer import Drawings, Trainer
from gan.web.services.saved_drawing_details import on_paper
from nnet.layer import Layer

MOST_ITERATIONS = 40  # training them again takes a second; by then most digits can be recognized
Turn = Literal["start", "judge", "artist"]
Frame = dict[str, Any]


@dataclass
class NewGan:
    trainer: Trainer
    evaluator: SheetEvaluator

    def draw(self) -> Drawings:
        output, _ = self.network.forward(self.trainer.picture_latents)
        return Drawings(output, None)

    @property
    def network(self) -> Layer:
        return self.trainer.players.generator

    def frame(self, turn: Turn, drawings: Drawings, drawing: int) -> Frame:
        """Return the present state of both networks for one drawing: before the judge's turn, after it, or at the end.

        The gradient is purple where ink raises the judge's logit, green where it lowers it.
        """
        trainer, digits = self.trainer, self.evaluator.requested
        assert digits is not None
        output = drawings.output[drawing : drawing + 1]  # (1, 28, 28, 1)
        which = outputs_of(digits[drawing : drawing + 1], trainer.config.labels)
        dx = gradient(trainer.players.discriminator, output, which)[0, ..., 0]
        return {
            "turn": turn,
            "scale": scale(self.evaluator.verdicts(trainer, drawings), digits),
            "png": {
                "drawing": on_paper(to_ink(output)[0]),
                "real": on_paper(self.evaluator.real[drawing]),
                "maps": in_base64(Image.fromarray(maps_picture(trainer, drawings, drawing, self.network))),
                "gradient": in_base64(purple_and_green(dx)),
            },
        }


@lru_cache(maxsize=1)
def new_gan(digit: int | None, seed: int) -> NewGan:
    """Return an untrained GAN for a digit (None for all) and a seed. It is kept, so that playing on is fast."""
    config, data = preset(digit, network="quick", few=True, seed=seed), load()
    return NewGan(Trainer(config, data), SheetEvaluator(config, data, None))


def play(digit: int | None, seed: int, iteration: int, drawing: int) -> dict[str, Any]:
    """Play an iteration, 1 to MOST_ITERATIONS, and return what happens to one drawing.

    The result depends only on the arguments. Training the earlier iterations takes time, unless the last call played
    one of them.
    """
    if new_gan(digit, seed).trainer.iteration >= iteration:
        new_gan.cache_clear()
    played = new_gan(digit, seed)
    while played.trainer.iteration < iteration - 1:
        played.trainer.iterate()
    before, frames = played.draw(), list[Frame]()
    frames.append(played.frame("start", before, drawing))
    played.trainer.iterate(look=lambda: frames.append(played.frame("judge", before, drawing)))
    frames.append(played.frame("artist", played.draw(), drawing))
    assert played.evaluator.requested is not None
    asked = int(played.evaluator.requested[drawing])
    channels = list(played.trainer.config.channels)  # of 14x14, 7x7 maps
    return {"iteration": iteration, "drawing": drawing, "asked": asked, "channels": channels, "frames": frames}
