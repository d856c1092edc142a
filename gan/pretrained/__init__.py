"""What ships already trained: generators, a discriminator, two classifiers and recorded runs. README.md describes them.

The modules create them: `ship` the generators and the discriminator, `card` their table, `record` and `record_pair` the
recorded runs.
"""
