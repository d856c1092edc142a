"""Describe a parameter that a user can set: its type, range, default and meaning.

The command line, the server's request handlers, its OpenAPI document and the HTML forms
on its pages use the same object. So each limit is written only once, and errors read
the same everywhere, for example:

    size: expected a whole number from 16 to 320 pixels, received 5

The parameters of a run are in gan/rules/run_config.py, and those of the writer in
gan/write/options_and_limits.py.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

from gan.base.errors import InputError, parse_json

# The texts of numbers in requests. int() itself would also accept " 1" and "1_000".
WHOLE = re.compile(r"-?[0-9]{1,20}")
NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,12}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE]-[0-9]{1,2})?"
)
JSON_TYPES = {
    int: "integer",
    float: "number",
    bool: "boolean",
    str: "string",
}
LONGEST = 40  # maximum number of characters of a received value in an error message


@dataclass(frozen=True)
class Parameter:
    """Type, range, default and meaning of one parameter."""

    # the name of the field in errors, requests and files, and of the option
    name: str
    kind: type  # int, float, bool, str, or list (of whole numbers)
    low: float | None = None
    high: float | None = None
    _: KW_ONLY
    above: bool = False  # whether the range excludes `low`
    below: bool = False  # whether the range excludes `high`
    # the only allowed values; empty if any value in the range is allowed
    choices: tuple[str, ...] = ()
    pattern: str = ""  # a regular expression that the whole text must match
    example: str = ""  # the meaning of the pattern in words
    default: Any = None  # the value if the parameter is left out
    none: str = ""  # the meaning of None, which is allowed only if this is not empty
    unit: str = ""  # of a number, such as "iterations"
    help: str = ""  # shown by --help and in the OpenAPI document

    @property
    def range(self) -> tuple[Any, Any]:
        return self.low, self.high

    @property
    def expected(self) -> str:
        """The accepted values in words."""
        if self.choices:
            words = f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
        elif self.kind in (int, float):
            number = "a whole number" if self.kind is int else "a number"
            words = f"{number} {self.bounds} {self.unit}".rstrip()
        else:
            words = self.example or ("true or false" if self.kind is bool else "text")
        return f"{words}, or none for {self.none}" if self.none else words

    @property
    def bounds(self) -> str:
        """The range in words, such as "from 1 to 9" or "above 0 and at most 1"."""
        low = self.format(self.low or 0)
        lower = f"above {low}" if self.above else f"of at least {low}"
        if self.high is None:
            return lower
        high = self.format(self.high)
        if self.above or self.below:
            return f"{lower} and {'below' if self.below else 'at most'} {high}"
        return f"from {low} to {high}"

    def format(self, value: Any) -> str:
        return f"{value:g}" if self.kind is float else str(value)

    def allows(self, value: object) -> bool:
        """Return whether a value has the right type and lies in the range.

        NaN and infinity lie in no range.
        """
        if value is None:
            return bool(self.none)
        if self.kind in (int, float):
            accepted = int if self.kind is int else (int, float)
            is_number = isinstance(value, accepted) and not isinstance(value, bool)
            return is_number and self.includes(value)
        if not isinstance(value, self.kind):
            return False
        if self.pattern and not re.fullmatch(self.pattern, str(value)):
            return False
        return not self.choices or value in self.choices

    def includes(self, number: Any) -> bool:
        if self.kind is float and not abs(number) <= sys.float_info.max:
            return False  # NaN, infinity, or an int that no float can hold
        low = number if self.low is None else self.low
        high = number if self.high is None else self.high
        is_above = low < number if self.above else low <= number
        is_below = number < high if self.below else number <= high
        return bool(is_above and is_below)

    def check(self, value: Any) -> Any:
        """Return the value if it is valid, as a float if `kind` is float.

        Otherwise raise InputError.
        """
        if not self.allows(value):
            raise self.refusal(repr(value))
        # Adding 0.0 turns -0.0 into 0.0.
        return float(value) + 0.0 if self.kind is float and value is not None else value

    def parse(self, text: str) -> Any:
        """Parse a value from the text of a request.

        Raise InputError if the text is invalid.
        """
        grammar = {int: WHOLE, float: NUMBER}.get(self.kind)
        value: Any = text
        if grammar and grammar.fullmatch(text):
            value = self.kind(text)
        if not self.allows(value):
            raise self.refusal(text if text and text.isprintable() else repr(text))
        return self.check(value)

    def option(self, text: str) -> Any:
        """Parse a value from the command line. This method is a `type` for argparse.

        Raise ArgumentTypeError if the text is invalid.
        """
        value: Any = text
        with suppress(ValueError):
            value = self.kind(text)
        # None cannot be typed on the command line, so the error must not offer it.
        if not self.allows(value):
            expected = replace(self, none="").expected
            advice = "; write a point" if self.kind is float and "," in text else ""
            raise argparse.ArgumentTypeError(
                f"expected {expected}, received {shorten(text)}{advice}"
            )
        return self.check(value)

    def refusal(self, received: str) -> InputError:
        return InputError(
            f"{self.name}: expected {self.expected}, received {shorten(received)}",
            self.name,
        )

    @property
    def usage(self) -> str:
        """The help text of the command-line option: meaning, range and default."""
        words = self.help
        if self.high is not None:
            bounds = f"{self.bounds.removeprefix('from ')} {self.unit}".rstrip()
            words = f"{words}: {bounds}" if words else bounds
        if self.default in (None, ""):
            return words
        return f"{words} (default {self.format(self.default)})"

    @property
    def metavar(self) -> str | None:
        return "{" + ",".join(self.choices) + "}" if self.choices else None

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema, which allows null if None is an allowed value."""
        if self.kind is list:
            return {
                "type": "array",
                "items": {"type": "integer", "minimum": 0},
                "default": [],
            }
        schema: dict[str, Any] = {"type": JSON_TYPES[self.kind]}
        if self.low is not None:
            schema["exclusiveMinimum" if self.above else "minimum"] = self.low
        if self.high is not None:
            schema["exclusiveMaximum" if self.below else "maximum"] = self.high
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.pattern:
            schema["pattern"] = f"^(?:{self.pattern})$"
        if self.none:
            schema = {"anyOf": [schema, {"type": "null"}]}
        return schema if self.default is None else schema | {"default": self.default}


def refuse_unknown_names(given: Collection[str], known: Collection[str]) -> None:
    """Raise InputError for a name that is unknown, or given more than once."""
    for name, count in Counter(given).items():
        if name not in known:
            expected = "known: " + ", ".join(known) if known else "there are none here"
            raise InputError(f"unknown parameter {name[:40]!r} ({expected})", name[:40])
        if count > 1:
            raise InputError(f"{name} is given more than once", name)


def parse_object(text: bytes, known: Collection[str]) -> dict[str, Any]:
    """Parse a JSON object.

    Raise InputError if the text is something else, or if a name is not in `known`.
    """
    try:
        value = parse_json(text)
    except ValueError:
        raise InputError("the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise InputError(f"the body must be a JSON object, not {shorten(repr(value))}")
    refuse_unknown_names(value.keys(), known)
    return value


def shorten(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def table(*parameters: Parameter) -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in parameters}


# Parameters that several tables and commands share.
DIGIT = Parameter("digit", int, 0, 9)
# The range is the one that NumPy's random generators accept.
SEED = Parameter("seed", int, 0, 2**32 - 1, default=0)
