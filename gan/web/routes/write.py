"""GET /api/write: a number in handwriting, in any format, drawn by the bundled networks or by those of runs.

Parameters have the names of `gan.write.write`, except `number` for its text and `run` for its models.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from multidict import MultiMapping

from gan.config import DIGITS
from gan.errors import InputError
from gan.runs.run import Run
from gan.web.http.params import one_of, real_number, refuse_unknown_names, whole_number
from gan.web.routes.runs import READS, STUDIO, drawing
from gan.web.services.catalogue import Catalogue, Unknown
from gan.web.services.writer_pool import Writers
from gan.web.services.writer_process import Order
from gan.write import request as limits
from gan.write.glyphs.style_code import read
from gan.write.render.formats import FORMATS, OPTIONS, check_options
from gan.write.render.self_writing import PACES, WRITTEN
from gan.write.render.svg import DIGIT_MM, MARGIN_MM
from gan.write.request import HUMANS, SEEDS, SIZES, SLANTS, THICKNESSES

Reader = Callable[[str], Any]

WRITERS = web.AppKey("writers", Writers)
MAX_RUNS = DIGITS  # runs that may write one number: one for each digit
MAX_LINE_BYTES = 24 * 1024  # a full page of percent-encoded signs, options, and a handwriting of 7 kB
# The policy of a self-writing SVG that is opened alone: its own style sheet, nothing loaded.
ALONE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
OURS = {"text": "number", "model": "run", "id": "run"}  # names in the errors of other modules -> names of this request

PAGE = {  # constants for the page /write: defaults, choices, allowed characters
    "usual": {
        "pen": limits.DEFAULT_PEN, "ink": limits.DEFAULT_INK, "size": limits.DEFAULT_SIZE,
        "human": limits.DEFAULT_HUMAN, "align": limits.ALIGNS[0], "paper": limits.PAPERS[0],
        "networks": limits.NETWORKS[0],
    },
    "sizes": SIZES,
    "papers": limits.PAPERS,
    "signs": " ".join(limits.SIGNS),
    "can": "".join(map(chr, limits.UNDERSTOOD)) + limits.DIGITS + limits.SIGNS + " \n",
}  # fmt: skip


def _whole(name: str, limits: tuple[int, int]) -> Reader:
    return lambda value: whole_number(value, name, *limits)


def _real(name: str, limits: tuple[float, float]) -> Reader:
    return lambda value: real_number(value, name, *limits)


# How each parameter is read; the writer checks words.
PARAMETERS: dict[str, Reader] = {
    "number": str,
    "seed": _whole("seed", SEEDS),
    "format": partial(one_of, name="format", choices=tuple(FORMATS)),
    "pen": str,
    "ink": str,
    "size": _whole("size", SIZES),
    "slant": _real("slant", SLANTS),
    "thickness": _real("thickness", THICKNESSES),
    "human": _real("human", HUMANS),
    "align": str,
    "paper": str,
    "networks": str,
    "choices": str,
    "run": str,
    "mine": lambda text: read(text) if text else None,
    "page": str,
    "digit_mm": _real("digit_mm", DIGIT_MM),
    "margin_mm": _real("margin_mm", MARGIN_MM),
    "written": _whole("written", WRITTEN),
    "seconds": _real("seconds", PACES),
}


@dataclass(frozen=True)
class Asked:
    """The parameters of one request; `look` and `options` hold those that were given."""

    number: str
    form: str
    look: dict[str, Any]
    options: dict[str, Any]
    runs: tuple[str, ...]

    @classmethod
    def of(cls, query: MultiMapping[str]) -> "Asked":
        """Parse a query. InputError if a parameter is unknown, missing, out of range, or has no effect."""
        refuse_unknown_names([name for name, _ in query.items()], tuple(PARAMETERS))
        if "number" not in query:
            raise InputError("number: expected the text to write, as in ?number=12.50, received none", "number")
        given = {name: read(query[name]) for name, read in PARAMETERS.items() if name in query}
        number, form, runs = given.pop("number"), given.pop("format", "png"), given.pop("run", "")
        options = {name: given.pop(name) for names in OPTIONS.values() for name in names if name in given}
        check_options(form, options)
        if "run" in query and "networks" in query:
            raise InputError("networks: expected where no run writes; leave it out, or leave out run", "networks")
        named = tuple(runs.split(",")) if "run" in query else ()
        if len(named) > MAX_RUNS:
            raise InputError(f"run: expected a run of all digits, or ten of a digit each, received {len(named)}", "run")
        return cls(number, form, given, options, named)


async def write_number(request: web.Request) -> web.Response:
    """A number in handwriting. Responses are reproducible and may be cached, except those of a run."""
    asked, app = Asked.of(request.query), request.app
    with in_our_words():
        models = await app[READS].run(generators, asked.runs, app[STUDIO].catalogue) if asked.runs else ()
        order = Order(asked.number, asked.form, asked.look, asked.options, models)
        body = await app[WRITERS].draw(order, lambda: request.transport is not None)
    answer = drawing(request, body, FORMATS[asked.form].content_type)
    if asked.runs:
        answer.headers[hdrs.CACHE_CONTROL] = "private, no-cache"  # a run goes on
    if asked.form == "animated":
        answer.headers.update(ALONE)
    return answer


@contextmanager
def in_our_words() -> Iterator[None]:
    """Rename the fields of errors to the parameters of this request."""
    try:
        yield
    except InputError as error:
        field = OURS.get(error.field or "", error.field)
        message = str(error)
        if message.startswith(f"{error.field}: "):
            message = f"{field}: {message.partition(': ')[2]}"
        raise type(error)(message, field) from error


def generators(names: Iterable[str], catalogue: Catalogue) -> tuple[Path, ...]:
    """Return the generator files of runs. Unknown if a run does not exist or has none."""
    return tuple(generator(name, catalogue) for name in names)


def generator(name: str, catalogue: Catalogue) -> Path:
    """Return the generator file of one run."""
    path = Run.open(catalogue.find(name)).generator
    if not path.is_file():
        raise Unknown(f"Run {name} has no network that could write: train it, or choose another.", "run")
    return path
