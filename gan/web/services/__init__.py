"""Manage what outlasts a request: runs, writer processes and threads."""
