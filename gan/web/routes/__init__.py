"""Request handlers, with one module for each group of addresses."""
