"""Trained networks: load them, draw, finish grey values, recognize digits."""
