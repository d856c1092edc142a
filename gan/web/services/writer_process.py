"""Define the processes that draw numbers. gan/web/services/writer_pool.py assigns jobs to them.

They cache networks and handwriting styles, but each returns the same bytes for the same job.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gan.errors import InputError
from gan.web.services.job_process import JobProcess, Tell
from gan.write import warm
from gan.write.compose import compose
from gan.write.formats import encoded
from gan.write.glyphs.own_handwriting import Mine
from gan.write.options_and_limits import Request
from nnet.fast.warm import compiling


@dataclass(frozen=True)
class Job:
    """A checked request to draw, one of `gan.write.formats.FORMATS`, that format's options, and a found handwriting."""

    request: Request
    form: str = "png"
    options: Mapping[str, Any] = field(default_factory=dict)
    mine: Mine | None = None


Writer = JobProcess[bytes, Job]


def new_writer() -> Writer:
    return JobProcess("writer", draw, compile_kernels)


def draw(job: Job) -> bytes:
    """Draw a job and return the file. Raise InputError if a network cannot write, or if the format cannot show it."""
    return encoded(compose(job.request, job.mine), job.form, job.options)


def compile_kernels(tell: Tell) -> None:
    """Compile the kernels. Before each, call `tell` with the number of earlier ones."""
    with suppress(InputError), compiling(tell, warm.KERNELS):  # requests will report that no generator is bundled
        warm.write_all()
