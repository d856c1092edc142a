"""How contestants take turns, what they must agree on, and how the figures are told."""
