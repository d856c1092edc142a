"""Check exercises 3 and 10, the convolution and its transpose.

Each check runs in several trials with different sizes, as in check_functions.py.
"""

from typing import Any
from unittest.mock import patch

import numpy as np

from docs.course.compare import Mistakes, WrongAnswer, call, compare
from nnet.conv import convolve, convolve_back, patches
from nnet.layer import Array

# What both checks use

PRODUCTS = (np.multiply, np.matmul)


class Filters(np.ndarray):
    """Filters that record the products of them and of their views."""

    def __array_finalize__(self, origin: Any) -> None:
        self.products = getattr(origin, "products", list[Any]())

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, **options: Any
    ) -> Any:
        if ufunc in PRODUCTS:
            self.products.append(ufunc)
        if "out" in options:
            options["out"] = tuple(map(np.asarray, options["out"]))
        return getattr(ufunc, method)(*map(np.asarray, inputs), **options)


def check_product(
    answer: Any, name: str, helper: str, x: Array, W: Array, stride: int
) -> Array:
    """Call a function of an answer, which must use its `helper` and one product."""
    filters = W.view(Filters)
    with patch.object(answer, helper, wraps=getattr(answer, helper)) as called:
        result = call(getattr(answer, name), x, filters, stride)
    products = len(filters.products)
    if not called.called or products > 1:
        found = f"{products} products" if called.called else f"no call of {helper}"
        raise WrongAnswer(
            f"{name}: expected one product, of all rows with all filters, and a call "
            f"of {helper}, received {found}"
        )
    return result


# Exercise 3: the convolution


