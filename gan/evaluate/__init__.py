"""Measure the quality of generators: `python -m gan.evaluate`.

Read the modules in this order: measures (the mathematics), compare_with_real (the two
classifiers that evaluate drawings), real_against_real (the baseline of real digits),
tell_apart (a network trained to tell drawn digits from real ones), generators (loads
the models to measure), table and report (the output), and `__main__` (the command).
"""
