"""Compare an answer with the right one, and say in one sentence what is wrong."""

import copy
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from nnet.layer import Array

# Differences relative to the largest expected number. SAME accepts the rounding errors
# of float32. A larger difference up to NEAR, such as the error of finite differences,
# is wrong, but gets advice.
SAME = 1e-5
NEAR = 1e-3
# Pairs of the value that a frequent mistake gives, and the message about it, which
# follows the name of the value.
Mistakes = Sequence[tuple[Any, str]]


class WrongAnswer(Exception):
    """An answer that is not right; the text says why."""


def compare(
    name: str,
    received: object,
    expected: Any,
    mistakes: Mistakes = (),
    names: Sequence[str] = (),
) -> None:
    """Raise WrongAnswer unless the received value is the expected one.

    Parameters
    ----------
    name : name of the value, with which every message begins
    received : what an answer returned
    expected : a number or an array
    mistakes : values of frequent mistakes; if one is received, its message is raised
    names : names of a vector's elements; without them, messages show indices
    """
    right = np.asarray(expected)
    if not is_numeric(received):
        raise WrongAnswer(
            f"{name}: expected {describe(right)}, received {describe(received)}"
        )
    value = np.asarray(received, float)
    if is_close(value, right):
        return
    for wrong, sentence in mistakes:
        if is_close(value, np.asarray(wrong)):
            raise WrongAnswer(f"{name} {sentence}")
    raise WrongAnswer(f"{name} {difference(value, right, names)}")


def check_order(received: Sequence[Any], expected: Mapping[str, Any]) -> None:
    """Raise WrongAnswer if the received values are right, but in another order."""
    for names in permutations(expected):
        pairs = zip(received, (expected[name] for name in names), strict=True)
        if all(
            is_numeric(one) and is_close(*map(np.asarray, (one, other)))
            for one, other in pairs
        ):
            if names != tuple(expected):
                raise WrongAnswer(
                    f"the order is wrong: expected {', '.join(expected)}, received "
                    f"{', '.join(names)}"
                )
            return


def is_close(received: Array, expected: Array) -> bool:
    """Return whether the two are equal up to the rounding errors of float32."""
    if received.shape != expected.shape:
        return False
    same = SAME * np.abs(expected).max() + 1e-9
    return bool((np.abs(received - expected) <= same).all())


def difference(value: Array, right: Array, names: Sequence[str]) -> str:
    """Describe how a value differs from the right one, if no known mistake fits."""
    if value.shape != right.shape:
        shapes = f"expected {describe(right)}, received {describe(value)}"
        is_transposed = value.ndim == 2 and is_close(value.T, right)
        hint = "; it is transposed" if is_transposed else ""
        return f"has the wrong shape: {shapes}{hint}"
    if not np.isfinite(value).all():
        return (
            "contains infinity or nan: "
            "an overflow, a division by 0, or a root of less than 0"
        )
    if is_close(value, -right):
        return "has the wrong sign"
    # Any single number is a multiple of another.
    if value.any() and value.size > 1:
        factor = (value * right).sum() / (right * right).sum()
        if is_close(value, factor * right):
            return (
                f"has the wrong scale: received {factor:.6g} times the expected value"
            )
    return largest_difference(value, right, names)


def largest_difference(value: Array, right: Array, names: Sequence[str]) -> str:
    """Describe where two arrays of the same shape differ most, and by how much."""
    differences = np.abs(value - right)
    place = np.unravel_index(differences.argmax(), right.shape)
    where = names[int(place[0])] if names else f"[{', '.join(map(str, place))}]"
    at = f" at {where}" if place else ""
    digits = 4
    advice = ""
    if differences.max() <= NEAR * np.abs(right).max():
        digits = 9
        advice = ", which is near: small steps, limits and rounding are not exact"
    values = f"expected {right[place]:.{digits}g}, received {value[place]:.{digits}g}"
    return f"is wrong{at}: {values}{advice}"


def is_numeric(value: object) -> bool:
    """Return whether a value is a number or an array of numbers."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biuf"
    return isinstance(value, float | int | np.number)


def describe(value: object) -> str:
    """Describe the type or shape of a value in a few words."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if value is None:
        return "None (is `return` missing?)"
    if isinstance(value, np.ndarray) and value.shape:
        dtype = "" if is_numeric(value) else f" of type {value.dtype}"
        return f"an array of shape {value.shape}{dtype}"
    return (
        "a number" if is_numeric(value) else f"a value of type {type(value).__name__}"
    )


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of an answer, and return its result.

    Raise WrongAnswer if it changes one of its arguments.
    """
    before = copy.deepcopy(arguments)
    result = function(*arguments)
    for old, new in zip(before, arguments, strict=True):
        if isinstance(old, np.ndarray) and not np.array_equal(old, new):
            raise WrongAnswer(
                f"{function.__name__} changed an array that it received; "
                "compute a new one"
            )
    return result


def call_for(
    count: int, function: Callable[..., Any], *arguments: Any
) -> Sequence[Any]:
    """Call a function of an answer that must return `count` values, and return them.

    Raise WrongAnswer if it returns another number of values or changes an argument.
    """
    result = call(function, *arguments)
    if not isinstance(result, tuple | list) or len(result) != count:
        raise WrongAnswer(
            f"{function.__name__}: expected {count} values, received {describe(result)}"
        )
    return result
