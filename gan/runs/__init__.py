"""Train runs: in memory, on disk, in a worker process, and many at once.

`trainer` holds a run in memory. On disk, `run` reads a run's folder and `run_writer` writes it. In a worker process,
`worker_loop` trains, and `sheet_evaluator` draws; `worker` is the parent's handle on that process, and `messages`
defines the protocol between the two. `queue` trains many runs.
"""
