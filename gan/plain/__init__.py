"""The plain GAN, complete, with NumPy alone.

Start here: `python -m gan.plain` draws a digit within a minute.

Read `one_digit` (the loop), `training` (an update of D, and one of G while D is
frozen), then `models` (the networks). `__main__` has the options and the pictures.
"""
