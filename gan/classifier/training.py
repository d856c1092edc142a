"""Train a classifier: Adam minimizes the cross-entropy on distorted images. Used by gan/classifier/__main__.py."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gan.classifier.network import ARCHITECTURES, FIRST, classify
from gan.data import Dataset
from gan.data.batches import distort
from nnet.fast.accelerate import accelerate
from nnet.fast.optimizers import FastAdam, RunningAverage
from nnet.layer import Array
from nnet.sequential import Sequential

PASSES = 14  # over the 60,000 images
BATCH = 100
LEARNING_RATE = 1e-3  # Adam's usual initial rate; it decays to zero along half a cosine wave


def softmax_cross_entropy(logits: Array, labels: NDArray[np.integer]) -> tuple[float, Array]:
    """Return the cross-entropy of the softmax over classes, and its gradient with respect to the logits.

    Parameters
    ----------
    logits : (N, K) array
    labels : (N,) integers below K

    Returns
    -------
    loss : float, mean of log(sum_k e^logit_k) - logit_label
    dlogits : (N, K) array, (softmax - onehot) / N
    """
    shifted = logits - logits.max(1, keepdims=True)  # (N, K); the softmax is unchanged, and no exponential overflows
    log_sum = np.log(np.exp(shifted).sum(1, keepdims=True))  # (N, 1)
    rows = np.arange(len(logits))
    loss = float(np.mean(log_sum[:, 0] - shifted[rows, labels]))
    dlogits = np.exp(shifted - log_sum)
    dlogits[rows, labels] -= 1
    return loss, dlogits / len(logits)


def accuracy(classifier: Sequential, data: Dataset) -> float:
    """Return the fraction of images that the classifier labels correctly."""
    return float((classify(classifier, data.images)[0] == data.labels).mean())


def train(
    data: Dataset,
    passes: int,
    rng: np.random.Generator,
    after_pass: Callable[[int, Sequential], None] = lambda done, average: None,
    architecture: str = FIRST,
) -> Sequential:
    """Train a classifier and return the running average of its weights.

    Parameters
    ----------
    data : Dataset
    passes : int
        Number of times that training uses every image.
    rng : random generator for the initial weights, the order of the images and the distortions
    after_pass : called after every pass with the number of finished passes and the current average network
    architecture : a key of `ARCHITECTURES`
    """
    network = ARCHITECTURES[architecture](rng)
    split, average = accelerate(network), RunningAverage(network)
    adam, step, steps = FastAdam(split), 0, passes * -(-len(data.images) // BATCH)
    for index in range(passes):
        order = rng.permutation(len(data.images))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            split.zero_grads()
            logits, saved = split.forward(distort(data.images[chosen], rng))  # (B, 10)
            _, dlogits = softmax_cross_entropy(logits, data.labels[chosen])
            split.backward(dlogits, saved, need_dx=False)
            adam.step(LEARNING_RATE * (1 + np.cos(np.pi * step / steps)) / 2)
            step += 1
            average.update(step)
        after_pass(index + 1, average.network)  # type: ignore[arg-type]
    return average.network  # type: ignore[return-value]


def round_weights(classifier: Sequential) -> None:
    """Round every weight to float16, the stored precision, so that the accuracy is measured on the stored network."""
    for w in classifier.parameters().values():
        w[...] = w.astype(np.float16)
