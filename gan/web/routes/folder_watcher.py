"""Looking out for what others do in the runs folder while pages are open: the list follows, a folder that goes is told.

A run may be made, trained or deleted by `train.py`, by a person, by another server. A look costs three questions to the
file system for each run; it is too little for a thread of its own.
"""

import asyncio
import logging

from aiohttp import web

from gan.web.routes.runs import BROADCAST, READS, STUDIO
from gan.web.services.executor import Busy

LOOK_SECONDS = 2.0  # between two looks

log = logging.getLogger(__name__)


async def look_out(app: web.Application) -> None:
    """Look every `LOOK_SECONDS`, for ever."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await look_once(app)


async def look_once(app: web.Application) -> None:
    """Have the studio look, if anybody hears of it. An error is logged: the next look may succeed."""
    if app[BROADCAST].is_heard:
        try:
            await app[READS].run(app[STUDIO].look)
        except Busy:
            pass
        except Exception:  # such as a runs folder that is gone for a moment
            log.exception("looking at the runs folder")
