"""The layers of `nnet`, faster: numba kernels, fast convolutions, a batch divided over threads."""
