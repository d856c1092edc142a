"""Handwritings: the generator's drawings of digits, and which of them are written."""
