"""Measure the quality of generators: `python -m gan.evaluate`.

Read the modules in this order: measures (the mathematics), compare_with_real (the two evaluators), real_against_real
(the comparisons), simple_evaluators (which tell drawn digits from real ones), generators (the models that are
measured), own_images, table and report (the output), and `__main__` (the command).
"""
