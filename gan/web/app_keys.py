"""Define the keys of the objects that the application stores for request handlers.

gan/web/app.py makes these objects.
"""

from aiohttp import web

from gan.web.services.broadcast import Broadcast
from gan.web.services.executor import BoundedExecutor, SharedRead
from gan.web.services.explain_saved_drawing import RealDigits
from gan.web.services.run_manager import RunManager
from gan.web.services.wait_for_kernels import Preparation
from gan.web.services.writer_pool import Writers

RUN_MANAGER = web.AppKey("run_manager", RunManager)
BROADCAST = web.AppKey("broadcast", Broadcast)
# The state of the live run as JSON.
PRESENT: web.AppKey[SharedRead[str]] = web.AppKey("present", SharedRead)
REAL_DIGITS = web.AppKey("real_digits", RealDigits)
# The list of runs as JSON.
RUNS: web.AppKey[SharedRead[str]] = web.AppKey("runs", SharedRead)

WRITERS = web.AppKey("writers", Writers)
PREPARATION = web.AppKey("preparation", Preparation)

# Executors, each with one thread.
CHANGES = web.AppKey("changes", BoundedExecutor)
# Separate from CHANGES, so that pages load while a run is being saved.
READS = web.AppKey("reads", BoundedExecutor)
DRAWINGS = web.AppKey("drawings", BoundedExecutor)
