"""MNIST: a sample of 5,000 digits that ships with the project, the format it is stored in, the check, the download.

`idx` reads and writes the format, `checksums` knows what the right files are, `download` is the only module of the
project that reaches the network, `make_sample` is how the sample was made. `README.md` in this folder tells where the
digits come from.
"""
