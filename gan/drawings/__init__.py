"""Load trained networks, draw, finish the grey values, and recognize digits."""
