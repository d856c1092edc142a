"""The messages between a worker process and its parent: commands go in, events come out.

Both ends, and all code that forwards events (command line, server), take the types from here, so that mypy finds a
misspelt one. `gan/runs/session.py` carries out commands and sends events through `WorkerChannel`, the worker's end of
the pipe; `gan/runs/worker.py` is the parent's end.
"""

from multiprocessing.connection import Connection
from typing import Any, Literal, NotRequired, TypedDict, cast, get_args

# train (for N more iterations, or up to the config's number), fun (until paused), pause, reset (start over from the
# config and delete the results), finish (train up to the config's number, then quit), quit (save and quit).
Command = Literal["train", "fun", "pause", "reset", "finish", "quit"]
COMMANDS: tuple[Command, ...] = get_args(Command)
# A viewer came, the last viewer left, or a viewer asks about a drawing. Training does not depend on these.
ViewerCommand = Literal["watch", "unwatch", "ask"]
# (command, number): iterations for "train"; the drawing for "ask", None to stop asking.
Message = tuple[Command | ViewerCommand, int | None]

State = Literal["starting", "compiling", "idle", "training", "gone"]


class Status(TypedDict):
    """Where a run stands."""

    state: State
    iteration: int
    target: int | None  # iteration at which training stops; None: until paused
    data: str | None  # name of the training data; None: not yet loaded


class MetricsLine(TypedDict):
    """A line of metrics.jsonl. Lines of earlier versions may lack newer fields."""

    iteration: int
    d_loss: float
    g_loss: float
    told_apart: float  # 0 to 1: mean sigmoid(real - fake), see gan/training.py
    penalty: float
    d_change: float | None  # norm of the change of D's weights during G's update
    learning_rate: float
    iterations_per_second: float


class _OfRun(TypedDict):
    """Fields of every event: the server adds the run's name."""

    run: NotRequired[str]


class StateEvent(Status, _OfRun):
    """A new state, or the progress of training."""

    type: Literal["state"]


class MetricsEvent(MetricsLine, _OfRun):
    """A line of metrics was written."""

    type: Literal["metrics"]


class PictureEvent(_OfRun):
    """images/<iteration>.png is complete and on disk."""

    type: Literal["picture"]
    iteration: int


class EvaluationFields(TypedDict):
    """The evaluation of a picture (gan/runs/evaluation.py). None for what was not computed."""

    digits: list[int] | None
    confidence: list[float] | None
    asked: list[int] | None  # the requested digits; None also if G chooses
    read: list[bool] | None  # recognized: the classifier is sure of the requested digit, and a real digit is near
    sure: float  # minimum confidence of "sure"
    near: list[bool] | None  # whether a real digit of the requested class is near
    prefers_real: int | None  # in how many pairs (one for each drawing) the judge prefers the real digit
    ailment: str | None  # diagnosis of the run (gan/runs/evaluation.py)


class SheetEvent(_OfRun):
    """What G draws now, for viewers. It is on disk only if a picture event names the same iteration."""

    type: Literal["sheet"]
    iteration: int
    png: str  # in base64
    reading: EvaluationFields
    drawn_at: float  # Unix time
    half_after: float | None  # seconds of training until half of a sheet was recognized; None: not known
    most_after: float | None  # the same for 90 %


class ExplanationPictures(TypedDict):
    """The pictures of an explanation, each a PNG in base64 (gan/runs/explain_drawing.py)."""

    drawing: str
    real: str  # the nearest real digit of the requested class
    wanted: str  # the drawing after a step along the gradient of the judge's logit
    gradient: str  # red and blue


class ExplanationEvent(_OfRun):
    """The explanation of the drawing that a viewer asked about, for the sheet of that iteration."""

    type: Literal["answer"]
    iteration: int
    drawing: int  # index on the sheet, from 0
    asked: int | None  # the requested digit; None if G chooses
    digit: int | None  # the classifier's digit; None without a classifier
    confidence: float | None
    sure: float  # minimum confidence of "sure"
    near: bool | None  # whether a real digit of the requested class is near
    prefers_real: int  # how many real digits the judge prefers to it
    would_prefer_real: int  # the same after the step
    of: int  # number of real digits
    real_digit: int  # label of the nearest real digit
    png: ExplanationPictures


class NoteEvent(_OfRun):
    """One line that a person should read though nothing has to be done, such as that a file was damaged."""

    type: Literal["note"]
    message: str


class ErrorEvent(_OfRun):
    """An error, in one line."""

    type: Literal["error"]
    message: str
    field: NotRequired[str | None]  # present if the input was bad: the option at fault, if known


Event = StateEvent | MetricsEvent | PictureEvent | SheetEvent | ExplanationEvent | NoteEvent | ErrorEvent


# Messages to browsers: first a snapshot, then the events of the live run, each with its "run".


class History(TypedDict):
    """Everything that has happened in a run so far, as its folder records it."""

    iteration: int  # newest iteration on disk
    label: str | None  # name given by a person; None: unnamed
    config: dict[str, Any]  # the settings that a page shows
    version: str  # changes when the run starts over
    pictures: list[int]  # their iterations, ascending
    metrics: list[dict[str, Any]]  # as MetricsLine


class Snapshot(History):
    """All that a page needs to show a run. The iteration is the worker's, if there is one."""

    type: Literal["snapshot"]
    run: str
    recorded: bool
    error: str | None
    state: State | Literal["closed", "missing"]  # closed: no worker; missing: a worker, but the folder is gone
    target: int | None
    data: str | None


class LabelEvent(TypedDict):
    """A person has renamed a run, or removed its name."""

    type: Literal["label"]
    run: str
    label: str | None


class RunsEvent(TypedDict):
    """Runs were created, deleted, renamed, or changed by another process: clients fetch the list again."""

    type: Literal["runs"]


ClientMessage = Event | Snapshot | LabelEvent | RunsEvent


class WorkerChannel:
    """The worker's end of the pipe to its parent process.

    Attributes
    ----------
    quitting : bool
        Whether to quit after the current iteration: on command, on a signal, or because the parent has gone.
    watched : bool
        Whether anybody views the run. It arrives with the commands, but `command` does not return it.
    asked : int or None
        Which drawing of the sheet a viewer asks about (gan/runs/explain_drawing.py). Reset when nobody views the run.
    questions : int
        How many questions have arrived: the same drawing may be asked about again.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.quitting = self.gone = self.watched = False
        self.asked: int | None = None
        self.questions = 0

    def quit(self) -> None:
        """Quit after the current iteration."""
        self.quitting = True

    def tell(self, event: Event) -> None:
        """Send an event, unless the parent has gone."""
        if not self.gone:
            try:
                self.connection.send(event)
            except OSError:
                self.gone = self.quitting = True

    def command(self, seconds: float) -> tuple[Command, int | None] | None:
        """Return the next command, or None if none comes within so many seconds or a question comes instead."""
        try:
            while self.connection.poll(seconds):
                message: Message = self.connection.recv()
                if message[0] not in get_args(ViewerCommand):
                    return cast(tuple[Command, int | None], message)
                if message[0] == "ask":
                    self.asked, self.questions = message[1], self.questions + 1
                    seconds = 0  # answer questions about an idle run at once
                else:
                    self.watched = message[0] == "watch"
                    self.asked = self.asked if self.watched else None
        except (EOFError, OSError):
            self.gone = self.quitting = True
        return None
