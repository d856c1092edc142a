"""Contain the networks and recorded runs that ship with the project, and the programs that create them.

README.md in this folder describes the generators, the discriminator, the two classifiers and the recorded runs. `ship`
creates the generators and the discriminator, and `card` writes their table. `make_recorded_run` and
`make_recorded_pair` create the recorded runs.
"""
