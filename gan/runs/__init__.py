"""Training runs: in memory, on disk, in a worker process, and many at once.

In memory: `trainer`. On disk: `run` reads, `run_writer` writes, `checkpoints` saves and restores. In a worker process:
`session` trains and shows `sheets`, `run_recorder` saves; `worker` is the parent's handle and `messages` the protocol.
Many runs: `queue`, with `progress`. `film` exports a GIF, `trash` deletes a run.
"""
