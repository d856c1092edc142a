"""Accelerate the layers of `nnet` by compiled kernels and several processes.

Read the modules in this order: accelerate (from plain to fast layers), layers (fused
passes), convolution_methods (choice of kernel), kernels/im2col, kernels/winograd with
docs/winograd.md, kernels/winograd_transforms, kernels/products with docs/products.md,
and kernels/simd_loops. `optimizers` contains Adam and the average of the weights. A run
on several cores uses team (processes, kernels/atomics), network_in_shared_memory (their
weights and Adam), and parallel_forward (threads for drawing). `warm` compiles all
kernels.
"""
