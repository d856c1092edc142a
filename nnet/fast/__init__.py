"""Accelerate the layers of `nnet` with numba kernels and fast convolutions.

Read the modules in this order: accelerate (from plain to fast layers), layers (fused passes), convolution_methods
(choice of kernel), kernels/im2col, kernels/winograd with docs/winograd.md, kernels/winograd_transforms,
kernels/products with docs/products.md, kernels/simd_loops, and forward (threads). `optimizers` contains Adam and the
average of the weights, and `warm` compiles all kernels.
"""
