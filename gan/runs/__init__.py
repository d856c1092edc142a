"""Train runs: in memory, on disk, in a worker process, and many at once.

`trainer` holds a run in memory. On disk, `run` reads a run's folder, `run_writer`
writes it, and `folder_lock` locks it. In a worker process, `session` trains the run and
`previews` shows it; `worker` is the parent's handle on that process, `messages` what
they send, and `worker_link` how. `local_queue` trains many runs.
"""
