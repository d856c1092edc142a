"""Compiled loops over plain arrays. They know nothing of layers or networks."""
