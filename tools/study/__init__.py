"""Run studies: train many times as planned, measure at several iterations, and produce
tables and curves.

A plan is a file in docs/studies, in the format that tools/study/plan_and_results.py
describes. Its results are stored next to it, one run per line.
"""
