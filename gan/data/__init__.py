"""The digits to learn from: the sample that ships with the project, or the full MNIST in a folder of your own.

`dataset` loads them, `batches` deals them out, `distort` bends few of them into more; `idx` reads and writes the
format, `checksums` knows what the right files are, and `download` is the only module that reaches the network, for the
command that asks for it: `python -m gan.data download`.
"""

from gan.data.dataset import DOWNLOAD_DIRECTORY, Dataset, load, load_test, only

__all__ = ["DOWNLOAD_DIRECTORY", "Dataset", "load", "load_test", "only"]
