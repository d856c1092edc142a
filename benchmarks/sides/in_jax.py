"""The same GAN in JAX: a whole iteration is one compiled function, its derivatives are those of jax.grad.

The gradient penalty is a gradient within a function whose gradient is taken. Weights and images have our order; the
transposed convolution is the derivative of the convolution, so its filters have, too.

XLA has no call that sets its threads: it starts as many as the process may use cores. So the process is bound to that
many before JAX looks; where that is not possible (macOS, Windows) it takes them all.
"""

import os
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from benchmarks.contest.agreement import Arrays, deviations, noise_images, part
from benchmarks.contest.contestant import Made
from gan.config import Config
from gan.models import MAP

SLOPE = 0.2
SLOWEST = 0.999  # of the running average, as on our side
EPSILON = 1e-8  # of Adam
BATCHES = 8  # the images are so many batches
Weights = list[Array]  # W, b, W, b ... in the order of the layers
ORDER = ("NHWC", "HWIO", "NHWC")


def leaky(z: Array) -> Array:
    """LeakyReLU with the slope of the reference network."""
    return jnp.where(z > 0, z, SLOPE * z)


def convolution(x: Array, W: Array) -> Array:
    """4x4, stride 2, padding 1."""
    return lax.conv_general_dilated(x, W, (2, 2), ((1, 1), (1, 1)), dimension_numbers=ORDER)


def transposed(x: Array, W: Array) -> Array:
    """The mirror image of `convolution`."""
    return lax.conv_transpose(x, W, (2, 2), ((2, 2), (2, 2)), dimension_numbers=ORDER, transpose_kernel=True)


def generate(weights: Weights, latents: Array) -> Array:
    """(N, latent) -> (N, 28, 28, 1)."""
    *dense, W1, b1, W2, b2 = weights
    x = latents
    for W, b in zip(dense[::2], dense[1::2], strict=True):
        x = leaky(x @ W + b)
    x = leaky(transposed(x.reshape(len(x), MAP, MAP, -1), W1) + b1)
    return jnp.tanh(transposed(x, W2) + b2)


def discriminate(weights: Weights, images: Array) -> Array:
    """(N, 28, 28, 1) -> (N, 1)."""
    W1, b1, W2, b2, *dense = weights
    x = leaky(convolution(images, W1) + b1)
    x = leaky(convolution(x, W2) + b2).reshape(len(x), -1)
    for W, b in zip(dense[:-2:2], dense[1:-2:2], strict=True):
        x = leaky(x @ W + b)
    return x @ dense[-2] + dense[-1]


class Adam(NamedTuple):
    """Its moments; a step is `moved`."""

    m: Weights
    v: Weights

    def moved(
        self, weights: Weights, gradients: Weights, t: Array, rate: Array, config: Config
    ) -> tuple[Weights, "Adam"]:
        """Weights and moments after step t (1, 2, ...)."""
        beta1, beta2 = config.beta1, config.beta2
        m = [beta1 * m + (1 - beta1) * dw for m, dw in zip(self.m, gradients, strict=True)]
        v = [beta2 * v + (1 - beta2) * dw * dw for v, dw in zip(self.v, gradients, strict=True)]
        rate, part = rate / (1 - beta1**t), 1 / (1 - beta2**t)
        steps = [rate * m / (jnp.sqrt(part * v) + EPSILON) for m, v in zip(m, v, strict=True)]
        return [w - step for w, step in zip(weights, steps, strict=True)], Adam(m, v)


class State(NamedTuple):
    """All that an iteration changes."""

    G: Weights
    D: Weights
    g_adam: Adam
    d_adam: Adam
    average: Weights
    t: Array
    key: Array


def d_loss(D: Weights, real: Array, fake: Array, config: Config) -> Array:
    """With the gradient penalty where the config has one."""
    B, images = len(real), jnp.concatenate([real, fake])
    if config.gamma > 0:
        logits, pull = jax.vjp(partial(discriminate, D), images)
        (gradient,) = pull(jnp.ones_like(logits))
        return jax.nn.softplus(logits[B:] - logits[:B]).mean() + config.gamma / 2 * (gradient**2).sum() / B
    logits = discriminate(D, images)
    if config.loss == "classic":
        return (jax.nn.softplus(-logits[:B]).mean() + jax.nn.softplus(logits[B:]).mean()) / 2
    return jax.nn.softplus(logits[B:] - logits[:B]).mean()


