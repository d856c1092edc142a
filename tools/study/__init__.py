"""Run studies: train many times, measure at several iterations, make tables.

A plan is a file in docs/studies, in the format that tools/study/plan_and_results.py
describes. Its results are stored next to it, one run per line.
"""
