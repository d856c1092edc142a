"""A whole GAN in a hundred lines of NumPy: `python docs/course/gan.py 3 threes.png` learns to draw threes.

D, the judge, shrinks an image to a number, high for digits and low for drawings. G, the artist, grows an image from
random numbers so that D rates it high: the error flows back through D into G. (dx is short for d loss / d x.)
"""

import sys
import zlib
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

ITERATIONS, BATCH, LATENTS, RATE, SLOPE = 1000, 32, 32, 0.002, 0.2


def patches(x: np.ndarray, side: int) -> np.ndarray:
    """Return every second patch of images (n, height, width, c): axes n, i, j, c, p, q for pixel p, q of patch i, j."""
    return sliding_window_view(x, (side, side), (1, 2))[:, ::2, ::2]


def down(x: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Shrink images by a convolution: each patch of x, times the filters W, becomes a pixel."""
    return np.einsum("nijcpq,cpqk->nijk", patches(x, W.shape[1]), W, optimize=True)


def up(x: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Grow images by the transpose of `down`: each pixel of x, times the filters W, is added to a patch."""
    parts = np.einsum("nijk,cpqk->pqnijc", x, W, optimize=True)
    side, _, n, i, j, c = parts.shape
    y = np.zeros((n, 2 * i + side - 2, 2 * j + side - 2, c), x.dtype)
    for p, q in np.ndindex(side, side):
        y[:, p : p + 2 * i : 2, q : q + 2 * j : 2] += parts[p, q]
    return y


class Network:
    """A chain of layers, y = A x, with a leaky ReLU between them. A is `up` in G and `down` in D."""

    def __init__(self, grows: bool, shapes: list[tuple[int, int, int]], rng: np.random.Generator) -> None:
        self.A, self.transposed = (up, down) if grows else (down, up)
        self.layers: list[tuple[np.ndarray, ...]] = []
        for large, side, small in shapes:  # channels of the large images, side of a patch, channels of the small images
            terms = 4 * small if grows else side**2 * large  # about so many are added in a pixel of y
            W = rng.normal(0, terms**-0.5, (large, side, side, small)).astype(np.float32)  # larger: tanh may saturate
            self.layers.append((W, 0 * W, 0 * W, 0 * W))  # with the averages of `learn`

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the last y. Keep every x."""
        self.xs = []
        for W, *_ in self.layers:
            self.xs.append(x)
            y = self.A(x, W)
            x = np.where(y > 0, y, SLOPE * y)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return the first dx. Keep every dy. No W changes."""
        self.dys: list[np.ndarray] = []
        for x, (W, *_) in zip(self.xs[::-1], self.layers[::-1], strict=True):
            self.dys.insert(0, dy)
            dx = self.transposed(dy, W)
            dy = np.where(x > 0, dx, SLOPE * dx)  # back through the leaky ReLU before this layer
        return dx

    def learn(self, step: int) -> None:
        """Move every W against its gradient, by Adam, and average W over about a hundred steps."""
        for (W, mean, square, average), x, dy in zip(self.layers, self.xs, self.dys, strict=True):
            large, small = (x, dy) if self.A is down else (dy, x)
            dW = np.einsum("nijcpq,nijk->cpqk", patches(large, W.shape[1]), small, optimize=True)
            mean += 0.5 * (dW - mean)
            square += 0.01 * (dW**2 - square)
            W -= RATE * mean / (1 - 0.5**step) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
            average += 0.01 * (W - average)


if __name__ == "__main__":
    digit, path, rng = int(sys.argv[1]), Path(sys.argv[2]), np.random.default_rng(*map(int, sys.argv[3:]))  # 3rd: seed
    files = sorted((Path(__file__).resolve().parents[2] / "gan/mnist").glob("*.gz"))
    images, labels = (np.frombuffer(zlib.decompress(file.read_bytes(), wbits=31), np.uint8) for file in files)
    real = np.pad(images[16:].reshape(-1, 28, 28, 1)[labels[8:] == digit], ((0, 0), (1, 1), (1, 1), (0, 1))) / 127.5 - 1
    G = Network(True, [(32, 6, LATENTS), (16, 4, 32), (1, 4, 16)], rng)  # side 1 -> 6 -> 14 -> 30
    D = Network(False, [(2, 4, 16), (16, 4, 32), (32, 6, 1)], rng)  # side 30 -> 14 -> 6 -> 1
    for step in range(1, ITERATIONS + 1):
        fake = np.tanh(G.forward(rng.standard_normal((BATCH, 1, 1, LATENTS), np.float32)))
        fake = np.pad(fake, ((0, 0), (0, 0), (0, 0), (0, 1)), constant_values=-1)  # without it, D(grey) is always 0
        p = 1 / (1 + np.exp(-D.forward(np.concatenate([rng.choice(real, BATCH), fake], dtype=np.float32))))
        p[:BATCH] -= 1  # D's loss is -log p for real images and -log(1 - p) for fakes, so dlogit is p - 1 or p
        D.backward(p / BATCH)
        D.learn(step)
        dfake = D.backward(-1 / (1 + np.exp(D.forward(fake))) / BATCH)  # p - 1 for -log p. D is frozen: it keeps its W
        G.backward((dfake * (1 - fake**2))[..., :1])
        G.learn(step)
    G.layers = [(average,) for *_, average in G.layers]
    fake = np.tanh(G.forward(rng.standard_normal((64, 1, 1, LATENTS), np.float32)))
    sheet = np.uint8(127.5 - 127.5 * fake).reshape(8, 8, 30, 30).swapaxes(1, 2).reshape(240, 240)  # ink is 0
    rows = np.pad(sheet, ((0, 0), (1, 0))).tobytes()  # each row of a PNG begins with 0: not filtered
    chunks = b"IHDR" + bytes([0, 0, 0, 240] * 2 + [8, 0, 0, 0, 0]), b"IDAT" + zlib.compress(rows), b"IEND"
    parts = ((len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4) for chunk in chunks)
    path.write_bytes(b"".join([b"\x89PNG\r\n\x1a\n", *parts]))