def update(
    state: State, real: Array, latents: Array, rate: Array, config: Config
) -> tuple[State, tuple[Weights, Weights]]:
    """One update of D, one of G; the gradients of G and of D as well, which cost nothing where they are not used."""
    t = state.t + 1
    fake, pull = jax.vjp(lambda G: generate(G, latents), state.G)
    d_gradients = jax.grad(d_loss)(state.D, real, fake, config)
    D, d_adam = state.d_adam.moved(state.D, d_gradients, t, rate, config)

    def g_loss(fake: Array) -> Array:
        logits = discriminate(D, fake)
        rival = discriminate(D, real) if config.loss == "relativistic" else 0.0
        return jax.nn.softplus(rival - logits).mean()

    (g_gradients,) = pull(jax.grad(g_loss)(fake))
    G, g_adam = state.g_adam.moved(state.G, g_gradients, t, rate, config)
    decay = jnp.minimum(SLOWEST, (1 + t) / (10 + t))
    average = [a + (1 - decay) * (w - a) for a, w in zip(state.average, G, strict=True)]
    return State(G, D, g_adam, d_adam, average, t, state.key), (g_gradients, d_gradients)


def iterate(state: State, images: Array, config: Config) -> State:
    """One iteration on a random batch of (N, 28, 28, 1) uint8 images."""
    key, for_batch, for_latents = jax.random.split(state.key, 3)
    chosen = jax.random.randint(for_batch, (config.batch,), 0, len(images))
    real = images[chosen].astype(jnp.float32) / 127.5 - 1
    latents = jax.random.normal(for_latents, (config.batch, config.latent))
    return update(state._replace(key=key), real, latents, jnp.float32(config.learning_rate), config)[0]


class JaxGan:
    """Both players and one iteration, compiled."""

    def __init__(self, config: Config, images: np.ndarray) -> None:
        self.config, self.images = config, jnp.asarray(images[..., None])
        rng = np.random.default_rng(0)
        players = config.build_generator(rng), config.build_discriminator(rng)
        self.state = self.begin(*(list(player.parameters().values()) for player in players))
        # The old state's memory becomes the new one's.
        self.compiled = jax.jit(iterate, static_argnums=2, donate_argnums=0)

    @staticmethod
    def begin(G: list[Any], D: list[Any]) -> State:
        """A state before the first iteration."""
        weights = [[jnp.array(w) for w in network] for network in (G, D, G)]
        moments = [[jnp.zeros_like(w) for w in network] for network in (weights[0], weights[0], weights[1], weights[1])]
        adams = Adam(*moments[:2]), Adam(*moments[2:])
        return State(weights[0], weights[1], *adams, weights[2], jnp.int32(0), jax.random.key(0))

    def iterate(self) -> None:
        """One iteration, waited for: JAX would return before it is done."""
        self.state = jax.block_until_ready(self.compiled(self.state, self.images, self.config))

    def check(self, path: str) -> dict[str, float]:
        """Take over the weights of our file and tell how far the gradients deviate, by part and name."""
        arrays: Arrays = dict(np.load(path))
        self.state = self.begin(*(list(part(arrays, name).values()) for name in ("generator", "discriminator")))
        compiled = jax.jit(update, static_argnums=4)
        _, gradients = compiled(self.state, arrays["real"], arrays["latents"], jnp.float32(0), self.config)
        found: dict[str, float] = {}
        for name, theirs in zip(("generator gradient", "discriminator gradient"), gradients, strict=True):
            ours = part(arrays, name)
            worst = deviations(list(ours.values()), [np.asarray(dw) for dw in theirs])
            found |= zip((f"{name} {key}" for key in ours), worst, strict=True)
        return found


def iteration(config: str, threads: int) -> Made:
    """One iteration; `config` as JSON."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    settings = Config.from_json(config, "benchmark")
    gan = JaxGan(settings, noise_images(BATCHES * settings.batch))
    return Made({"iteration": gan.iterate}, gan.check)
