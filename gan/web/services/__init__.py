"""Manage the state and the work of the server that outlast a request: runs, writers,
rounds and threads.
"""