def check_convolution(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the convolution by loops, the rows of im2col, and the product with them."""
    # H - P is not always a multiple of the stride.
    sizes = [(2, 8, 3, 2, 4, 2), (3, 7, 2, 3, 2, 1), (1, 11, 4, 1, 3, 3)]
    N, H, P, C, K, stride = sizes[trial]
    x = rng.standard_normal((N, H, H, C))
    W = rng.standard_normal((P, P, C, K))

    y = convolve(x, W, stride, 0)  # (N, I, I, K)
    mistakes = wrong_convolutions(x, W, stride, y)
    by_loops = call(answer.convolve_by_loops, x, W, stride)
    compare("y of convolve_by_loops", by_loops, y, mistakes)

    squares = patches(x, P, stride, 0)  # (N, I, I, P, P, C)
    rows = squares.reshape(-1, P * P * C)
    received = call(answer.im2col, x, P, stride)
    compare("im2col", received, rows, wrong_rows(squares, rows))

    by_product = check_product(answer, "convolve", "im2col", x, W, stride)
    compare("y of convolve", by_product, y, mistakes)


def wrong_convolutions(x: Array, W: Array, stride: int, y: Array) -> Mistakes:
    """Return frequent mistakes in a convolution whose right result is y."""
    I = y.shape[1]
    flipped = convolve(x, W[::-1, ::-1], stride, 0)
    without_stride = convolve(x, W, 1, 0)[:, :I, :I]
    return [
        (
            flipped,
            "has a flipped filter: "
            "expected W[p, q] times the pixel p down and q across",
        ),
        (
            without_stride,
            "ignores the stride: patches begin at i * stride and j * stride",
        ),
        (
            y.swapaxes(1, 2),
            "has rows and columns exchanged: i and p count down, j and q across",
        ),
    ]


def wrong_rows(squares: Array, rows: Array) -> Mistakes:
    """Return frequent mistakes in the rows of im2col.

    `squares` are the same patches as an array (N, I, I, P, P, C).
    """
    c_first = np.moveaxis(squares, 5, 3)
    q_first = squares.swapaxes(3, 4)
    down_first = squares.swapaxes(1, 2)
    return [
        (
            c_first.reshape(rows.shape),
            "has c before p and q in its rows: expected p, then q, then c, as in W",
        ),
        (
            q_first.reshape(rows.shape),
            "has q before p in its rows: expected p, then q, then c, as in W",
        ),
        (
            down_first.reshape(rows.shape),
            "has its rows in the wrong order: expected from left to right, then down",
        ),
        (rows.T, "is transposed: expected one row for each patch"),
    ]


# Exercise 10: the transposed convolution


def check_transposed_convolution(
    answer: Any, rng: np.random.Generator, trial: int
) -> None:
    """Check the loops, the sum of col2im, and the product before it."""
    # Patches overlap in the first and the last trial. In the second, gaps stay 0.
    sizes = [(2, 3, 3, 4, 4, 2), (3, 2, 2, 3, 2, 3), (1, 4, 4, 1, 3, 1)]
    N, I, P, C, K, stride = sizes[trial]
    H = (I - 1) * stride + P
    x = rng.standard_normal((N, I, I, K))
    W = rng.standard_normal((P, P, C, K))

    y = convolve_back(x, W, stride, 0, (H, H))  # (N, H, H, C)
    last = convolve_back(x[..., -1:], W[..., -1:], stride, 0, (H, H))
    patch_counts = add_rows(np.ones((1, I, I, P, P, 1)), (1, H, H, 1), stride)
    mistakes = wrong_transposes(x, W, stride, y)
    try:
        by_loops = call(answer.convolve_transposed_by_loops, x, W, stride)
    except ValueError as error:
        if "broadcast" in str(error):
            error.args = (f"{error}; are all {H} rows, (I - 1) * stride + P, in y?",)
        raise
    name = "y of convolve_transposed_by_loops"
    compare_sum(name, by_loops, y, mistakes, patch_counts, last)

    rows = rng.standard_normal((N * I * I, P * P * C))
    # If the stride allows it, the last row and column of the image are in no patch.
    rest = int(stride > 1)
    shape = (N, H + rest, H + rest, C)
    squares = rows.reshape(N, I, I, P, P, C)
    image = add_rows(squares, shape, stride)
    patch_counts = add_rows(np.ones((1, I, I, P, P, 1)), (1, *shape[1:3], 1), stride)
    received = call(answer.col2im, rows, shape, P, stride)
    wrong = wrong_sums(rows, squares.shape, shape, stride)
    compare_sum("the image of col2im", received, image, wrong, patch_counts)

    by_product = check_product(answer, "convolve_transposed", "col2im", x, W, stride)
    compare("y of convolve_transposed", by_product, y, mistakes)


def compare_sum(
    name: str,
    received: Any,
    right: Array,
    mistakes: Mistakes,
    patch_counts: Array,
    last: Array | None = None,
) -> None:
    """Compare a sum of patches, after the mistakes of any such sum.

    `patch_counts` says how many patches contain each pixel, (1, H, H, 1). `last` is
    what the last channel of x alone makes.
    """
    if isinstance(received, np.ndarray) and received.shape == right.shape:
        overwrites = (
            "is wrong only where patches overlap: expected their sum there; add by "
            "+=, and do not overwrite"
        )
        for alone in (right, *([] if last is None else [last])):
            overwritten = np.where(patch_counts > 1, received, alone)
            mistakes = [*mistakes, (overwritten, overwrites)]
            overwrites = "has only the last channel of x: add all by +="
    elif last is not None and np.ndim(received) == 4:
        H = right.shape[1]
        if received.shape[1] != H:
            raise WrongAnswer(
                f"{name} has the wrong size: expected (I - 1) * stride + P, here {H} "
                f"rows, received {received.shape[1]}"
            )
    compare(name, received, right, mistakes)


def add_rows(squares: Array, shape: tuple[int, ...], stride: int) -> Array:
    """Add patches, (N, I, I, P, P, C), to an image of zeros, (N, H, H, C)."""
    P = squares.shape[3]
    C = shape[3]
    one_each = np.eye(P * P * C).reshape(P, P, C, -1)
    rows = squares.reshape(*squares.shape[:3], -1)
    return convolve_back(rows, one_each, stride, 0, shape[1:3])


def wrong_transposes(x: Array, W: Array, stride: int, y: Array) -> Mistakes:
    """Return frequent mistakes in a transposed convolution whose right result is y."""
    _, _, C, K = W.shape
    H = y.shape[1]

    def with_filters(filters: Array) -> Array:
        return convolve_back(x, filters, stride, 0, (H, H))

    mistakes: Mistakes = [
        (
            with_filters(W[::-1, ::-1]),
            "has a flipped filter: expected W[p, q] added to the pixel p down and q "
            "across",
        ),
        (
            convolve_back(x, W, 1, 0, (H, H)),
            "ignores the stride: pixel (i, j) of x adds to the patch that begins at "
            "i * stride and j * stride",
        ),
        (
            convolve_back(x.swapaxes(1, 2), W, stride, 0, (H, H)),
            "has rows and columns exchanged: i and p count down, j and q across",
        ),
        (
            with_filters(W.reshape(K, -1).T.reshape(W.shape)),
            "has W reshaped to (K, P * P * C): expected the transpose of its columns, "
            "W.reshape(-1, K).T",
        ),
    ]
    if C == K:
        exchanged = (
            with_filters(W.swapaxes(2, 3)),
            "has the channels of W exchanged: expected its last axis, k, for x and c "
            "for y",
        )
        mistakes = [*mistakes, exchanged]
    return mistakes


def wrong_sums(
    rows: Array, squares: tuple[int, ...], shape: tuple[int, ...], stride: int
) -> Mistakes:
    """Return frequent mistakes in col2im; `squares` is (N, I, I, P, P, C)."""
    N, I, _, P, _, C = squares
    in_order = "expected p, then q, then c, as in W"

    def summed(patches: Array, stride: int = stride) -> Array:
        return add_rows(patches, shape, stride)

    right = rows.reshape(squares)
    c_first = np.moveaxis(rows.reshape(N, I, I, C, P, P), 3, 5)
    return [
        (
            summed(right, 1),
            "ignores the stride: patches begin at i * stride and j * stride",
        ),
        (summed(c_first), f"reads c before p and q from a row: {in_order}"),
        (summed(right.swapaxes(3, 4)), f"reads q before p from a row: {in_order}"),
        (
            summed(right.swapaxes(1, 2)),
            "reads the rows in the wrong order: expected from left to right, then down",
        ),
    ]
