"""State and work of the server that outlast a request: runs, writers, rounds, threads."""
