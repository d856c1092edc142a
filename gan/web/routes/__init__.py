"""Handle requests, with one module for each group of addresses."""
