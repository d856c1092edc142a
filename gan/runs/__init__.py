"""Runs: one in memory, on disk, in a process, and many of them.

In memory: `trainer`. On disk: `run` reads, `writer` writes, `checkpoints` goes on. Both together: `kept`. In a process
that obeys and tells: `session`, `worker`, with their words in `events`. Many: `queue`, shown by `progress`. To take
away: `film`. What a person does with one: `label` names it, `trash` deletes it.
"""
