"""Adam in one pass over memory, spread over the threads."""

import numpy as np

from nnet.fast.kernels import elementwise
from nnet.optimizers import Adam


class FastAdam(Adam):
    """`nnet.optimizers.Adam`, faster: both divisions by 1 - beta^t are drawn out of the loop over weights.

    lr m' / (sqrt(v') + eps) with m' = m / (1 - beta1^t), v' = v / (1 - beta2^t) and r = sqrt(1 - beta2^t) is

        lr r / (1 - beta1^t) * m / (sqrt(v) + eps r)

    Source: Kingma and Ba 2015, "Adam", section 2, last paragraph.
    """

    def step(self, learning_rate: float) -> None:
        """Move every weight whose layer is trainable."""
        self.t += 1
        correction = np.sqrt(1 - self.beta2**self.t)
        rate = learning_rate * correction / (1 - self.beta1**self.t)
        elementwise.adam(list(self.moving()), rate, self.beta1, self.beta2, self.epsilon * correction)
