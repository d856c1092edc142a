"""A whole GAN in NumPy: `python docs/course/gan.py 3 threes.png` learns to draw threes
in half a minute.

D, the judge, shrinks an image to a logit. G, the artist, grows one, and learns through
D.
A copy elsewhere needs a seed and the path of the project's gan/mnist: `gan.py 3
threes.png 0 PATH`.
"""

import lzma
import os
import sys
from pathlib import Path

# is fastest here
os.environ.update(
    OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1"
)

import numpy as np
from PIL import Image

ITERATIONS = 600
BATCH = 32
LATENTS = 32
RATE = 0.002
SLOPE = 0.2


def real_digits(
    digit: str, folder: str = f"{Path(__file__).parent}/../../gan/mnist"
) -> np.ndarray:
    """Return 500 images, enough here, (500, 28, 28, 1), from -1 (paper) to 1 (ink)."""
    pixels = np.frombuffer(
        lzma.decompress(Path(folder, f"train-{digit}.xz").read_bytes()), np.uint8
    )
    return pixels.reshape(-1, 28, 28, 1)[:500] / np.float32(127.5) - 1


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))  # turns a logit, D's rating, into a probability


def patches(x: np.ndarray, side: int) -> np.ndarray:
    """Return every second patch: axes n, i, j, c, p, q for pixel p, q of patch i, j of
    image n.
    """
    return np.lib.stride_tricks.sliding_window_view(x, (side, side), (1, 2))[
        :, ::2, ::2
    ]


def down(x: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Shrink images by a convolution: each patch of x, times the filters W, becomes a
    pixel.
    """
    return np.tensordot(patches(x, W.shape[1]), W, 3)  # sums over the axes c, p, q


def up(x: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Grow images by the transpose of `down`: each pixel of x, times W, is added to a
    patch.
    """
    parts = np.tensordot(x, W, (3, 3))
    n, i, j, c, side, _ = parts.shape
    y = np.zeros((n, 2 * i + side - 2, 2 * j + side - 2, c), x.dtype)
    for p, q in np.ndindex(side, side):
        y[:, p : p + 2 * i : 2, q : q + 2 * j : 2] += parts[..., p, q]
    return y


class Network:  # a chain of layers, y = A x, with leaky ReLUs between them
    def __init__(
        self, rng: np.random.Generator, grows: bool, *shapes: tuple[int, ...]
    ) -> None:
        # G grows, D shrinks
        self.A, self.transposed = (up, down) if grows else (down, up)
        self.Ws = [rng.normal(0, 0.1, shape).astype(np.float32) for shape in shapes]
        self.frozen = False

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.xs = [x]
        for W in self.Ws:
            y = self.A(self.xs[-1], W)
            self.xs.append(np.maximum(y, SLOPE * y))
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.dWs: list[np.ndarray] = []
        for x, W in zip(self.xs[-2::-1], self.Ws[::-1], strict=True):
            big, small = (x, dy) if self.A is down else (dy, x)
            self.dWs.insert(
                0, np.tensordot(patches(big, W.shape[1]), small, (range(3), range(3)))
            )
            dx = self.transposed(dy, W)
            # back through the leaky ReLU before this layer
            dy = np.where(x > 0, dx, SLOPE * dx)
        return dx  # short for d loss / d x


class Adam:  # moves every weight of its networks that is not frozen
    def __init__(self, *nets: Network) -> None:
        self.t = 0
        self.state = [
            (n, k, np.zeros_like(W), np.zeros_like(W))
            for n in nets
            for k, W in enumerate(n.Ws)
        ]

    def step(self, beta1: float = 0.5, beta2: float = 0.99) -> None:
        self.t += 1
        for n, k, m, v in self.state:
            if not n.frozen:
                m += (1 - beta1) * (n.dWs[k] - m)  # a running average of the gradient
                v += (1 - beta2) * (n.dWs[k] ** 2 - v)  # and of its square
                n.Ws[k] -= (
                    RATE
                    * m
                    / (1 - beta1**self.t)
                    / (np.sqrt(v / (1 - beta2**self.t)) + 1e-8)
                )


if __name__ == "__main__":
    try:
        digit, picture, *rest = sys.argv[1:]
        rng = np.random.default_rng(*map(int, rest[:1]))
        real = real_digits(digit, *rest[1:2])
        # fails here, not after the training
        Image.new("L", (224, 224), "white").save(picture)
    except (OSError, ValueError, lzma.LZMAError) as error:
        print(
            f"expected DIGIT PICTURE.png [SEED [PATH/gan/mnist]], received {sys.argv[1:]}: {error}",
            file=sys.stderr,
        )
        sys.exit(2)
    # side 1, 5, 13, 28
    G = Network(rng, True, (32, 5, 5, LATENTS), (16, 5, 5, 32), (1, 4, 4, 16))
    # side 28, 13, 5, 1
    D = Network(rng, False, (1, 4, 4, 16), (16, 5, 5, 32), (32, 5, 5, 1))
    judge_adam = Adam(D)
    # Adam(G) would leave D alone, and so does Adam(G, D) while D is frozen: both draw
    # the same.
    # The mistake is Adam(G, D) without the freeze. Here, deleting one line is enough to
    # make it.
    adversarial_adam = Adam(G, D)
    # running averages of G's weights draw more evenly than the weights themselves
    averages = G.Ws
    # digits, drawings
    targets = np.repeat([1.0, 0.0], BATCH).astype(np.float32).reshape(-1, 1, 1, 1)
    for step in range(1, ITERATIONS + 1):
        # The judge's turn
        D.frozen = False
        drawings = np.tanh(
            G.forward(rng.standard_normal((BATCH, 1, 1, LATENTS), np.float32))
        )
        opinion = sigmoid(
            D.forward(np.concatenate([rng.choice(real, BATCH), drawings]))
        )
        D.backward(opinion - targets)  # the derivative of cross-entropy by the logits
        judge_adam.step()

        # The artist's turn
        D.frozen = True  # Delete this line, run again, and get noise.
        for _ in range(2):
            # with one turn, D's own turn would repair part of the mistake
            drawings = np.tanh(
                G.forward(rng.standard_normal((BATCH, 1, 1, LATENTS), np.float32))
            )
            # the target is 1: D should call them digits
            dlogits = sigmoid(D.forward(drawings)) - 1
            G.backward(D.backward(dlogits) * (1 - drawings**2))
            adversarial_adam.step()
        averages = [
            a + max(0.01, 1 / step) * (W - a)
            for a, W in zip(averages, G.Ws, strict=True)
        ]
        D_says = f"D(digits) {opinion[:BATCH].mean():.2f}, D(drawings) {opinion[BATCH:].mean():.2f}"
        # the mistake: both near 1
        print(f"{step} of {ITERATIONS}: {D_says}", end="\r", flush=True)
    print()
    G.Ws = averages
    sheet = np.tanh(G.forward(rng.standard_normal((64, 1, 1, LATENTS)))).reshape(
        8, 8, 28, 28
    )
    Image.fromarray(
        np.uint8(127.5 - 127.5 * sheet.swapaxes(1, 2).reshape(224, 224))
    ).save(picture)
