"""Print digests that show whether a code change left training and handwriting bit-identical.

    python -m benchmarks.bits > before.txt      # on the old code
    python -m benchmarks.bits > after.txt       # on the new code
    diff before.txt after.txt                   # prints nothing if the results are bit-identical

Compare only files made on the same machine, with the same package versions and the same number of threads.

Only values are hashed, in an order fixed in this file. Names of fields, weights and modules are not hashed, so renaming
one does not change the digests. The labels and the options of the requests are spelled out here for the same reason.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.command_line import Options, main_of
from gan.cli.command_line import THREADS
from gan.data import Dataset, load
from gan.rules.config import Config, preset
from gan.runs.trainer import Trainer
from gan.write import Writing, to_json, to_plotter, to_png, to_self_writing, to_svg, write
from gan.write.glyphs.own_handwriting import mine_of
from nnet.fast.kernels.thread_pool import set_threads

VARIATIONS = {
    "not frozen": preset(3, freeze=False),
    "not frozen, classic": preset(3, "classic", freeze=False),
    "by im2col": preset(3, convolution="im2col"),
    "without the penalty": preset(3, gamma=0.0),
}
ITERATIONS = 12  # of each training
REQUESTS = 25  # of handwriting, in each of eight groups
LATENT = 64  # length of a handwriting's latent vector, as in the bundled generator of all digits
SIGNS = "+-−–×÷·=.,:/()%€$£ "
FORMATS: dict[str, Callable[[Writing], bytes]] = {
    "svg": lambda writing: to_svg(writing).encode(),
    "png": to_png,
    "plotter": lambda writing: to_plotter(writing).encode(),
    "animated": lambda writing: to_self_writing(writing).encode(),
    "json": lambda writing: json.dumps(to_json(writing), sort_keys=True).encode(),
}


def configs() -> dict[str, Config]:
    return {
        f"digit {digit}, {loss}, {network}, {'few' if few else 'many'} images": preset(digit, loss, network, few)
        for digit in (3, None)
        for loss in ("relativistic", "classic")
        for network in ("digits", "quick", "reference")
        for few in (False, True)
    } | VARIATIONS


def digest_of_training(config: Config, data: Dataset, iterations: int) -> str:
    """Return a digest of a run's measurements, state and picture after the given number of iterations."""
    trainer = Trainer(config, data)
    found = hashlib.sha256()
    for index in range(iterations):
        done = trainer.iterate(measure_d_change=index % 10 == 0)
        losses = (done.measured.d_loss, done.measured.g_loss, done.measured.told_apart, done.measured.penalty)
        found.update(repr((losses, done.learning_rate, done.d_change)).encode())
    arrays, texts = trainer.state()
    for one in sorted(hashlib.sha256(repr(a.shape).encode() + a.tobytes()).digest() for a in arrays.values()):
        found.update(one)
    for number in sorted(repr(leaf) for leaf in leaves(json.loads(texts["trainer"]))):
        found.update(number.encode())
    found.update(trainer.draw().images.tobytes())
    return found.hexdigest()[:20]


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    else:
        yield value


def random_text(rng: np.random.Generator, characters: str, longest: int, lines: int = 1) -> str:
    """Return lines of random characters. Each line starts with a digit, so that no page is empty."""
    symbols = [list(rng.choice(list(characters), rng.integers(1, longest))) for _ in range(lines)]
    return "\n".join("".join(map(str, ["7", *line])) for line in symbols)


def requests(per_group: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (group, text, options for `write`) for random requests, which are the same on every call."""
    rng = np.random.default_rng(24)
    digits = "0123456789"
    for _ in range(per_group):
        seed = int(rng.integers(2**32))
        number = random_text(rng, digits, 12)
        lines = random_text(rng, digits + SIGNS, 12, int(rng.integers(2, 5)))
        pen = str(rng.choice(["ballpoint", "felt"]))
        align = str(rng.choice(["left", "right"]))
        paper = str(rng.choice(["plain", "lined", "squared"]))
        yield "numbers", number, {"seed": seed}
        yield "signs", random_text(rng, SIGNS, 16), {"seed": seed}
        color = {"ink": f"#{rng.integers(2**24):06x}", "size": int(rng.integers(16, 160))}
        yield "pen, ink and size", number, {"seed": seed, "pen": pen} | color
        yield "lines and paper", lines, {"seed": seed, "align": align, "paper": paper}
        style = {"slant": rng.uniform(-30, 30), "thickness": rng.uniform(0.5, 2), "human": rng.uniform()}
        yield "style", lines, {"seed": seed, "pen": pen, "paper": paper} | style
        variant = int(rng.integers(1, 7))
        yield "other forms of a digit", number, {"seed": seed, "choices": [(0, variant)]}
        own = {digit: rng.standard_normal(LATENT).tolist() for digit in (1, 7)}
        found = mine_of(own, rng.standard_normal(LATENT).tolist(), {})
        yield "a found handwriting", number, {"seed": seed, "mine": found}


def digests_of_writing(per_group: int) -> dict[str, str]:
    found: dict[str, Any] = {}
    for group, text, options in requests(per_group):
        writing = write(text, **options)
        for name, encode in FORMATS.items():
            found.setdefault(f"{name}, {group}", hashlib.sha256()).update(encode(writing))
    return {label: digest.hexdigest()[:20] for label, digest in sorted(found.items())}


def measure(asked: argparse.Namespace) -> None:
    set_threads(asked.threads)
    data = load()
    for label, config in configs().items():
        print(f"{digest_of_training(config, data, ITERATIONS)}  {label}", flush=True)
    for label, digest in digests_of_writing(REQUESTS).items():
        print(f"{digest}  {label}", flush=True)


OPTIONS: Options = {"--threads": {"type": THREADS, "default": 1, "help": "(default 1)"}}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
