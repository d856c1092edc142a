"""Contain the 5,000 MNIST digits that ship with the project, and `make_sample`, which selected them.

README.md in this folder describes them.
"""
