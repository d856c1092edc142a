"""Every refused request gives one sentence and the name of a field: invalid values,
missing things, overload.
"""

from typing import Any
from unittest.mock import AsyncMock

import numpy as np
import pytest
from aiohttp import hdrs

from gan.runs.run_writer import create
from gan.web.app import ServerConfig
from gan.web.app_keys import DRAWINGS
from gan.web.http.params import MAX_ITERATIONS
from gan.web.routes.learn_and_guess import EDGE
from gan.web.services.executor import Busy
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.helpers.serving import Client, app_of, create_drawing_run, expect_refusal

FULL_PAGE = "%0A".join(["1" * 64] * 20)

# For each address and field: queries that the server refuses because of that field.
QUERIES: dict[str, dict[str, list[str]]] = {
    "/api/write": {
        "number": [
            "",
            "number=1a",
            "number=%D9%A3",
            "number=" + "1" * 65,
            "number=" + "%0A".join("1" * 41),
            "number=1&number=2",
        ],
        "format": ["number=1&format=gif"],
        "size": [f"size=320&number={FULL_PAGE}", "number=1&size=321"],
        "seed": ["number=1&seed=-1"],
        "slant": ["number=1&slant=nan"],
        "thickness": ["number=1&thickness=1e0"],
        "human": ["number=1&human="],
        "pen": ["number=1&pen=other"],
        "align": ["number=1&align=other"],
        "paper": ["number=1&paper=other"],
        "ink": [
            f"number=1&ink=%23{ink}"
            for ink in ("12", "1234", "12345g", "123%0A", '123"/><script>')
        ],
        "written": ["number=1&format=svg&written=1"],
        "seconds": ["number=1&format=animated&seconds=0"],
        "choices": ["number=1&choices=0:2"],
        "run": ["number=1&run=a&run=b"],
        "mine": [
            f"number=1&mine={mine}"
            for mine in ("x", "{}", "[1]", '{"handwriting": 2}', "[" * 2000)
        ],
    },
    "/api/turns": {
        "seed": ["seed=-1"],
        "digit": ["digit=10"],
        "iteration": ["iteration=41"],
        "drawing": ["drawing=64"],
    },
    "/api/place": {"x": [f"x={EDGE + 1}"], "y": [f"y=-{EDGE + 1}"], "seed": ["seed=x"]},
    "/api/guess": {"pair": ["pair=10"], "rung": ["rung=10"], "seed": ["seed=1&seed=2"]},
    "/api/events": {"watch": ["watch=2"]},
    "/api/what-if/recorded": {"x": ["x=1"]},
}


def each(name: str, *values: Any) -> list[dict[str, Any]]:
    """Return one body for each value of the named field."""
    return [{name: value} for value in values]


# For each address and field: bodies that the server refuses because of that field.
BODIES: dict[str, dict[str, list[Any]]] = {
    "/api/runs": {
        "digit": each("digit", 10, "three"),
        "seed": each("seed", 0.5, None),
        "freeze": each("freeze", 1),
        "network": each("network", "reference", ["quick"]),
        "freeze_switches": each("freeze_switches", "3,5", [5, 3], [True]),
        "loss": [{"loss": "hinge"}],
        "generator_updates": each("generator_updates", 0),
        "gamma": [*each("gamma", "nan", 1e999), {"gamma": 0.5, "loss": "classic"}],
        "learning_rate": each("learning_rate", 0),
        # it learns from 500 images of each digit
        "batch": [{"batch": 4097}, {"digit": 3, "batch": 4096}],
    },
    "/api/runs/all-digits/name": {"name": [{}, *each("name", 5, "x" * 61)]},
    "/api/runs/all-digits/train": {
        "iterations": [{}, *each("iterations", None, MAX_ITERATIONS + 1)]
    },
    "/api/runs/all-digits/step": {"drawing": each("drawing", None, 64)},
    "/api/runs/all-digits/ask": {"drawing": [{}, *each("drawing", 64, "last")]},
    "/api/mine": {"drawings": [{}, *each("drawings", None, {"3": []})]},
}


