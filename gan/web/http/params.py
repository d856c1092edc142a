"""Read the parameters of requests.

Each error names its field, so that a page can show the error next to the input. Unknown
names are rejected, which reveals typos in scripts. A `gan.base.parameter.Parameter`
defines the allowed values, and also describes the parameter in the OpenAPI document.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from gan.base.parameter import DIGIT, Parameter, parse_object, refuse_unknown_names
from gan.rules.run_config import SETTINGS
from gan.runs.trainer import PICTURE_LATENTS

MAX_ITERATIONS = 1_000_000

ITERATIONS = replace(
    SETTINGS["iterations"], high=MAX_ITERATIONS, none="", help="How long to train."
)
DRAWING = Parameter(
    "drawing",
    int,
    0,
    PICTURE_LATENTS - 1,
    default=0,
    help="The drawing, counted from 0.",
)
ANY_DIGIT = replace(DIGIT, none="all digits", help="The digit; default: all digits.")


def read(given: Mapping[str, Any], parameter: Parameter, required: bool = False) -> Any:
    """Return the value of a parameter from a query or a JSON body.

    A missing parameter gets its default. Raise InputError if the value is invalid, or
    if the parameter is missing and either is `required` or has no default.
    """
    if parameter.name not in given:
        if required or (parameter.default is None and not parameter.none):
            raise parameter.refusal("none")
        return parameter.default
    value = given[parameter.name]
    return parameter.parse(value) if isinstance(value, str) else parameter.check(value)


def read_query(request: web.Request, *parameters: Parameter) -> tuple[Any, ...]:
    """Return the values of the given parameters in a query.

    Raise InputError for any other name.
    """
    known = [parameter.name for parameter in parameters]
    # Iterating over the query itself would hide repeated names.
    refuse_unknown_names([name for name, _ in request.query.items()], known)
    return tuple(read(request.query, parameter) for parameter in parameters)


async def json_object(
    request: web.Request, known: Collection[str]
) -> Mapping[str, Any]:
    """Return the JSON object in a request's body, or {} without a body.

    Raise InputError if it has unknown names, or if the query is not empty. Raise
    HTTPUnsupportedMediaType if the body is not declared as JSON.
    """
    refuse_unknown_names(list(request.query), ())
    body = await request.read()
    if body and request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(
            text="the body must be JSON, sent as Content-Type: application/json"
        )
    return parse_object(body or b"{}", known)


async def read_body(
    request: web.Request, parameters: Mapping[str, Parameter]
) -> dict[str, Any]:
    """Return the values of all parameters, by name, from a request's JSON body."""
    given = await json_object(request, parameters)
    return {name: read(given, parameter) for name, parameter in parameters.items()}
