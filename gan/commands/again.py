"""Make a run again from its config.json and provenance.json, and compare the generators: `train.py --again RUN`."""

import argparse
from dataclasses import replace
from pathlib import Path

from gan.data import Dataset, load
from gan.errors import InputError
from gan.runs.provenance import changes, data_of, differences, environment, last_entry
from gan.runs.queue import Queue
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.terminal_output import Progress

ALLOWED = ("again", "data", "out")  # options that go with --again


def train_again(arguments: argparse.Namespace, defaults: argparse.Namespace, progress: Progress) -> int:
    """Train a run again in a new folder, and say whether its generator has the same bytes.

    The new folder is --out, by default RUN-again. The data is what the run recorded, or --data. Return the exit code:
    0 if both generators are equal, 1 if they differ or training failed.
    """
    given = {name for name, value in vars(arguments).items() if value != getattr(defaults, name)}
    if others := sorted(given - set(ALLOWED)):
        raise InputError(f"--{others[0].replace('_', '-')}: expected none with --again; leave it out", others[0])
    run = Run.open(arguments.again)
    entry, iterations = last_entry(run), run.saved_iteration()
    if not iterations:
        raise InputError(f"{run.path}: expected a trained generator, found none; train it first", "again")
    if prolonged := changes(run, ("iterations",)):
        expected = "expected a run that was trained in one go, because its length sets the learning rate"
        raise InputError(f"{run.path}: {expected}; {'; '.join(prolonged)}", "again")
    path = arguments.data or data_of(run)
    data = load_recorded(path, entry["data_sha256"])
    out = arguments.out if "out" in given else run.path.with_name(f"{run.path.name}-again")
    new = create(out, replace(run.config, iterations=entry["iterations"]))  # it may be prolonged, but not trained since
    progress.say(f"Data: {data.name}. {iterations:,} iterations with {entry['threads']} thread(s), in {out}/")
    queue = Queue([new], 1, entry["threads"], path, progress, iterations)
    try:
        queue.train_all()
    except KeyboardInterrupt:
        queue.save_and_end()
        raise
    finally:
        progress.close()
    return 1 if queue.failed else compare(run, new, data, iterations)


def load_recorded(path: Path | None, sha256: str) -> Dataset:
    data = load(path)
    if data.sha256 != sha256:
        found = f"expected data with SHA-256 {sha256[:12]}.., received {data.sha256[:12]}.. of {data.name}"
        raise InputError(f"{found}; pass the data that the run was trained on with --data", "data")
    return data


def compare(run: Run, new: Run, data: Dataset, iterations: int) -> int:
    """Print whether the generators of two runs have the same bytes, or else what differs. Return the exit code."""
    if run.generator.read_bytes() == new.generator.read_bytes():
        print(f"Equal: {new.generator} and {run.generator} have the same bytes after {iterations:,} iterations")
        return 0
    entry = last_entry(run)
    here = environment(run.config, data, entry["threads"])
    reasons = [*differences(entry, here), *changes(run)]
    why = "; ".join(reasons) or "no recorded difference; the processor or the program's code may have changed"
    print(f"Different: {new.generator} and {run.generator} after {iterations:,} iterations ({why})")
    return 1
