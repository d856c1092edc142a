"""The layers of `nnet`, accelerated: numba kernels, fast convolutions, and batches divided over threads.

Read in this order: accelerate (plain to fast), layers (fused passes), convolution (choice of kernel), kernels/im2col,
kernels/winograd with docs/winograd.md, kernels/toom_cook, kernels/products with docs/products.md, kernels/vectors, and
split (threads). `optimizers` holds Adam and the average of the weights; `warm` compiles all kernels.
"""
