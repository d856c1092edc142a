"""Who looks at a run's sheets, and says which digits they are, which are near real ones, and what the judge says.

The judge is the run's own discriminator. It is asked in pairs, a drawing beside a real digit of the same kind, which of
the two it prefers: single logits mean nothing (gan/relativistic.py). Where D was bent while G learned, its word is
worth nothing. So it stands beside that of the reader, who never saw a drawing, and the distance to real digits.
"""

from functools import cached_property

import numpy as np

from gan.classifier.reading import Reader
from gan.config import Config
from gan.data import Dataset, only
from gan.data.near import Near
from gan.latents import asked_for
from gan.pictures import Pictures
from gan.runs.doctor import diagnose
from gan.runs.remarks import Remarks
from gan.runs.trainer import PICTURE_LATENTS, Trainer


class Onlooker:
    """Whoever looks at the sheets of a run and remarks on them. Nothing of the run changes.

    Parameters
    ----------
    config : Config
    data : Dataset
        What the run learns from: its real digits stand beside the drawings.
    read : Reader or None
        None: nobody reads.
    """

    def __init__(self, config: Config, data: Dataset, read: Reader | None) -> None:
        self.config, self.read, self.near, self.data = config, read, Near(data), data
        self.asked = asked_for(config, PICTURE_LATENTS)  # (64,) digits, or None

    @cached_property
    def real(self) -> Pictures:
        """A real digit beside each drawing of a sheet, of the same kind: (64, 28, 28) uint8."""
        kinds: list[int | None] = [None] * PICTURE_LATENTS if self.asked is None else self.asked.tolist()
        of_kind = {kind: only(self.data, kind).images for kind in set(kinds)}
        places = [kinds[:index].count(kind) for index, kind in enumerate(kinds)]
        return np.stack([of_kind[kind][place % len(of_kind[kind])] for kind, place in zip(kinds, places, strict=True)])

    def remark(self, trainer: Trainer, images: Pictures) -> Remarks:
        """What is to be said of a trainer's drawings, `Trainer.picture`."""
        near, prefers_real = self.near(images, self.asked), self.prefers_real(trainer, images)
        kinds = np.zeros(len(images), np.intp) if self.asked is None else self.asked
        return Remarks(
            reading=self.read(images) if self.read else None,
            near=tuple(near),
            prefers_real=prefers_real,
            ailment=diagnose(
                images, self.real, kinds, np.array(near), prefers_real, trainer.iteration, self.config.freeze
            ),
        )

    def prefers_real(self, trainer: Trainer, images: Pictures) -> int:
        """In how many pairs the judge rates the real digit above the drawing; a logit that is no number wins none."""
        of_drawn, of_real = (trainer.verdict(each, self.asked) for each in (images, self.real))
        return int((of_real > of_drawn).sum())
