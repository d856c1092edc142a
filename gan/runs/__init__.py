"""Train runs: in memory, on disk, in a worker process, and many at once.

`trainer` holds a run in memory. On disk, `run` reads a run's folder, `run_writer` writes it, and
`folder_lock` locks it. In a worker process,
`worker_loop` trains, and `sheet_evaluator` draws; `worker` is the parent's handle on that process, and `messages`
defines the protocol between the two. `run_queue` trains many runs.
"""
