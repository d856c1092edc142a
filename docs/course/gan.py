"""A whole GAN in NumPy, which learns to draw threes in half a minute.

    python docs/course/gan.py 3 threes.png    # and, half-way, threes-half.png

D, the judge, shrinks an image to a logit. G, the artist, grows an image, and learns
through D. To run a copy of this file elsewhere, add a seed and the path of gan/mnist:

    python gan.py 3 threes.png 0 PATH
"""

import copy
import lzma
import os
import sys
from pathlib import Path

# One thread is fastest for arrays of this size.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["VECLIB_MAXIMUM_THREADS"] = "1"

import numpy as np
from PIL import Image

ITERATIONS = 600
BATCH = 32
LATENTS = 32
RATE = 0.002
SLOPE = 0.2
DIGITS = f"{Path(__file__).parent}/../../gan/mnist"


def real_digits(digit: str, folder: str = DIGITS) -> np.ndarray:
    """Return 500 images of a digit, (500, 28, 28, 1), from -1 (paper) to 1 (ink)."""
    content = lzma.decompress(Path(folder, f"train-{digit}.xz").read_bytes())
    images = np.frombuffer(content, np.uint8).reshape(-1, 28, 28, 1)
    return images[:500] / np.float32(127.5) - 1


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))  # turns a logit, D's rating, into a probability


def patches(x: np.ndarray, side: int) -> np.ndarray:
    """Return the patches of x with a stride of 2, (n, i, j, c, side, side)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), (1, 2))
    return windows[:, ::2, ::2]


def down(x: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Shrink images by a convolution: each patch times the filters W makes a pixel."""
    return np.tensordot(patches(x, W.shape[1]), W, 3)  # sums over c and the patch


