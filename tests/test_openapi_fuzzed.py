"""Schemathesis sends valid and invalid requests of /api/openapi.json: no answer is a 500, and all fit the document.

Install it with `pip install -e ".[fuzz]"`. `make test-all` runs it, and `make fuzz` for longer. Worker and writer are
fakes.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from fake_worker import FakeWorker, tiny
from fake_writer import FakeWriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import server
from gan.web.openapi.document import document

schemathesis = pytest.importorskip("schemathesis", reason='the package schemathesis is not installed: the extra "fuzz"')

pytestmark = pytest.mark.full
POSITIVE = schemathesis.GenerationMode.POSITIVE
OPERATIONS = [(path, method.upper()) for path, methods in document()["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a server in a thread."""
    folder, loop, addresses = tmp_path_factory.mktemp("fuzzed"), asyncio.new_event_loop(), list[str]()
    listening, ending = threading.Event(), asyncio.Event()

    async def serve() -> None:
        runner = web.AppRunner(server.init_app(config_in(folder)))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        addresses.append("http://{}:{}".format(*runner.addresses[0][:2]))
        listening.set()
        await ending.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert listening.wait(120)
    yield addresses[0]
    loop.call_soon_threadsafe(ending.set)
    thread.join(120)
    loop.close()


def config_in(folder: Path) -> server.ServerConfig:
    fake: Callable[..., Any] = FakeWorker
    runs, recorded = folder / "runs", folder / "none"
    return server.ServerConfig(
        runs=runs, threads=1, preset=tiny, worker=fake, writers=1, writer=FakeWriter, recorded=recorded
    )


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
def test_every_answer_fits_the_document(path: str, method: str, address: str) -> None:
    operation = schemathesis.openapi.from_dict(document())[path][method]
    modes = list(schemathesis.GenerationMode) if operation.body or list(operation.iter_parameters()) else [POSITIVE]
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

    @settings(suppress_health_check=list(HealthCheck), max_examples=max(1, settings().max_examples // 10))
    @given(cases)
    def ask(case: Any) -> None:
        response = case.call(base_url=address, timeout=120)  # the default of 10 s is too short on a busy machine
        assert response.status_code < 500 or (response.status_code == 503 and "Retry-After" in response.headers)
        checks = schemathesis.checks
        case.validate_response(response, checks=[checks.response_schema_conformance, checks.content_type_conformance])

    ask()
