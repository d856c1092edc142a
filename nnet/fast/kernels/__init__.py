"""Compiled loops over plain arrays. This package does not depend on layers or networks."""
