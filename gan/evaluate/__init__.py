"""Quality metrics for generators: `python -m gan.evaluate`.

Read in this order: measures (the mathematics), evaluators (the classifiers and their figures), figures (what is
compared with what), generators (what is measured), table and report (output), `__main__` (the command).
"""
