"""Exercise 10. The transposed convolution: first by loops, then as one product.

G enlarges images by the transpose of exercise 3's convolution. The convolution sums a
patch of its image; the transpose adds a patch to its image. Each x[n, i, j, k] adds,
for all p, q and c,

    x[n, i, j, k] * W[p, q, c, k]  to  y[n, i * stride + p, j * stride + q, c].

Where patches overlap, their values add up. Pixels of y in no patch are 0. There is no
padding, so H = (I - 1) * stride + P. W is that of exercise 3: its last axis, k, now
counts the channels of the small image x. In the second form, one product makes all
patches as rows. "Columns to image" (col2im) adds them to the image.

Check your answer by `make exercise N=10`. For a hint: `make exercise N=10 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array


def convolve_transposed_by_loops(x: Array, W: Array, stride: int) -> Array:
    """Return y, by loops over the pixels of x.

    Parameters
    ----------
    x : (N, I, I, K)
    W : (P, P, C, K)

    Returns
    -------
    y : (N, H, H, C)
    """
    raise NotImplementedError


def col2im(columns: Array, shape: tuple[int, ...], P: int, stride: int) -> Array:
    """Add all rows, as patches, to an image of zeros.

    Parameters
    ----------
    columns : (N * I * I, P * P * C), in the order of im2col in exercise 3
    shape : (N, H, H, C)
        Any H with (H - P) // stride + 1 = I: the last pixels may be in no patch.

    Returns
    -------
    image : (N, H, H, C)
    """
    raise NotImplementedError


def convolve_transposed(x: Array, W: Array, stride: int) -> Array:
    """Return the same y as the loops, by one matrix product and col2im."""
    raise NotImplementedError
