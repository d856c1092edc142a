"""The programs for users: `train.py` and `server.py` at the top of the checkout only call these modules."""
