"""How many floating-point operations an iteration cannot do without, counted from shapes.

Counted are products only, a multiplication and an addition as two: the dense layers, the one-channel convolutions
between 28x28 and 14x14, and the convolutions between 14x14 and 7x7, which docs/winograd.md turns into 64 products.
Everything else (transforms, activations, Adam) is what a perfect program would hide behind them. Divided by the speed
of large matrix products, that gives a time that no program with these products can beat.
"""

from itertools import pairwise

from gan.config import Config
from gan.models import MAP

KERNEL = 4  # pixels a side of every filter
STRIDE = 2
TILE = 64  # products of one Toom-Cook tile, 8 x 8 points


def dense(inputs: int, outputs: int) -> int:
    """Operations of one sample through a dense layer; as many again for each of its gradients."""
    return 2 * inputs * outputs


def small_map(inputs: int, outputs: int, convolution: str) -> int:
    """Operations of one sample through the convolution between 14x14 and 7x7, either way."""
    if convolution == "im2col":
        return dense(KERNEL**2 * inputs, outputs) * MAP**2
    return dense(STRIDE**2 * inputs, outputs) * TILE


def one_channel(outputs: int) -> int:
    """Operations of one sample through the convolution between 28x28x1 and 14x14, either way."""
    return dense(KERNEL**2, outputs) * (STRIDE * MAP) ** 2


def generator_layers(config: Config) -> list[int]:
    """Operations of one sample through each of G's layers."""
    channels_14, channels_7 = config.channels
    widths = [config.latent, *config.hidden_generator, MAP * MAP * channels_7]
    convolutions = [small_map(channels_14, channels_7, config.convolution), one_channel(channels_14)]
    return [dense(a, b) for a, b in pairwise(widths)] + convolutions


def discriminator_layers(config: Config) -> list[int]:
    """Operations of one sample through each of D's layers."""
    channels_14, channels_7 = config.channels
    hidden = [config.hidden_discriminator] if config.hidden_discriminator else []
    widths = [MAP * MAP * channels_7, *hidden, 1]
    convolutions = [one_channel(channels_14), small_map(channels_14, channels_7, config.convolution)]
    return convolutions + [dense(a, b) for a, b in pairwise(widths)]


def iteration(config: Config) -> int:
    """Operations of one iteration.

    A layer's forward, its weight gradient and its input gradient cost the same. The first layer of what is updated
    needs no input gradient.
    """
    G, D = generator_layers(config), discriminator_layers(config)
    update_d = 2 * (3 * sum(D) - D[0])  # real and fake
    if config.gamma > 0:  # the gradient by the images, and a push through all layers but the last
        update_d += 2 * (D[0] + sum(D[:-1]))
    update_g = 3 * sum(G) - G[0] + 2 * sum(D)  # D forward, and the gradient back through it
    if config.loss == "relativistic":
        update_g += sum(D)  # what the moved D says of the real images
    return config.batch * (update_d + update_g)
