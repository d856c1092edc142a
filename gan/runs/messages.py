"""Define the messages between a worker process and its parent, and to browsers.

The worker receives commands and sends events. Both processes, and all code that
forwards events (the command line and the server), use these types, so mypy detects
misspelled names. gan/runs/worker_link.py has both ends of the pipe.
"""

from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

# train: for N more iterations, or up to the config's last iteration; fun: train until
# paused; pause: stop training; unlock: no longer freeze D while G learns; lock: freeze
# it again; reset: delete the results and start over from the config; step: train one
# iteration, send its turns, then pause; finish: train up to the config's last
# iteration, then quit; quit: save and quit.
Command = Literal[
    "train", "fun", "pause", "unlock", "lock", "reset", "step", "finish", "quit"
]
# watch: a viewer has arrived; unwatch: the last viewer has left; ask: a viewer asks
# about a drawing (the newest question counts; number None stops answers). Viewer
# commands do not affect training.
ViewerCommand = Literal["watch", "unwatch", "ask"]


class SentCommand(NamedTuple):
    serial: int  # commands are numbered 1, 2, 3 and so on
    command: Command | ViewerCommand
    # iterations for "train"; the index of a drawing for "step" and "ask"
    number: int | None


Commands = dict[str, SentCommand]  # the newest command of each kind

State = Literal["starting", "compiling", "idle", "training", "gone"]
# states before the worker has truncated its run to the checkpoint
BEGINNING = ("starting", "compiling")


class Status(TypedDict):
    """What pages show of a run's state."""

    state: State
    iteration: int
    # iteration at which training stops; None if it trains until paused
    target: int | None
    data: str | None  # name of the training data; None until it is loaded


class MetricsLine(TypedDict):
    """A line of metrics.jsonl."""

    iteration: int
    d_loss: float
    g_loss: float
    # mean sigmoid(real - fake), from 0 to 1; see gan/plain/training.py
    told_apart: float
    penalty: float
    d_change: float | None  # norm of the change of D's weights during G's update
    learning_rate: float
    iterations_per_second: float


class _OfRun(TypedDict):
    """The field that every event may have: the run's name, which the server adds."""

    run: NotRequired[str]


class StateEvent(Status, _OfRun):
    """The worker's whole status, sent whenever it changes.

    Metrics and drawings are sent as separate events.
    """

    type: Literal["state"]
    # iterations at which a person locked or unlocked the judge, as in
    # `gan.rules.run_config.Config`
    freeze_switches: list[int]
    is_begun: bool  # whether the run is on disk, and locked by the worker
    done: int  # serial number of the newest command that was carried out


class MetricsEvent(MetricsLine, _OfRun):
    """A line of metrics has been written."""

    type: Literal["metrics"]


class PictureEvent(_OfRun):
    """The file images/<iteration>.png is complete."""

    type: Literal["picture"]
    iteration: int


class EvaluationFields(TypedDict):
    """The evaluation of a picture (gan/runs/evaluation_record.py).

    A field is None if it was not computed.
    """

    digits: list[int] | None
    confidence: list[float] | None
    asked: list[int] | None  # the requested digits; None also if G chooses them
    # Whether each drawing is recognized: the classifier is sure of the requested digit,
    # and a real digit is near.
    read: list[bool] | None
    sure: float  # minimum confidence of "sure"
    near: list[bool] | None  # whether a real digit of the requested class is near
    # number of pairs, one per drawing, in which the judge prefers the real digit
    prefers_real: int | None
    # diagnosis (gan/runs/evaluation_record.py); None also if nothing is wrong
    ailment: str | None


class SheetEvent(_OfRun):
    """The newest drawings by G, for viewers.

    They are on disk only if a picture event names the same iteration.
    """

    type: Literal["sheet"]
    iteration: int
    png: str  # base64
    reading: EvaluationFields
    drawn_at: float  # Unix time
    # seconds of training until 90 % of a sheet were recognized; None if unknown
    most_after: float | None


