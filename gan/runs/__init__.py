"""Train runs: in memory, on disk, in a worker process, and many at once.

`trainer` holds a run in memory. On disk, `run` reads a run's folder, `run_writer` writes it, and `checkpoints` saves
and restores its state. In a worker process, `session` trains and draws `sheets`, and `run_recorder` saves; `worker` is
the parent's handle on that process, and `messages` defines the protocol between the two. `queue` trains many runs, and
`progress` reports on them. `gif_export` writes a run as an animated GIF.
"""
