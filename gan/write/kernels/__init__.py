"""Compiled loops of the writer: arrays in, arrays out.

Importing numba takes 0.4 s, so `import gan.write` alone imports none of these modules. Code that encodes files imports
them inside its functions; code that makes strokes is itself imported when a handwriting is first needed.
`python -m gan.write.warm` compiles them all.
"""
