"""A small neural-network library, every derivative written by hand.

Start with `nnet.layer`: what a layer is. It knows nothing of GANs; `gan` is built on it.
"""
