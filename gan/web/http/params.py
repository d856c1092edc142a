"""Reads and checks request parameters. Unknown names are refused, and each error names the field.

A page can show the error beside its input, and a typo in a script is reported.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiohttp import web

from gan.errors import InputError, parse_json

MAX_ITERATIONS = 1_000_000
LARGEST = 1e12  # largest number whose bounds another check has
NUMBER = re.compile(r"[+-]?(?:\d{1,12}\.?\d{0,20}|\.\d{1,20})(?:[eE]-\d{1,2})?", re.ASCII)


def refuse_unknown_names(given: Collection[str], known: Collection[str]) -> None:
    """Refuse a name that is unknown or given twice."""
    seen: set[str] = set()
    for name in given:
        if name not in known:
            expected = "known: " + ", ".join(known) if known else "there are none here"
            raise InputError(f"unknown parameter {name[:40]!r} ({expected})", name[:40])
        if name in seen:
            raise InputError(f"{name} is given more than once", name)
        seen.add(name)


def whole_number(value: Any, name: str, lowest: int, highest: int) -> int:
    """Return an integer within bounds, from JSON or from a query's text."""
    if isinstance(value, str):
        digits = value.removeprefix("-") if lowest < 0 else value
        if digits.isascii() and digits.isdecimal() and len(digits) <= 12:
            value = int(value)
    if type(value) is not int or not lowest <= value <= highest:  # bool is a subclass of int
        raise InputError(f"{name} must be a whole number from {lowest:,} to {highest:,}, not {shown(value)}", name)
    return value


def real_number(value: str, name: str, lowest: float, highest: float) -> float:
    """Return a number within bounds, from a query's text; infinity and NaN are refused."""
    number = float(value) if re.fullmatch(r"[+-]?(?:\d{1,12}\.?\d{0,12}|\.\d{1,12})", value, re.ASCII) else None
    if number is None or not lowest <= number <= highest:
        raise InputError(f"{name} must be a number from {lowest:g} to {highest:g}, not {shown(value)}", name)
    return number


def any_number(value: Any, name: str) -> float:
    """Return a number from JSON or text, without bounds: another check has them."""
    text = repr(float(value)) if type(value) in (int, float) and abs(value) < LARGEST else value
    if not isinstance(text, str) or not NUMBER.fullmatch(text):
        raise InputError(f"{name} must be a number, not {shown(value)}", name)
    return float(text)


def true_or_false(value: Any, name: str) -> bool:
    """Return a JSON boolean."""
    if not isinstance(value, bool):
        raise InputError(f"{name} must be true or false, not {shown(value)}", name)
    return value


def one_of(value: Any, name: str, choices: Sequence[str]) -> str:
    """Validate a choice."""
    if value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}, not {shown(value)}", name)
    return str(value)


def shown(value: Any) -> str:
    """Return a received value as short text for an error message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:39] + "…"


async def json_object(request: web.Request, known: Collection[str]) -> Mapping[str, Any]:
    """Return the JSON object in a request's body; {} without a body. The query must be empty.

    Raises
    ------
    InputError
        If the body is not a JSON object or has an unknown name, or there is a query.
    web.HTTPUnsupportedMediaType
        If the body declares another type.
    web.HTTPRequestEntityTooLarge
        If it is too long.
    """
    refuse_unknown_names(list(request.query), ())
    body = await request.read()
    if not body:
        return {}
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="the body must be JSON, sent as Content-Type: application/json")
    try:
        value = parse_json(body)
    except ValueError:
        raise InputError("the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise InputError(f"the body must be a JSON object, not {shown(value)}")
    refuse_unknown_names(value.keys(), known)
    return value
