"""Describe a parameter that a user can set: its type, range, default and meaning.

The command line, the server's request handlers, its OpenAPI document and the HTML forms
on its pages use the same object. So each limit is written only once, and errors read
the same everywhere, for example:

    size: expected a whole number from 16 to 320 pixels, received 5

The parameters of a run are in gan/rules/config.py, and those of the writer in
gan/write/options_and_limits.py.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Collection
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

from gan.base.errors import InputError, parse_json

# an int as text in a request; int() itself would also accept " 1" and "1_000"
WHOLE = re.compile(r"-?[0-9]{1,20}")
NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,12}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE]-[0-9]{1,2})?"
)
LONGEST = 40  # maximum number of characters of a received value in an error message


@dataclass(frozen=True)
class Parameter:
    """Type, range, default and meaning of one parameter."""

    # the field name in errors, requests and files, and the option name on the command
    # line
    name: str
    kind: type  # int, float, bool, str, or list: of whole numbers
    low: float | None = None
    high: float | None = None
    _: KW_ONLY
    above: bool = False  # whether the range excludes `low`
    below: bool = False  # whether the range excludes `high`
    # the only allowed values; empty if the values are not limited to a list
    choices: tuple[str, ...] = ()
    pattern: str = ""  # a regular expression that the whole text must match
    example: str = ""  # its meaning in words
    default: Any = None  # the value if the parameter is left out
    none: str = ""  # the meaning of None, which is allowed only if this is not empty
    unit: str = ""  # of a number, in the plural
    help: str = ""  # shown by --help and in the OpenAPI document

    @property
    def range(self) -> tuple[Any, Any]:
        return self.low, self.high

    @property
    def expected(self) -> str:
        """The accepted values in words."""
        if self.choices:
            words = " or ".join(
                filter(None, [", ".join(self.choices[:-1]), self.choices[-1]])
            )
        elif self.kind in (int, float):
            words = f"a {'whole ' if self.kind is int else ''}number {self.bounds}{self.unit and f' {self.unit}'}"
        else:
            words = self.example or ("true or false" if self.kind is bool else "text")
        return f"{words}, or none for {self.none}" if self.none else words

    @property
    def bounds(self) -> str:
        low, high = (
            str(end) if self.kind is int else f"{end:g}"
            for end in (self.low or 0, self.high or 0)
        )
        if self.high is None:
            return f"above {low}" if self.above else f"of at least {low}"
        if self.above or self.below:
            return f"{'above' if self.above else 'of at least'} {low} and {'below' if self.below else 'at most'} {high}"
        return f"from {low} to {high}"

    def allows(self, value: object) -> bool:
        """Return whether a value has the right type and lies in the range.

        NaN and infinity lie in no range.
        """
        if value is None:
            return bool(self.none)
        if self.kind in (int, float):
            if not isinstance(
                value, int | float if self.kind is float else int
            ) or isinstance(value, bool):
                return False
            largest = sys.float_info.max if self.kind is float else abs(value)
            low = -largest if self.low is None else self.low
            high = largest if self.high is None else self.high
            return (low < value if self.above else low <= value) and (
                value < high if self.below else value <= high
            )
        if not isinstance(value, self.kind):
            return False
        fits = not self.pattern or re.fullmatch(self.pattern, str(value)) is not None
        return fits and (not self.choices or value in self.choices)

    def check(self, value: Any) -> Any:
        """Return the value if it is valid, as a float if `kind` is float.

        Otherwise raise InputError.
        """
        if not self.allows(value):
            raise self.refusal(repr(value))
        # -0.0 becomes 0.0
        return float(value) + 0.0 if self.kind is float and value is not None else value

    def parse(self, text: str) -> Any:
        """Parse a value from the text of a request.

        Raise InputError if the text is invalid.
        """
        grammar = {int: WHOLE, float: NUMBER}.get(self.kind)
        value: Any = (
            text
            if grammar is None
            else self.kind(text)
            if grammar.fullmatch(text)
            else None
        )
        if value is None or not self.allows(value):
            raise self.refusal(text if text and text.isprintable() else repr(text))
        return self.check(value)

    def option(self, text: str) -> Any:
        """Parse a command-line option; meant as argparse's `type`."""
        try:
            value = self.kind(text)
        except ValueError:
            value = None
        if value is None or not self.allows(value):
            # on the command line, None means that the option is left out
            expected = replace(self, none="").expected
            raise argparse.ArgumentTypeError(
                f"expected {expected}, received {shorten(text)}"
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
        bounds = (
            self.bounds.removeprefix("from ") + (self.unit and f" {self.unit}")
            if self.high is not None
            else ""
        )
        words = ": ".join(filter(None, [self.help, bounds]))
        shown = (
            f"{self.default:g}"
            if self.kind is float and self.default is not None
            else self.default
        )
        return words if self.default in (None, "") else f"{words} (default {shown})"

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
        kinds = {int: "integer", float: "number", bool: "boolean", str: "string"}
        schema: dict[str, Any] = {"type": kinds[self.kind]}
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
    for name, count in Counter(given).items():
        if name not in known:
            expected = "known: " + ", ".join(known) if known else "there are none here"
            raise InputError(f"unknown parameter {name[:40]!r} ({expected})", name[:40])
        if count > 1:
            raise InputError(f"{name} is given more than once", name)


def parse_object(text: bytes, known: Collection[str]) -> dict[str, Any]:
    """Parse a JSON object.

    Raise InputError if the text is none or has an unknown name.
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
# the range that NumPy's random generators accept
SEED = Parameter("seed", int, 0, 2**32 - 1, default=0)
