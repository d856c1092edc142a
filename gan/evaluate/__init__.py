"""How good are the digits? `python -m gan.evaluate` says it in figures.

Read in this order: measures (the mathematics), judges (who looks at the digits), figures (what is compared with what),
drawers (whose digits), lessons (what they teach), table and report (for people), `__main__` (the command).
"""