class Scale(TypedDict):
    """The judge's logits of a sheet's drawings and of 64 real digits.

    The median logit of the real digits of the same class is subtracted. A logit that is
    not finite is None.
    """

    drawn: list[float | None]
    real: list[float | None]


class ExplanationPictures(TypedDict):
    """The pictures of an explanation (gan/runs/explain_drawing.py), PNGs in base64."""

    drawing: str
    real: str  # the nearest real digit of the requested class
    gradient: str  # purple where ink raises the logit, green where it lowers it


class ExplanationEvent(_OfRun):
    """An explanation of the drawing that a viewer asked about."""

    type: Literal["answer"]
    iteration: int  # of the sheet
    drawing: int  # index on the sheet, from 0
    asked: int | None  # the requested digit; None if G chooses
    digit: int | None  # the digit that the classifier reads; None without a classifier
    confidence: float | None
    sure: float  # minimum confidence of "sure"
    near: bool | None  # whether a real digit of the requested class is near
    real_digit: int  # label of the nearest real digit
    names: list[str]  # of the labels of the user's own images; empty for digits
    scale: Scale
    png: ExplanationPictures


Turn = Literal["start", "judge", "artist"]


class Frame(TypedDict):
    """Both networks and one drawing after a turn of an iteration, or at its start.

    In a turn, one network learns (gan/runs/learning_turns.py).
    """

    turn: Turn
    scale: Scale
    # PNGs in base64, as in ExplanationPictures; some frames also have "sheet"
    png: dict[str, str]


class TurnsEvent(_OfRun):
    """The frames of one drawing in the iteration that "step" has trained."""

    type: Literal["turns"]
    iteration: int
    drawing: int  # index on the sheet, from 0
    asked: int | None  # the requested digit; None if G chooses
    names: list[str]  # of the labels of the user's own images; empty for digits
    locked: bool  # whether D was frozen while G learned
    frames: list[Frame]


class NoteEvent(_OfRun):
    """A message that needs no action: for example, that a file was damaged."""

    type: Literal["note"]
    message: str


class ErrorEvent(_OfRun):
    """An error message, in one line."""

    type: Literal["error"]
    message: str
    # present if the input was invalid: the option at fault, or None if unknown
    field: NotRequired[str | None]


Event = (
    StateEvent
    | MetricsEvent
    | PictureEvent
    | SheetEvent
    | ExplanationEvent
    | TurnsEvent
    | NoteEvent
    | ErrorEvent
)


# Messages to browsers: a snapshot, then the events of the live run, each with the run's
# name.


class ProgressRow(TypedDict):
    """The figures of one saved sheet, for the chart of a run's progress."""

    iteration: int
    of: int  # number of drawings
    recognized: int
    mistaken: int | None  # number of drawings that fooled the judge; None if unknown


class History(TypedDict):
    """Everything that has happened in a run so far, as its folder records it."""

    iteration: int  # newest iteration on disk
    label: str | None  # user-given name; None if there is none
    config: dict[str, Any]  # the settings that pages show
    version: str  # changes when the run starts over
    pictures: list[int]  # iterations of the pictures, ascending
    metrics: list[dict[str, Any]]  # each like MetricsLine
    # For saved sheets, ascending. If there are many sheets, some are left out.
    progress: list[ProgressRow]


class Snapshot(History):
    """Everything that a page needs to show a run.

    If the run has a worker, the iteration is the worker's.
    """

    type: Literal["snapshot"]
    run: str
    recorded: bool
    error: str | None
    # closed: has no worker; missing: has a worker but no folder
    state: State | Literal["closed", "missing"]
    target: int | None
    data: str | None


class LabelEvent(TypedDict):
    """A person has named or renamed a run, or removed its name."""

    type: Literal["label"]
    run: str
    label: str | None


class RunsEvent(TypedDict):
    """The list of runs has changed, so clients should fetch it again."""

    type: Literal["runs"]


ClientMessage = Event | Snapshot | LabelEvent | RunsEvent
