"""A parameter that a person can set: its type, range, default and meaning.

One object serves the command line, the requests of the server, its OpenAPI document and the forms on its pages, so a
limit is written once and an error reads the same everywhere:

    size: expected a whole number from 16 to 320 pixels, received 5

The parameters of a run are in gan/config.py, those of the writer in gan/write/request.py.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, field, replace
from typing import Any

from gan.errors import InputError

WHOLE = re.compile(r"-?[0-9]{1,20}")  # as text in a request: no signs, spaces or digits that only Python reads
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,12}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE]-[0-9]{1,2})?")
LONGEST = 40  # characters of a received value that an error shows


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes
    ----------
    name : str
        Its field in errors, requests and files; its option on the command line.
    kind : type
        int, float, bool or str.
    low, high : number or None
        The range, with its ends.
    above, below : bool
        Whether `low` or `high` is excluded from the range.
    choices : tuple of str
        The only values, if there are any.
    pattern, example : str
        A regular expression for the whole text, and its meaning in words.
    default : object
    none : str
        The meaning of None, which is a value only if there is one.
    unit : str
        Unit of a number, in the plural.
    help : str
        The meaning, for --help and the OpenAPI document.
    """

    name: str
    kind: type
    low: float | None = None
    high: float | None = None
    above: bool = field(default=False, kw_only=True)
    below: bool = field(default=False, kw_only=True)
    choices: tuple[str, ...] = field(default=(), kw_only=True)
    pattern: str = field(default="", kw_only=True)
    example: str = field(default="", kw_only=True)
    default: Any = field(default=None, kw_only=True)
    none: str = field(default="", kw_only=True)
    unit: str = field(default="", kw_only=True)
    help: str = field(default="", kw_only=True)

    @property
    def range(self) -> tuple[Any, Any]:
        """The lowest and the highest value."""
        return self.low, self.high

    @property
    def expected(self) -> str:
        """The accepted values in words."""
        if self.choices:
            words = " or ".join(filter(None, [", ".join(self.choices[:-1]), self.choices[-1]]))
        elif self.kind in (int, float):
            words = f"a {'whole ' if self.kind is int else ''}number {self.bounds}{self.unit and f' {self.unit}'}"
        else:
            words = self.example or ("true or false" if self.kind is bool else "text")
        return f"{words}, or none for {self.none}" if self.none else words

    @property
    def bounds(self) -> str:
        """The range of a number in words, without its unit."""
        low, high = (str(end) if self.kind is int else f"{end:g}" for end in (self.low or 0, self.high or 0))
        if self.high is None:
            return f"above {low}" if self.above else f"of at least {low}"
        if self.above or self.below:
            return f"{'above' if self.above else 'of at least'} {low} and {'below' if self.below else 'at most'} {high}"
        return f"from {low} to {high}"

    def allows(self, value: object) -> bool:
        """Return whether a value is of the type and in the range. NaN and infinity are in none."""
        if value is None:
            return bool(self.none)
        if self.kind in (int, float):
            is_number = isinstance(value, int | float if self.kind is float else int) and not isinstance(value, bool)
            return is_number and self._is_in_range(value)
        if not isinstance(value, self.kind):
            return False
        fits = not self.pattern or re.fullmatch(self.pattern, str(value)) is not None
        return fits and (not self.choices or value in self.choices)

    def _is_in_range(self, value: Any) -> bool:
        low = -sys.float_info.max if self.low is None else self.low
        high = self.high
        if high is None:
            high = sys.float_info.max if self.kind is float else value
        return bool((low < value if self.above else low <= value) and (value < high if self.below else value <= high))

    def check(self, value: Any) -> Any:
        """Return a value of the parameter, an int as a float where one is expected. InputError for any other value."""
        if not self.allows(value):
            raise self.refusal(repr(value))
        return float(value) + 0.0 if self.kind is float and value is not None else value  # -0.0 becomes 0.0

    def parse(self, text: str) -> Any:
        """Return the value that a text in a request stands for. InputError for any other text."""
        grammar = {int: WHOLE, float: NUMBER}.get(self.kind)
        value: Any = text if grammar is None else self.kind(text) if grammar.fullmatch(text) else None
        if value is None or not self.allows(value):
            raise self.refusal(text if text and text.isprintable() else repr(text))
        return self.check(value)

    def option(self, text: str) -> Any:
        """Return the value of an option of the command line: the parameter's `type` for argparse."""
        try:
            value = self.kind(text)
        except ValueError:
            value = None
        if value is None or not self.allows(value):
            expected = replace(self, none="").expected  # None is an option that is left out
            raise argparse.ArgumentTypeError(f"expected {expected}, received {shorten(text)}")
        return self.check(value)

    def refusal(self, received: str) -> InputError:
        """Return the error for a value that is not accepted."""
        return InputError(f"{self.name}: expected {self.expected}, received {shorten(received)}", self.name)

    @property
    def usage(self) -> str:
        """The help of its option: meaning, range and default."""
        bounds = self.bounds.removeprefix("from ") + (self.unit and f" {self.unit}") if self.high is not None else ""
        words = ": ".join(filter(None, [self.help, bounds]))
        shown = f"{self.default:g}" if self.kind is float and self.default is not None else self.default
        return words if self.default in (None, "") else f"{words} (default {shown})"

    @property
    def metavar(self) -> str | None:
        """The choices as --help shows them."""
        return "{" + ",".join(self.choices) + "}" if self.choices else None

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema, which allows null where None is a value."""
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


def shorten(text: str) -> str:
    """Return a received value short enough for an error."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def table(*parameters: Parameter) -> dict[str, Parameter]:
    """Return parameters by their names."""
    return {parameter.name: parameter for parameter in parameters}


# What several tables and commands share.
DIGIT = Parameter("digit", int, 0, 9)
SEED = Parameter("seed", int, 0, 2**32 - 1, default=0)  # what NumPy's generators take
