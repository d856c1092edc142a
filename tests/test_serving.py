"""gan/web/http/serving.py: as many places as the system allows, and few words where it allows no more."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import run
from raw import answered, connect, hang_up, request
from serving import end_server, start_server

from gan.web.http.serving import ACCEPT_PROBLEM, MAX_CONNECTIONS, OWN_FILES, LoopErrorHandler, available_places

resource = pytest.importorskip("resource", reason="this system has no limit on open files")

HANGING = ("POST", "/api/runs/all-digits/pause", "Content-Type: application/json", "Content-Length: 100")


def test_places_keep_below_what_the_system_allows() -> None:
    script = "import resource as r; from gan.web.http.serving import available_places as a; limit = r.RLIMIT_NOFILE\n"
    script += (
        "r.setrlimit(limit, (200, 240)); print(a(), r.getrlimit(limit)); r.setrlimit(limit, (100, 100)); print(a())"
    )
    ran = run([sys.executable, "-c", script], check=True)
    assert ran.stdout.split("\n")[:2] == [f"{240 - OWN_FILES} (240, 240)", "16"]
    assert available_places() == min(MAX_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OWN_FILES)


async def test_that_no_more_files_can_be_open_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    complain, loop = LoopErrorHandler(), asyncio.get_running_loop()
    for _ in range(1000):
        complain(loop, {"message": ACCEPT_PROBLEM, "exception": OSError(24, "Too many open files")})
    assert [record.getMessage().count("Too many open files") for record in caplog.records] == [1]
    complain(loop, {"message": "something else"})
    assert len(caplog.records) == 2


@pytest.mark.full
def test_200_bodies_that_never_come_where_150_files_may_be_open(tmp_path: Path) -> None:
    """What made the server deaf, and filled the disk with tracebacks."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (150, 150))

    process, address = start_server(tmp_path, before=few)
    port = int(address.rpartition(":")[2])

    async def attack() -> list[Any]:
        hanging = [await connect(port, request(*HANGING[:2], port, *HANGING[2:])) for _ in range(200)]
        answers = [await answered(port, request("GET", "/healthz", port)) for _ in range(20)]
        await hang_up(*hanging)
        return [answer.status for answer in answers]

    try:
        assert asyncio.run(attack()) == [200] * 20
    finally:
        assert len(end_server(process)) < 1000
    assert limits == resource.getrlimit(resource.RLIMIT_NOFILE)
