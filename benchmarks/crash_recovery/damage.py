"""Damage the newest checkpoint of a run at random, and check that each change is detected or has no effect."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.crash_recovery import small_run
from benchmarks.crash_recovery.small_run import Line
from gan.data import load
from gan.runs.run import Run
from gan.runs.run_writer import create, newest_intact
from gan.runs.trainer import Trainer

LONGEST = 64  # maximum number of bytes replaced at once


def soak(count: int, folder: Path, rng: random.Random) -> Iterator[Line]:
    found = outcomes(count, folder, rng)
    yield f"damaged checkpoints: {dict(found.most_common(9))}", found["detected"] + found["harmless"] == count


def outcomes(count: int, folder: Path, rng: random.Random) -> Counter[str]:
    """Damage a checkpoint `count` times and count the outcomes.

    Damage is "detected" if the previous checkpoint is used, and "harmless" if the newest one is read unchanged. Any
    other outcome is a failure.
    """
    run, trainer = create(folder / small_run.NAME, small_run.config()), Trainer(small_run.config(), load(None))
    for _ in range(2):
        trainer.iterate()
        run.save(trainer)
    content, found = run.checkpoint.read_bytes(), Counter[str]()
    expected = checkpoint_of(run)
    for _ in range(count):
        run.checkpoint.write_bytes(rng.choice(DAMAGES)(content, rng))
        try:
            result = checkpoint_of(run)
            outcome = "harmless" if result == expected else "missed"
            found[outcome if result[0] == run.checkpoint else "detected"] += 1
        except Exception as error:  # any error is a failure, because the previous checkpoint is intact
            found[repr(error)] += 1
    return found


def checkpoint_of(run: Run) -> list[Any]:
    """Return the path, arrays and texts of the newest intact checkpoint, in a form that can be compared with ==."""
    path, arrays, texts, _ = newest_intact(run) or (None, {}, {}, "")
    return [path, {name: (array.dtype, array.shape, array.tobytes()) for name, array in arrays.items()}, texts]


def header_end(content: bytes) -> int:
    return 8 + int.from_bytes(content[:8], "little")


def flip_bit(content: bytes, rng: random.Random) -> bytes:
    """Flip a bit, half of the time in the header."""
    bit = rng.randrange(8 * rng.choice((header_end(content), len(content))))
    return content[: bit // 8] + bytes([content[bit // 8] ^ 1 << bit % 8]) + content[bit // 8 + 1 :]


def replace_bytes(content: bytes, rng: random.Random) -> bytes:
    """Replace a few bytes with random ones, half of the time in the header."""
    start = rng.randrange(rng.choice((header_end(content), len(content))))
    return content[:start] + rng.randbytes(rng.randint(1, LONGEST)) + content[start + rng.randint(0, LONGEST) :]


def truncate(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def edit_header(content: bytes, rng: random.Random) -> bytes:
    """Remove, rename or replace an entry of the header, at any depth, so that it stays valid JSON."""
    header = json.loads(content[8 : header_end(content)])
    outer, inner = header["__metadata__"], json.loads(header["__metadata__"]["nnet"])
    place = rng.choice((header, outer, header[rng.choice(list(header))], inner, inner["texts"]))
    name = rng.choice(list(place))
    value, kind = place.pop(name), rng.randrange(3)
    if kind == 1:
        place[f"{name}{rng.choice('_ x')}"] = value
    elif kind == 2:
        place[name] = rng.choice((None, 0, -1, "", [], {}, "x", "[" * 5000, [[1]], {"a": "b"}, [0, 2**63], "F16"))
    if "nnet" in outer and place is not outer:
        outer["nnet"] = json.dumps(inner, ensure_ascii=False)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[header_end(content) :]


DAMAGES: list[Callable[[bytes, random.Random], bytes]] = [flip_bit, replace_bytes, truncate, edit_header]
