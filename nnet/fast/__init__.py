"""The layers of `nnet`, faster: numba kernels, fast convolutions, a batch divided over threads.

Read in this order: accelerate (from plain to fast), layers (bias and mask in one pass), convolution (which kernel),
kernels/im2col, kernels/winograd with docs/winograd.md, kernels/toom_cook, kernels/tiles, kernels/products with
docs/products.md, kernels/vectors, and split (threads). adam and average are short; warm compiles the kernels before
they are needed.
"""
