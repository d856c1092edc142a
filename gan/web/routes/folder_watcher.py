"""Watches the runs folder while pages are open, and notifies them of changes that other programs make.

`train.py`, a person or another server may create, train or delete a run. A look costs three file system calls for each
run.
"""

import asyncio
import logging

from aiohttp import web

from gan.web.routes.runs import BROADCAST, READS, STUDIO
from gan.web.services.executor import Busy

LOOK_SECONDS = 2.0  # between two looks

log = logging.getLogger(__name__)


async def watch_folder(app: web.Application) -> None:
    """Look every `LOOK_SECONDS`, for ever."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await look_once(app)


async def look_once(app: web.Application) -> None:
    """Let the run manager look, if there are clients. Errors are logged: the next look may succeed."""
    if app[BROADCAST].is_heard:
        try:
            await app[READS].run(app[STUDIO].look)
        except Busy:
            pass
        except Exception:  # such as a runs folder that is gone for a moment
            log.exception("looking at the runs folder")
