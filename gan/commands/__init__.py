"""The programs for users: `gan-digits`, `train.py` and `server.py`.

The scripts `train.py` and `server.py` in a checkout only call these modules.
"""