def up(x: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Grow images by the transpose of `down`: add each pixel times W to a patch."""
    parts = np.tensordot(x, W, (3, 3))
    n, i, j, c, side, _ = parts.shape
    y = np.zeros((n, 2 * i + side - 2, 2 * j + side - 2, c), x.dtype)
    for p, q in np.ndindex(side, side):
        y[:, p : p + 2 * i : 2, q : q + 2 * j : 2] += parts[..., p, q]
    return y


class Network:
    """A chain of layers, y = A x, with leaky ReLUs between them."""

    def __init__(self, rng: np.random.Generator, grows: bool, *shapes: tuple) -> None:
        self.grows = grows
        self.Ws = [rng.normal(0, 0.1, shape).astype(np.float32) for shape in shapes]
        self.frozen = False

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.xs = []  # the input of each layer, for `backward`
        for W in self.Ws:
            self.xs.append(x)
            y = up(x, W) if self.grows else down(x, W)
            x = np.maximum(y, SLOPE * y)  # leaky ReLU
        return y  # the last layer has no leaky ReLU

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.dWs = [np.zeros_like(W) for W in self.Ws]
        for k in reversed(range(len(self.Ws))):
            x = self.xs[k]
            W = self.Ws[k]
            if self.grows:
                seen = patches(dy, W.shape[1])
                self.dWs[k] = np.tensordot(seen, x, (range(3), range(3)))
                dx = down(dy, W)
            else:
                seen = patches(x, W.shape[1])
                self.dWs[k] = np.tensordot(seen, dy, (range(3), range(3)))
                dx = up(dy, W)
            dy = np.where(x > 0, dx, SLOPE * dx)  # back through the leaky ReLU before
        return dx  # short for d loss / d x


def sheet(G: Network, latents: np.ndarray) -> Image.Image:
    """Return G's drawings of 64 latents in eight rows."""
    drawings = np.tanh(G.forward(latents))
    rows = drawings.reshape(8, 8, 28, 28).swapaxes(1, 2).reshape(224, 224)
    return Image.fromarray(np.uint8(127.5 - 127.5 * rows))


class Adam:
    """Moves every weight of its networks that is not frozen."""

    def __init__(self, *networks: Network) -> None:
        self.t = 0
        self.networks = networks
        self.ms = [[np.zeros_like(W) for W in net.Ws] for net in networks]
        self.vs = [[np.zeros_like(W) for W in net.Ws] for net in networks]

    def step(self, beta1: float = 0.5, beta2: float = 0.99) -> None:
        self.t += 1
        for net, ms, vs in zip(self.networks, self.ms, self.vs, strict=True):
            if not net.frozen:
                for W, dW, m, v in zip(net.Ws, net.dWs, ms, vs, strict=True):
                    m += (1 - beta1) * (dW - m)  # a running average of the gradient
                    v += (1 - beta2) * (dW**2 - v)  # and of its square
                    change = RATE * m / (1 - beta1**self.t)  # m and v begin at 0,
                    square = v / (1 - beta2**self.t)  # which the divisions correct
                    W -= change / (np.sqrt(square) + 1e-8)


if __name__ == "__main__":
    try:
        digit, picture, *rest = sys.argv[1:]
        rng = np.random.default_rng(*map(int, rest[:1]))
        real = real_digits(digit, *rest[1:2])
        Image.new("L", (224, 224), "white").save(picture)  # fails before training
    except (OSError, ValueError, lzma.LZMAError) as error:
        expected = "expected DIGIT PICTURE.png [SEED [PATH/gan/mnist]]"
        print(f"{expected}, received {sys.argv[1:]}: {error}", file=sys.stderr)
        sys.exit(2)
    # The sides of G's images are 1, 5, 13 and 28 pixels; those of D's are the reverse.
    G = Network(rng, True, (32, 5, 5, LATENTS), (16, 5, 5, 32), (1, 4, 4, 16))
    D = Network(rng, False, (1, 4, 4, 16), (16, 5, 5, 32), (32, 5, 5, 1))
    judge_adam = Adam(D)
    # Adam(G) would leave D alone, and so does Adam(G, D) while D is frozen: both draw
    # the same. The mistake, Adam(G, D) without the freeze, is one deleted line away.
    adversarial_adam = Adam(G, D)
    # Running averages of G's weights draw more evenly than the weights themselves.
    average_G = copy.deepcopy(G)
    shown = rng.standard_normal((64, 1, 1, LATENTS))  # the latents of both sheets
    half_way = Path(picture).with_stem(Path(picture).stem + "-half")
    targets = np.repeat([1.0, 0.0], BATCH).astype(np.float32)[:, None, None, None]
    for step in range(1, ITERATIONS + 1):
        # The judge's turn
        D.frozen = False
        latents = rng.standard_normal((BATCH, 1, 1, LATENTS), np.float32)
        drawings = np.tanh(G.forward(latents))
        images = np.concatenate([rng.choice(real, BATCH), drawings])
        opinion = sigmoid(D.forward(images))
        # The derivative of the summed loss. The mean's is a 64th, which Adam cancels.
        D.backward(opinion - targets)
        judge_adam.step()

        # The artist's turn
        D.frozen = True  # Delete this line, run again, and get noise.
        for _ in range(2):  # with one turn, D's own turn would repair part of it
            latents = rng.standard_normal((BATCH, 1, 1, LATENTS), np.float32)
            drawings = np.tanh(G.forward(latents))
            believed = sigmoid(D.forward(drawings))
            dlogits = believed - 1  # the target is 1, a digit
            ddrawings = D.backward(dlogits)
            G.backward(ddrawings * (1 - drawings**2))  # back through the tanh
            adversarial_adam.step()
        for average, W in zip(average_G.Ws, G.Ws, strict=True):
            average += max(0.01, 1 / step) * (W - average)
        if step % 50 == 0:
            D_loss = -np.log(1 - abs(opinion - targets) + 1e-9).mean()
            G_loss = -np.log(believed + 1e-9).mean()
            losses = f"D's loss {D_loss:.2f}, G's loss {G_loss:.2f}"
            digits, drawn = opinion.reshape(2, BATCH).mean(1)
            D_says = f"D(digits) {digits:.2f}, D(drawings) {drawn:.2f}"
            print(f"{step} of {ITERATIONS}: {losses}, {D_says}", flush=True)
        if step == ITERATIONS // 2:
            sheet(average_G, shown).save(half_way)
    sheet(average_G, shown).save(picture)
