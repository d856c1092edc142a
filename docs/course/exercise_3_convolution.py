"""Exercise 3. The convolution: first by loops, then as one matrix product.

y[n, i, j, k] is the sum over p, q and c of

    x[n, i * stride + p, j * stride + q, c] * W[p, q, c, k].

There is no padding, so I = (H - P) // stride + 1, and the filter is not flipped. In the
second form, "image to columns" (im2col), each patch of the image becomes a row, and
each filter a column. Their product is the convolution.

Check your answer by `make exercise N=3`. For a hint: `make exercise N=3 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array


def convolve_by_loops(x: Array, W: Array, stride: int) -> Array:
    """Return y, by loops over the pixels of y.

    Parameters
    ----------
    x : (N, H, H, C)
    W : (P, P, C, K)

    Returns
    -------
    y : (N, I, I, K)
    """
    raise NotImplementedError


def im2col(x: Array, P: int, stride: int) -> Array:
    """Return all patches of x as rows: of image 0, row by row, then of image 1.

    Parameters
    ----------
    x : (N, H, H, C)

    Returns
    -------
    columns : (N * I * I, P * P * C)
        The numbers in a row are in the order of W: p, then q, then c.
    """
    raise NotImplementedError


def convolve(x: Array, W: Array, stride: int) -> Array:
    """Return the same y as `convolve_by_loops`, by im2col and one matrix product."""
    raise NotImplementedError
