"""What ships already trained: generators, the classifier, a recorded run. README.md says how they were made.

The modules make them: `ship` and `card` the generators and their table, `record` and `animate` the recorded run.
"""
