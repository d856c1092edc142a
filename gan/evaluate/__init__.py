"""Measure the quality of generators: `python -m gan.evaluate`.

Read the modules in this order: measures (the mathematics), compare_with_real (the two
evaluators), real_against_real (the comparisons), tell_apart (which tells drawn
digits from real ones), generators (the models that are measured), table and report (the
output), and `__main__` (the command).
"""
