"""A run described for pages, in values that JSON can hold."""

from math import isfinite
from typing import Any, TypeVar

from gan.config import Config, preset
from gan.runs.evaluation import Diagnosis, Evaluation, told
from gan.runs.messages import History
from gan.runs.run import Run

Described = dict[str, Any]
Value = TypeVar("Value")

# What the Train page says about each diagnosis (gan/runs/evaluation.py).
DIAGNOSES: dict[Diagnosis, str] = {
    "bent": "The artist changed the judge instead of its drawings. Start a run with “Lock the judge” on.",
    "blank": "The artist draws blank paper. Try a new run with a different seed.",
    "alike": "The artist draws the same digit again and again. Try a new run with a different seed.",
    "beaten": "The judge spots every drawing, and the artist does not catch up. Try a new run with a different seed.",
}
# Settings of a new run besides its digit; a copy of a run has the same.
CHOSEN = ("seed", "network", "loss", "freeze", "generator_updates", "gamma", "learning_rate", "batch")
MAX_POINTS = 1000  # lines of metrics in a history: about the width of a chart in pixels


def summary(run: Run) -> Described:
    """Return a short description of a run: settings, label and progress."""
    pictures = run.pictures()
    far = {"label": run.label(), "iteration": max(pictures, default=0), "pictures": len(pictures)}
    return described(run.config) | far


def history(run: Run) -> History:
    """Return everything that has happened in a run: settings, pictures, losses."""
    pictures, metrics = run.pictures(), run.metrics(MAX_POINTS)
    return {
        "iteration": max(pictures[-1:] + [line["iteration"] for line in metrics[-1:]], default=0),
        "label": run.label(),
        "config": described(run.config),
        "version": version(run),
        "pictures": pictures,
        "metrics": metrics,
    }


def snapshot_without_history(config: Config) -> History:
    """Return the history of a run that is not on disk."""
    empty: History = {
        "iteration": 0, "label": None, "config": described(config), "version": "0", "pictures": [], "metrics": [],
    }  # fmt: skip
    return empty


def described(config: Config) -> Described:
    """Return the settings that a page shows."""
    found: Described = {name: getattr(config, name) for name in ("digit", "labels", "metrics_every", *CHOSEN)}
    return found | {"unusual": unusual(config)}


def unusual(config: Config) -> Described:
    """Return the optional settings that differ from the recommended ones, whatever the data."""
    usual = [preset(config.digit, config.loss, config.network, few) for few in (False, True)]
    found = {name: getattr(config, name) for name in ("generator_updates", "gamma", "learning_rate", "batch")}
    odd = {name: value for name, value in found.items() if all(value != getattr(one, name) for one in usual)}
    return odd if config.loss == preset(config.digit).loss else {"loss": config.loss} | odd


def remarked(iteration: int, remarks: Evaluation, config: Config) -> Described:
    """Return the evaluation of the picture of an iteration."""
    return {"iteration": iteration, **told(remarks, config)}


def version(run: Run) -> str:
    """Return a string that changes when the run starts over, so that browsers fetch its pictures again."""
    try:
        return format(run.picture_path(0).stat().st_mtime_ns, "x")
    except OSError:
        return "0"


def finite(value: Value) -> Value:
    """Replace infinite numbers and NaN, which JSON cannot hold, by None: a diverged run has them."""
    changed: Any = value
    if isinstance(value, dict):
        changed = {key: finite(item) for key, item in value.items()}
    elif isinstance(value, list):
        changed = [finite(item) for item in value]
    elif isinstance(value, float) and not isfinite(value):
        changed = None
    return changed
