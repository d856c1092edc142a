"""Compare an answer with the right one, and say in one sentence what is wrong."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nnet.layer import Array

# Differences relative to the largest number. The rounding errors of float32 are
# accepted; those of finite differences are not.
SAME = 1e-5
NEAR = 1e-3
# The value that a frequent mistake results in, and how the sentence about it goes on
# after the name of the value.
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
    name : of the value; every sentence begins with it
    received : what an answer returned
    expected : a number or an array
    mistakes : the frequent ones, each named if the received value equals its value
    names : of the numbers, if the value is a vector; otherwise their indices are shown
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
    """Return what an answer returns.

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
    """Return the values of an answer that must return several.

    Raise WrongAnswer if it returns another number of them or changes an argument.
    """
    result = call(function, *arguments)
    if not isinstance(result, tuple | list) or len(result) != count:
        raise WrongAnswer(
            f"{function.__name__}: expected {count} values, received {describe(result)}"
        )
    return result
