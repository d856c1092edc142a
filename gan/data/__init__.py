"""The training digits: the sample that ships with the project, or the full MNIST data set in a folder.

`dataset` loads them, `batches` shuffles and distorts them, `nearest` measures distances to them, and `idx` reads,
writes and verifies their files. `make_sample` selected the sample. `download` is the only module that accesses the
internet, and only the command `python -m gan.data download` uses it.
"""

from gan.data.dataset import DOWNLOAD_DIRECTORY, Dataset, load, load_test, only

__all__ = ["DOWNLOAD_DIRECTORY", "Dataset", "load", "load_test", "only"]
