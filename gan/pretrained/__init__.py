"""What ships already trained: generators, two classifiers, a recorded run. README.md says how they were made.

The modules make them: `ship` and `card` the generators and their table, `record` the recorded run.
"""
