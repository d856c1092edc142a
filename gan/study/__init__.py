"""Studies: many trainings by a plan, measured at several iterations, with results as tables and curves.

A plan is a file in docs/studies (gan/study/plan.py describes it); its results are stored next to it, one point a line.
"""
