"""The document is true of the server: its routes, parameters, limits, usual values, and the shape of its answers."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from handmade import Handmade
from jsonschema import Draft202012Validator
from serving import Client, until

import server
from gan.web.openapi import document
from gan.web.routes.write import PARAMETERS
from gan.web.services import writer_process
from gan.write import write
from gan.write.render.formats import FORMATS, OPTIONS

METHODS = ("get", "post")
IN_PATH = {"id": "all-digits", "iteration": "0", "drawing": "0", "round": "0", "pair": "0"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


ALL = [pytest.param(*one, id=f"{one[1]} {one[0]}") for one in operations() if one[0] != "/healthz"]
PARAMETERS_OF_WRITE = document()["paths"]["/api/write"]["get"]["parameters"]


def fits(schema: dict[str, Any], value: Any) -> None:
    """Fails unless a value is as a schema of the document says."""
    whole = {"$ref": "#/it", "it": schema, "components": document()["components"]}
    Draft202012Validator(whole).validate(value)


def own(operation: dict[str, Any], where: str) -> dict[str, dict[str, Any]]:
    """Parameters by name."""
    return {one["name"]: one for one in operation.get("parameters", []) if one["in"] == where}


def sent(operation: dict[str, Any]) -> dict[str, Any]:
    """Schemas of what may be in the body, by name."""
    if "requestBody" not in operation:
        return {}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return cast(dict[str, Any], schema["properties"])


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written without a network."""
    handwriting: Any = Handmade()
    monkeypatch.setattr(
        writer_process, "write", lambda number, models, **look: write(number, handwriting=handwriting, **look)
    )


# The document


def test_it_is_openapi() -> None:
    """As openapi-spec-validator has it, which needs eighteen packages."""
    told = document()
    assert told.keys() == {"openapi", "info", "servers", "security", "paths", "components"}
    assert told["openapi"].startswith("3.1.")
    assert {"title", "version"} <= told["info"].keys()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    for path, method, operation in operations():
        assert method in METHODS
        assert set(re.findall(r"{(\w+)}", path)) == own(operation, "path").keys()
        assert all(one["required"] for one in own(operation, "path").values())
        assert len(own(operation, "query")) + len(own(operation, "path")) == len(operation.get("parameters", []))
        assert all(re.fullmatch(r"[1-5]\d\d|default", status) for status in operation["responses"])
        assert all(reply.keys() & {"description", "$ref"} for reply in operation["responses"].values())


def test_its_schemas_are_schemas_and_its_references_lead_somewhere() -> None:
    def walk(value: Any) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            yield value
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from walk(inner)

    for part in walk(document()):
        if isinstance(part.get("schema"), dict):
            Draft202012Validator.check_schema(part["schema"])
        if isinstance(reference := part.get("$ref"), str):
            found: Any = document()
            for step in reference.removeprefix("#/").split("/"):
                found = found[step]
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


# Routes and parameters


async def test_it_holds_all_routes_and_no_others(client: Client) -> None:
    routes = {
        (route.resource.canonical, route.method.lower())
        for route in client.server.app.router.routes()  # type: ignore[attr-defined]
        if route.resource and (route.resource.canonical.startswith("/api/") or route.resource.canonical == "/healthz")
    }
    told = {(path, method) for path, method, _ in operations()}
    assert {one for one in routes if one[1] != "head"} == told  # what can be asked for has a HEAD, too


@pytest.mark.parametrize(("path", "method", "operation"), ALL)
async def test_it_holds_all_parameters_and_no_others(
    client: Client, path: str, method: str, operation: dict[str, Any]
) -> None:
    """Who names one that is unknown is told which there are."""
    address = path.format(**IN_PATH)
    for where, names in (("query", own(operation, "query")), ("body", sent(operation))):
        if (where, method) == ("body", "get"):
            continue
        asked: dict[str, Any] = {"params": {"unheard-of": "1"}} if where == "query" else {"json": {"unheard-of": 1}}
        response = await client.request(method, address, **asked)
        refusal = await response.json()
        assert (response.status, refusal["field"]) == (400, "unheard-of")
        known = re.search(r"\(known: (.*)\)$", refusal["error"])
        assert set(known.group(1).split(", ") if known else ()) == names.keys()
        fits(document()["components"]["schemas"]["Error"], refusal)


# What can be asked of the writer


def test_its_parameters_are_those_that_are_read() -> None:
    assert [one["name"] for one in PARAMETERS_OF_WRITE] == list(PARAMETERS)


