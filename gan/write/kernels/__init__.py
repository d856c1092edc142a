"""The writer's loops, compiled: raw arrays in, raw arrays out. They know nothing of digits or files.

Numba takes 0.4 s to import, so the rest of gan.write imports these within the functions that need them.
"""
