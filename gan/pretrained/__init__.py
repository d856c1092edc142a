"""Networks and recorded runs that ship with the project, and the programs that create them.

There are generators, a discriminator, two classifiers and recorded runs. README.md in this folder describes them.
`ship` creates the generators and the discriminator, and `card` writes their table. `make_recorded_run` and
`make_recorded_pair` create the recorded runs.
"""
