"""What the server keeps and does between requests: runs, writers, rounds, threads."""
