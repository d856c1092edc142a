"""What ships already trained: generators, a discriminator, two classifiers, recorded runs. README.md tells of each.

The modules make them: `ship` the generators and the discriminator, `card` their table, `record` and `record_pair` the
recorded runs.
"""
