"""Measure the quality of generators: `python -m gan.evaluate`.

Read the modules in this order: measures (the mathematics), evaluators (the classifiers and their figures), figures (the
comparisons), generators (the models that are measured), table and report (the output), and `__main__` (the command).
"""
