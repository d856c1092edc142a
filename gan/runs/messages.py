"""What is said over the pipe between a training process and its parent: commands go in, events come out.

Both ends, and all who pass an event on (the command line, the server), take its type from here, so that a misspelt one
is found before it is sent. `gan/runs/session.py` obeys and tells; `gan/runs/worker.py` is the parent's end.

The end of the pipe in a run's process: who is told, who commands, and whether somebody watches or asks.
"""

from multiprocessing.connection import Connection
from typing import Any, Literal, NotRequired, TypedDict, cast, get_args

# train (so many iterations more, or up to the config's number), fun (until paused), pause, reset (start anew from the
# config, drop what was made), finish (train up to the config's number, then quit), quit (save and end).
Command = Literal["train", "fun", "pause", "reset", "finish", "quit"]
COMMANDS: tuple[Command, ...] = get_args(Command)
# From now on somebody looks, or nobody, or asks about a drawing: the training does not depend on it.
Watching = Literal["watch", "unwatch", "ask"]
# As it goes over the pipe. The number: iterations, for "train"; which drawing, for "ask", None to ask no more.
Message = tuple[Command | Watching, int | None]

State = Literal["starting", "compiling", "idle", "training", "gone"]


class Status(TypedDict):
    """Where a run stands."""

    state: State
    iteration: int
    target: int | None  # the iteration at which it will stop; None: until stopped
    data: str | None  # what it learns from; None: not yet loaded


class MetricsLine(TypedDict):
    """A line of a run's metrics.jsonl. One that an earlier version wrote may lack what is newer."""

    iteration: int
    d_loss: float
    g_loss: float
    told_apart: float  # 0 to 1: mean sigmoid(real - fake), see gan/training.py
    penalty: float
    d_change: float | None  # norm of the change of D's weights in G's update
    learning_rate: float
    iterations_per_second: float


class _OfRun(TypedDict):
    """Every event may say which run it is of; the server adds it."""

    run: NotRequired[str]


class StateEvent(Status, _OfRun):
    """A new state, or how far the training is."""

    type: Literal["state"]


class MetricsEvent(MetricsLine, _OfRun):
    """A line of metrics was written."""

    type: Literal["metrics"]


class PictureEvent(_OfRun):
    """images/<iteration>.png is whole and on disk."""

    type: Literal["picture"]
    iteration: int


class ToldRemarks(TypedDict):
    """What was said of a picture, and what that means (gan/runs/evaluation.py). None for what nobody said."""

    digits: list[int] | None
    confidence: list[float] | None
    asked: list[int] | None  # which digits they should be; None, too, where G draws what it likes
    read: list[bool] | None  # whether the classifier names the digit asked for and is sure, and a real one is near
    sure: float  # from this confidence on it is
    near: list[bool] | None  # whether each is near a real digit of the kind asked for
    prefers_real: int | None  # in how many pairs, of as many as there are drawings, the judge prefers the real digit
    ailment: str | None  # what ails the run (gan/runs/evaluation.py)


class SheetEvent(_OfRun):
    """What G draws now, for those who watch. It is on disk only if a picture event names its iteration, too."""

    type: Literal["sheet"]
    iteration: int
    png: str  # in base64
    reading: ToldRemarks
    drawn_at: float  # when it was drawn, in seconds since 1970
    half_after: float | None  # seconds of training from the untrained G until half of a sheet was read; None: not known
    most_after: float | None  # until nine in ten were


class AnswerPictures(TypedDict):
    """The pictures of an answer, each a PNG in base64 (gan/runs/explain_drawing.py)."""

    drawing: str
    real: str  # the nearest real digit of the kind asked for
    wanted: str  # the drawing a step along the gradient of the judge's logit
    gradient: str  # red and blue


class AnswerEvent(_OfRun):
    """What there is to say of the drawing that somebody asks about, beside the sheet of that iteration."""

    type: Literal["answer"]
    iteration: int
    drawing: int  # its place on the sheet, from 0
    asked: int | None  # which digit it should be; None where G draws what it likes
    digit: int | None  # as which one it is read; None: nobody reads
    confidence: float | None
    sure: float  # from this confidence on the classifier is
    near: bool | None  # whether it is near a real digit of the kind asked for
    prefers_real: int  # to how many real digits it loses
    would_prefer_real: int  # to how many after the step
    of: int  # so many real digits
    real_digit: int  # which digit the nearest real one is
    png: AnswerPictures


class NoteEvent(_OfRun):
    """What a person should hear though nothing has to be done, in one line: such as that a file was damaged."""

    type: Literal["note"]
    message: str


class ErrorEvent(_OfRun):
    """What went wrong, in one line."""

    type: Literal["error"]
    message: str
    field: NotRequired[str | None]  # there if the input was bad: the option at fault, where there is one


Event = StateEvent | MetricsEvent | PictureEvent | SheetEvent | AnswerEvent | NoteEvent | ErrorEvent


# What browsers hear: the events of the live run, each with its "run", and before them a snapshot.


class History(TypedDict):
    """All that happened in a run so far, as its folder has it."""

    iteration: int  # of the last thing it wrote
    label: str | None  # what a person calls it; None: nobody has named it
    config: dict[str, Any]  # the settings that a page shows
    version: str  # changes when the pictures are made anew
    pictures: list[int]  # their iterations, ascending
    metrics: list[dict[str, Any]]  # as MetricsLine


class Snapshot(History):
    """All that a page needs to show a run. The iteration is that of its process, where it has one."""

    type: Literal["snapshot"]
    run: str
    recorded: bool
    error: str | None
    state: State | Literal["closed", "missing"]  # closed: no process has it; missing: one has, but its folder is gone
    target: int | None
    data: str | None


class LabelEvent(TypedDict):
    """A person has given a run another name, or none."""

    type: Literal["label"]
    run: str
    label: str | None


class RunsEvent(TypedDict):
    """Runs were made, deleted, named, or written to by another process: the list is to be read anew."""

    type: Literal["runs"]


Told = Event | Snapshot | LabelEvent | RunsEvent


class Parent:
    """What a run's process knows of the process that started it.

    Attributes
    ----------
    quitting : bool
        Whether to end after the iteration that is being computed: the parent said so, a signal did, or it has gone.
    watched : bool
        Whether somebody looks at the run. It comes with the commands and is none: whoever waits for one never sees it.
    asked : int or None
        Which drawing of the sheet somebody asks about (gan/runs/explain_drawing.py). It comes likewise, and ends with watching.
    questions : int
        How many have come: the same drawing may be asked about anew.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.quitting = self.gone = self.watched = False
        self.asked: int | None = None
        self.questions = 0

    def quit(self) -> None:
        """End after the iteration that is being computed."""
        self.quitting = True

    def tell(self, event: Event) -> None:
        """Send an event, if there is still somebody to hear it."""
        if not self.gone:
            try:
                self.connection.send(event)
            except OSError:
                self.gone = self.quitting = True

    def command(self, seconds: float) -> tuple[Command, int | None] | None:
        """The next command; None if none comes within so many seconds, or ever, or somebody asks meanwhile."""
        try:
            while self.connection.poll(seconds):
                message: Message = self.connection.recv()
                if message[0] not in get_args(Watching):
                    return cast(tuple[Command, int | None], message)
                if message[0] == "ask":
                    self.asked, self.questions = message[1], self.questions + 1
                    seconds = 0  # who asks a run that rests is not to wait
                else:
                    self.watched = message[0] == "watch"
                    self.asked = self.asked if self.watched else None
        except (EOFError, OSError):
            self.gone = self.quitting = True
        return None
