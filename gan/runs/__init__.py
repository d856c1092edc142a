"""Runs: one in memory (`trainer`), on disk (`run`), in a process (`session`, `worker`), and many of them (`queue`)."""
