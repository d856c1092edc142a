"""The writer's loops, compiled: raw arrays in, raw arrays out. They know nothing of digits or files.

Numba takes 0.4 s to import, so `import gan.write` alone imports none of these: what makes files imports them within the
functions that need them, what makes strokes (skeleton, graph, shape, formed) is imported itself when a handwriting is
asked for. `python -m gan.write.warm` compiles them all.
"""
