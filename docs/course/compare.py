"""Compare an answer with the right one, and say in one sentence what is wrong with it."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnet.layer import Array

# differences relative to the largest number; float32 is good enough, small steps are
# not
SAME = 1e-5
NEAR = 1e-3
# from what is wrong to the value that it results in
Mistakes = Mapping[str, Any] | None


class WrongAnswer(Exception):
    """An answer that is not right; the text says why."""


def close(received: Array, expected: Array) -> bool:
    """Return whether the two are equal up to the rounding errors of float32."""
    same = SAME * np.abs(expected).max() + 1e-9
    return received.shape == expected.shape and bool(
        (np.abs(received - expected) <= same).all()
    )


def compare(
    name: str,
    received: object,
    expected: Any,
    mistakes: Mistakes = None,
    names: Sequence[str] = (),
) -> None:
    """Raise WrongAnswer unless the received value is the expected one.

    Name the mistake if it is a known one.

    `names` are those of the numbers of a vector.
    """
    right = np.asarray(expected)
    if not is_numeric(received):
        raise WrongAnswer(f"{name}: expected {kind(right)}, received {kind(received)}")
    value = np.asarray(received, float)
    if close(value, right):
        return
    for mistake, wrong in (mistakes or {}).items():
        if close(value, np.asarray(wrong)):
            raise WrongAnswer(f"{name} {mistake}")
    if value.shape != right.shape:
        hint = "; it is transposed" if value.ndim == 2 and close(value.T, right) else ""
        raise WrongAnswer(
            f"{name} has the wrong shape: expected {kind(right)}, received {kind(value)}{hint}"
        )
    if not np.isfinite(value).all():
        raise WrongAnswer(
            f"{name} contains infinity or nan: an overflow, a division by 0, or a root of less than 0"
        )
    if close(value, -right):
        raise WrongAnswer(f"{name} has the wrong sign")
    factor = float((value * right).sum() / (right * right).sum())
    if value.any() and value.size > 1 and close(value, factor * right):
        # any number is a multiple of another
        raise WrongAnswer(
            f"{name} has the wrong scale: received {factor:.6g} times the expected value"
        )
    place = np.unravel_index(np.abs(value - right).argmax(), right.shape)
    where = names[place[0]] if names else f"[{', '.join(map(str, place))}]"
    at = f" at {where}" if place else ""
    near = np.abs(value - right).max() <= NEAR * np.abs(right).max()
    digits, advice = (
        (9, ", which is near: small steps, limits and rounding are not exact")
        if near
        else (4, "")
    )
    values = f"expected {right[place]:.{digits}g}, received {value[place]:.{digits}g}"
    raise WrongAnswer(f"{name} is wrong{at}: {values}{advice}")


def is_numeric(value: object) -> bool:
    """Return whether a value is a number or an array of numbers."""
    return isinstance(value, float | int | np.number) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
    )


def kind(value: object) -> str:
    """Describe the type or shape of a value in a few words."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if value is None:
        return "None (is `return` missing?)"
    if isinstance(value, np.ndarray) and value.shape:
        return f"an array of shape {value.shape}{'' if is_numeric(value) else f' of type {value.dtype}'}"
    return (
        "a number" if is_numeric(value) else f"a value of type {type(value).__name__}"
    )


def outputs(function: Callable[..., Any], count: int, *arguments: Any) -> Sequence[Any]:
    """Call an answer that returns so many values.

    Raise WrongAnswer if it changes an argument or returns others.
    """
    before = copy.deepcopy(arguments)
    result = function(*arguments)
    for old, new in zip(before, arguments, strict=True):
        if isinstance(old, np.ndarray) and not np.array_equal(old, new):
            raise WrongAnswer(
                f"{function.__name__} changed an array that it received; compute a new one"
            )
    if count > 1 and not (isinstance(result, tuple | list) and len(result) == count):
        raise WrongAnswer(
            f"{function.__name__}: expected {count} values, received {kind(result)}"
        )
    return result if count > 1 else [result]
