"""How good are the digits? Measures, figures, and the command `python -m gan.evaluate`."""