@pytest.mark.parametrize("address", QUERIES)
async def test_an_invalid_query_names_the_parameter(
    client: Client, address: str
) -> None:
    for field, queries in QUERIES[address].items():
        for query in queries:
            response = await client.get(f"{address}?{query}")
            message = await expect_refusal(response, 400, field)
            assert not message.startswith("text"), query
    assert FakeWorker.made[0].heard == []


@pytest.mark.parametrize("address", BODIES)
async def test_an_invalid_body_names_the_field_and_has_no_effect(
    client: Client, address: str
) -> None:
    for field, bodies in BODIES[address].items():
        for body in bodies:
            response = await client.post(address, json=body)
            await expect_refusal(response, 400, field)
    assert [worker.heard for worker in FakeWorker.made] == [[]]


# Addresses of runs that `odd_runs` creates, with the status, the field and the sentence
# of the refusal.
ODD: list[tuple[str, int, str | None, str]] = [
    ("/api/nothing", 404, None, "There is nothing at"),
    ("/api/events", 400, None, "WebSocket"),
    ("/api/runs/nobody/film.gif", 404, "id", "no run named"),
    ("/api/runs/damaged/film.gif", 404, "id", "Run damaged has no whole picture"),
    ("/api/runs/nobody/images/20/0.json", 404, "id", "no run named"),
    ("/api/runs/some/images/30/0.json", 404, "iteration", "no picture of iteration 30"),
    ("/api/runs/some/images/20/4.json", 404, "drawing", "4 drawings"),
    *(
        (
            f"/api/runs/some/images/1.{kind}",
            404,
            "iteration",
            "no picture of iteration 1",
        )
        for kind in ("png", "json")
    ),
    *(
        (f"/api/runs/some/images/{name}", 404, None, "There is nothing at")
        for name in (
            "x.png",
            "-1.json",
            "..%2f0.png",
            "9999999999.json",
            "20.jpg",
            "20.png%00",
            "20/-1.json",
        )
    ),
    *(
        (
            f"/api/write?number=1&run={name}",
            404,
            "run",
            f"There is no run named '{name.replace('%2F', '/')}'.",
        )
        for name in ("", "nobody", "..%2Fx")
    ),
    (
        "/api/write?number=1&run=some",
        404,
        "run",
        "Run some has no network that can write: train it, or choose another",
    ),
    (
        "/api/write?number=1&run=three",
        400,
        "run",
        "expected a generator of all digits, received one of a 3",
    ),
    (
        "/api/write?number=1&run=letters",
        400,
        "run",
        "expected a generator of the digits 0 to 9, received one of A, B",
    ),
    (
        "/api/write?number=1&run=untold",
        400,
        "run",
        "run: expected a generator with labels, received one without",
    ),
]


@pytest.fixture
def odd_runs(config: ServerConfig) -> None:
    for name in ("some", "damaged"):
        run = create(config.runs / name, tiny(3))
        run.save_picture(20, np.zeros((4, 28, 28), np.uint8))
    run.picture_path(20).write_bytes(b"no picture")
    create_drawing_run(config.runs / "three", tiny(3))
    create_drawing_run(
        config.runs / "letters", tiny(None, labels=True, names=("A", "B"))
    )
    create_drawing_run(config.runs / "untold", tiny(None))


async def test_what_does_not_exist_or_cannot_be_used_is_named(
    client: Client, odd_runs: None
) -> None:
    for address, status, field, words in ODD:
        await expect_refusal(await client.get(address), status, field, words)


async def test_a_busy_server_says_when_to_retry(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        app_of(client)[DRAWINGS], "run", AsyncMock(side_effect=Busy(2.5))
    )
    response = await client.get("/api/place")
    assert response.headers[hdrs.RETRY_AFTER] == "3"
    await expect_refusal(response, 503, words="Try again")
