"""/api/openapi.json agrees with the server: routes, parameters, limits, defaults and
response schemas.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypedDict, cast

from jsonschema import Draft202012Validator

from gan.runs.messages import ClientMessage, MetricsEvent
from gan.web.app import ServerConfig
from gan.web.http.connections import UPLOAD
from gan.web.openapi import document, schema_of
from gan.web.routes.write import PARAMETERS
from gan.write.formats import FORMATS
from gan.write.options_and_limits import ANIMATION
from tests.helpers.commands import SECONDS
from tests.helpers.serving import Client, api_routes, expect_refusal, until

Json = dict[str, Any]


def operations() -> Iterator[tuple[str, str, Json]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


IN_PATH = {"id": "all-digits", "iteration": "0"}


def assert_fits(schema: Json, value: Any) -> None:
    """Assert that a value conforms to a schema in the document."""
    whole = {"$ref": "#/it", "it": schema, "components": document()["components"]}
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(whole).validate(value)


def body_properties(operation: Json) -> Json:
    """Return the schemas of the body's fields, by name."""
    if "requestBody" not in operation:
        return {}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return cast(Json, schema["properties"])


# Routes and parameters


async def test_the_document_has_all_parameters_and_no_others(client: Client) -> None:
    """Read the known parameters from the error message about an unknown parameter.

    Every route has such a message.
    """
    documented = {
        (method.upper(), path.format(**IN_PATH)): one
        for path, method, one in operations()
    }
    assert documented.keys() <= {*api_routes(client), ("GET", "/healthz")}
    for method, path in api_routes(client):
        operation = documented.get((method, path), {})
        sent = {
            "params": [
                one["name"]
                for one in operation.get("parameters", [])
                if one["in"] == "query"
            ]
        }
        if method == "POST" and path != UPLOAD:
            sent["json"] = list(body_properties(operation))
        for kind, names in sent.items():
            unknown: Json = {kind: {"unheard-of": "1"}}
            response = await client.request(method, path, **unknown)
            message = await expect_refusal(response, 400, "unheard-of")
            match = re.search(r"\(known: (.*)\)$", message)
            known = match[1].split(", ") if match else []
            assert not operation or sorted(known) == sorted(names), path


async def test_the_defaults_of_write_are_used(
    client: Client, handmade_writer: None
) -> None:
    documented = document()["paths"]["/api/write"]["get"]["parameters"]
    defaults = {
        one["name"]: str(one["schema"]["default"])
        for one in documented
        if "default" in one["schema"]
    }
    own = {"animated": {name: defaults.pop(name) for name in ANIMATION}}
    known = {"number", "run", *defaults, *ANIMATION}
    assert known == PARAMETERS.keys()
    for form in FORMATS:
        parameters = {"number": "12\n3", "format": form}
        plain = await client.get("/api/write", params=parameters)
        assert plain.status == 200
        explicit = defaults | own.get(form, {}) | parameters
        assert (
            await plain.read()
            == await (await client.get("/api/write", params=explicit)).read()
        )


# Responses


def answer_schema(path: str, method: str = "get", status: int = 200) -> Json:
    reply = document()["paths"][path][method]["responses"][str(status)]
    return cast(Json, reply["content"]["application/json"]["schema"])


async def test_responses_to_get_match_their_schemas(
    client: Client, config: ServerConfig
) -> None:
    await until(await client.ws_connect("/api/events"), state="idle")
    (config.runs / "broken").mkdir()
    (config.runs / "broken" / "config.json").write_text("{}x")
    queries = {"/api/write": {"number": "1 2\n-3", "format": "json"}}
    for path, method, operation in operations():
        if (
            method == "get"
            and "application/json" in operation["responses"]["200"]["content"]
        ):
            response = await client.get(
                path.format(**IN_PATH), params=queries.get(path)
            )
            assert response.status == 200
            assert_fits(answer_schema(path), await response.json())
    assert await (await client.get("/api/openapi.json")).json() == document()


async def test_responses_to_post_match_their_schemas(client: Client) -> None:
    bodies: dict[str, Json] = {
        "/api/runs": {
            "digit": 3,
            "seed": 1,
            "freeze": False,
            "network": "digits",
            "freeze_switches": [3, 5],
        }
        | {
            "loss": None,
            "generator_updates": 2,
            "gamma": 0.1,
            "learning_rate": 0.01,
            "batch": 4,
        },
        "/api/runs/{id}/train": {"iterations": 2},
        "/api/runs/{id}/step": {"drawing": 5},
    }
    for path, method, operation in operations():
        if method == "post":
            # only the live run accepts commands
            await client.post("/api/runs/all-digits/open")
            body = bodies.get(path)
            assert (body or {}).keys() == body_properties(operation).keys()
            if body:
                assert_fits(
                    operation["requestBody"]["content"]["application/json"]["schema"],
                    body,
                )
            response = await client.post(path.format(**IN_PATH), json=body)
            success = next(
                status for status in operation["responses"] if status != "default"
            )
            assert response.status == int(success)
            assert_fits(
                answer_schema(path, "post", int(success)), await response.json()
            )


async def test_messages_have_the_types_of_the_code(client: Client) -> None:
    socket = await client.ws_connect("/api/events?watch=1")
    snapshot = await socket.receive_json(timeout=SECONDS)
    await client.post("/api/runs/all-digits/fun")
    state = await until(socket, state="training")
    await client.post("/api/runs/all-digits/train", json={"iterations": 2})
    metrics = await until(socket, type="metrics", g_loss=None)  # infinity
    await client.post("/api/runs/all-digits/reset")
    reset = await until(socket, type="snapshot")
    await client.post("/api/runs/all-digits/name", json={"name": "mine"})
    label = await until(socket, type="label")
    runs = await until(socket, type="runs")
    for message in (snapshot, state, reset, label, runs):
        assert_fits(schema_of(ClientMessage), message)
    # from the fake worker's line
    missing = {"penalty": 0.0, "learning_rate": 0.1, "iterations_per_second": 9.0}
    assert_fits(schema_of(MetricsEvent), metrics | missing)


# The schemas of types


class Base(TypedDict):
    kind: Literal["a", "b"]


class Example(Base):
    many: list[int | None]
    some: NotRequired[dict[str, bool]]


def test_the_schema_of_a_typed_dict_accepts_its_values_only() -> None:
    valid: list[Any] = [
        {"kind": "a", "many": [1, None], "some": {"x": True}},
        {"kind": "b", "many": []},
    ]
    invalid: list[Any] = [
        {"kind": "c", "many": []},
        {"kind": "a"},
        {"kind": "a", "many": ["1"]},
    ]
    invalid += [valid[1] | {"some": {"x": 1}}, valid[1] | {"more": 1}]
    validator = Draft202012Validator(schema_of(Example))
    assert [validator.is_valid(value) for value in valid + invalid] == [True] * 2 + [
        False
    ] * 5
