"""Did a change leave training as it was, bit for bit? `python -m benchmarks.bits > after.txt`, and the same before it.

Trains every preset, and what can be asked for beside it, for some iterations, and prints a digest of each: of the whole
state, of the losses, and of the picture that G draws. Two trees that print the same lines train the same, on one
machine, with the same versions and number of threads.
"""

import hashlib
import sys
from collections.abc import Sequence

from gan.command import Parser, exit_code, whole
from gan.config import LOSSES, NETWORKS, Config, preset
from gan.data import Dataset, load
from gan.runs.trainer import Trainer
from nnet.fast.kernels.parallel import set_threads

BESIDE = {
    "not frozen": preset(3, freeze=False),
    "not frozen, classic": preset(3, "classic", freeze=False),
    "augmented": preset(3, augment=True),
    "by im2col": preset(3, convolution="im2col"),
    "without the penalty": preset(3, gamma=0.0),
}


def configs() -> dict[str, Config]:
    """Every preset by name, and what can be asked for beside it."""
    return {
        f"{config.name}, {loss}, {network}{', few' if few else ''}": config
        for digit in (3, None)
        for loss in LOSSES
        for network in NETWORKS
        for few in (False, True)
        if (config := preset(digit, loss, network, few))
    } | BESIDE


def digest(config: Config, data: Dataset, iterations: int) -> str:
    """Of all that a trainer holds and has measured after so many iterations."""
    trainer = Trainer(config, data)
    found = hashlib.sha256()
    for index in range(iterations):
        done = trainer.iterate(measure_d_change=index % 10 == 0)
        found.update(repr((sorted(vars(done.measured).items()), done.learning_rate, done.d_change)).encode())
    arrays, texts = trainer.state()
    for name in sorted(arrays):
        found.update(name.encode() + arrays[name].tobytes())
    found.update(repr(texts).encode() + trainer.picture().tobytes())
    return found.hexdigest()[:20]


def print_all(iterations: int, threads: int) -> None:
    """A line a configuration."""
    set_threads(threads)
    data = load()
    for name, config in configs().items():
        print(f"{digest(config, data, iterations)}  {name}", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.bits`."""
    parser = Parser("python -m benchmarks.bits", description="Digests of every preset after some iterations.")
    parser.add_argument("--iterations", type=whole(1), default=50, help="(default 50)")
    parser.add_argument("--threads", type=whole(1, 1024), default=1, help="(default 1)")

    def run() -> None:
        arguments = parser.parse_args(argv)
        print_all(arguments.iterations, arguments.threads)

    return exit_code("benchmarks.bits", run)


if __name__ == "__main__":
    sys.exit(main())
