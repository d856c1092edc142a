"""A handwriting: which drawings of a digit it writes with."""
