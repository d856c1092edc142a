"""Play the first iterations of a new quick GAN one turn at a time, for the diagram of the Train page.

It has the digit and the seed of the user's run, and is trained from iteration 0 on MNIST. The run itself
is not touched. The page plays it once the run's own turns (gan/runs/turn_frames.py) change too little to see.
"""

from functools import lru_cache

from gan.data import load
from gan.rules.config import preset
from gan.runs.messages import TurnsEvent
from gan.runs.sheet_evaluator import SheetEvaluator
from gan.runs.trainer import Trainer
from gan.runs.turn_frames import TurnFrames

MOST_ITERATIONS = 40  # training them again takes a second; by then most digits can be recognized


@lru_cache(maxsize=1)
def new_gan(digit: int | None, seed: int) -> tuple[Trainer, SheetEvaluator]:
    """Return an untrained GAN for a digit (None for all) and a seed. It is kept, so that playing on is fast."""
    config, data = preset(digit, network="quick", seed=seed), load()
    return Trainer(config, data), SheetEvaluator(config, data, None)


def play(digit: int | None, seed: int, iteration: int, drawing: int) -> TurnsEvent:
    """Play an iteration, 1 to MOST_ITERATIONS, and return what happens to one drawing, and all drawings at its end.

    The first iteration also has the untrained drawings. The result depends only on the arguments. Training the earlier
    iterations takes time, unless the last call played one of them.
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