@pytest.mark.parametrize("parameter", [pytest.param(one, id=one["name"]) for one in PARAMETERS_OF_WRITE])
async def test_its_limits_are_those_that_are_kept(client: Client, stand_in: None, parameter: dict[str, Any]) -> None:
    name, schema = parameter["name"], parameter["schema"]
    form = next(({"format": form} for form, names in OPTIONS.items() if name in names), {})
    low, high = schema.get("minimum"), schema.get("maximum")
    good = [low, high, *schema.get("enum", ())] if low is not None else schema.get("enum", ())
    bad = [low - 1, high + 1] if low is not None else ["unheard-of"] if "enum" in schema or "pattern" in schema else []
    for values, status in ((good, 200), (bad, 400)):
        for value in values:
            asked = {"number": "1", "size": "16"} | form | {name: str(value)}
            response = await client.get("/api/write", params=asked)
            assert (response.status, value) == (status, value)
            assert status == 200 or (await response.json())["field"] == name


async def test_its_usual_values_are_those_that_are_taken(client: Client, stand_in: None) -> None:
    usual = {one["name"]: str(one["schema"]["default"]) for one in PARAMETERS_OF_WRITE if "default" in one["schema"]}
    own = {form: {name: usual.pop(name) for name in names} for form, names in OPTIONS.items()}
    assert usual.keys() | {name for some in own.values() for name in some} | {"number", "run"} == PARAMETERS.keys()
    for form in FORMATS:
        asked = {"number": "12\n3", "format": form}
        plain = await client.get("/api/write", params=asked)
        assert plain.status == 200
        told = usual | own.get(form, {}) | asked
        assert await plain.read() == await (await client.get("/api/write", params=told)).read()


# Answers


def answer(path: str, method: str = "get", status: int = 200) -> dict[str, Any]:
    """The schema of an answer."""
    reply = document()["paths"][path][method]["responses"][str(status)]
    return cast(dict[str, Any], reply["content"]["application/json"]["schema"])


async def test_real_answers_fit(client: Client, config: server.ServerConfig) -> None:
    await until(await client.ws_connect("/api/events"), state="idle")
    (config.runs / "broken").mkdir()
    (config.runs / "broken" / "config.json").write_text("{}x")
    queries = {
        "/api/write": {"number": "1 2\n-3", "format": "json", "choices": "0:1"},
        "/api/gradient": {"layer": "dense"},
    }
    begun = {"round": (await (await client.get("/api/guess/round")).json())["round"]}
    for path, method, operation in operations():
        kinds = operation["responses"].get("200", {}).get("content", {})
        if method == "get" and "application/json" in kinds:
            response = await client.get(path.format(**IN_PATH | begun), params=queries.get(path))
            assert response.status == 200
            fits(answer(path), await response.json())
    assert await (await client.get("/api/openapi.json")).json() == document()


async def test_what_is_made_and_commanded_fits(client: Client) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "/api/runs": {"digit": 3, "seed": 1, "freeze": False, "network": "digits"}
        | {"loss": None, "generator_updates": 2, "gamma": 0.1, "learning_rate": 0.01, "batch": 4},
        "/api/mine": {"drawings": {"1": [[140, 20, 110, 230]]}},
        "/api/runs/{id}/train": {"iterations": 2},
        "/api/runs/{id}/ask": {"drawing": None},
        "/api/runs/{id}/name": {"name": "mine"},
        "/api/what-if": {"digit": None, "seed": 2, "generator_updates": 5, "loss": "relativistic"},
        "/api/what-if/train": {"iterations": 1_000_000},
    }
    commands = [(path, operation) for path, method, operation in operations() if method == "post"]
    commands.sort(key=lambda one: one[0].endswith("/delete"))  # last
    for path, operation in commands:
        await client.post("/api/runs/all-digits/open")  # for only who is live can be asked
        body = bodies.get(path)
        assert (body or {}).keys() == sent(operation).keys()
        if body:
            fits(operation["requestBody"]["content"]["application/json"]["schema"], body)
        response = await client.post(path.format(**IN_PATH), json=body)
        made = next(status for status in operation["responses"] if status != "default")
        assert response.status == int(made)
        fits(answer(path, "post", int(made)), await response.json())


async def test_what_is_told_fits(client: Client) -> None:
    socket = await client.ws_connect("/api/events?watch=1")
    snapshot = await socket.receive_json(timeout=120)
    await client.post("/api/runs/all-digits/fun")
    state = await until(socket, state="training")
    await client.post("/api/runs/all-digits/reset")
    reset = await until(socket, type="snapshot")
    await client.post("/api/runs/all-digits/name", json={"name": "mine"})
    label, runs = await until(socket, type="label"), await until(socket, type="runs")
    for told in (snapshot, state, reset, label, runs):
        fits(document()["components"]["schemas"]["Told"], told)
