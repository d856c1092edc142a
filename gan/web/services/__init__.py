"""Manage what exists longer than a request: runs, writer processes and threads."""
