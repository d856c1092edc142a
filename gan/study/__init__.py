"""Which numbers are best? Many trainings after a plan, measured at marks, and what was found as tables and curves.

A plan is a file of docs/studies (gan/study/plan.py says what it holds); what was found lies beside it, a line a point.
"""
