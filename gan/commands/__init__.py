"""The programs for users: `gan-digits`, `train.py` and `server.py`.

The files at the top only call these modules.
"""
