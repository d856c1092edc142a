"""The same GAN in PyTorch, as an experienced user of PyTorch would write it.

There are two variants:

    eager      plain PyTorch
    bfloat16   our memory layout for images, the fused Adam, and products in half
               precision (autocast)

Two alternatives were tried on the reference network: freezing D with requires_grad_ was
no faster, and torch.compile was slower.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from benchmarks.our_iteration import BATCHES, Arrays, deviations, noise_images, part_of
from benchmarks.timing import Timed
from gan.plain.models import MAP
from gan.rules.run_config import Config
from nnet.clipped_tanh_and_finish import STRETCH
from nnet.layer import Array

SLOPE = 0.2
SLOWEST = 0.999  # maximum decay of the running average, as in our code


class ClippedTanh(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return (STRETCH * torch.tanh(z)).clamp(-1, 1)


def build_generator(config: Config) -> nn.Sequential:
    """Build G: (N, latent) -> (N, 1, 28, 28)."""
    channels_14, channels_7 = config.channels
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(
        [config.latent, *config.hidden_generator, MAP * MAP * channels_7]
    ):
        layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(SLOPE)]
    layers += [nn.Unflatten(1, (channels_7, MAP, MAP))]
    layers += [
        nn.ConvTranspose2d(channels_7, channels_14, 4, 2, 1),
        nn.LeakyReLU(SLOPE),
    ]
    layers += [nn.ConvTranspose2d(channels_14, 1, 4, 2, 1)]
    return nn.Sequential(
        *layers, ClippedTanh() if config.output == "clipped" else nn.Tanh()
    )


def build_discriminator(config: Config) -> nn.Sequential:
    """Build D: (N, 1, 28, 28) -> (N, 1)."""
    channels_14, channels_7 = config.channels
    layers: list[nn.Module] = [nn.Conv2d(1, channels_14, 4, 2, 1), nn.LeakyReLU(SLOPE)]
    layers += [
        nn.Conv2d(channels_14, channels_7, 4, 2, 1),
        nn.LeakyReLU(SLOPE),
        nn.Flatten(),
    ]
    width = MAP * MAP * channels_7
    if config.hidden_discriminator:
        layers += [nn.Linear(width, config.hidden_discriminator), nn.LeakyReLU(SLOPE)]
        width = config.hidden_discriminator
    return nn.Sequential(*layers, nn.Linear(width, 1))


def to_pytorch(array: Array, config: Config) -> Array:
    """Convert our weight, bias or gradient to PyTorch's order of axes."""
    channels = config.channels[1]
    whole_map = MAP * MAP * channels
    if array.ndim == 4:
        return array.transpose(3, 2, 0, 1)  # (k, k, C, K) -> (K, C, k, k)
    if array.shape[0] == whole_map and array.ndim == 2:  # its input is the 7x7 map
        return (
            array.reshape(MAP, MAP, channels, -1)
            .transpose(3, 2, 0, 1)
            .reshape(-1, whole_map)
        )
    if array.shape[-1] == whole_map:  # its output is the 7x7 map
        maps = array.reshape(-1, MAP, MAP, channels)  # (inputs, H, W, C)
        rows = maps.transpose(3, 1, 2, 0).reshape(whole_map, -1)  # (C*H*W, inputs)
        return rows if array.ndim == 2 else rows[:, 0]
    return array.T


class PyTorchGan:
    """Both networks in PyTorch, and an iteration on images (N, 28, 28) uint8."""

    def __init__(self, config: Config, images: np.ndarray, variant: str) -> None:
        torch.manual_seed(config.seed)
        self.half = variant == "bfloat16"
        memory = torch.channels_last if self.half else torch.contiguous_format
        self.config = config
        self.images = torch.from_numpy(images)[:, None]  # (N, 1, 28, 28)
        self.G: nn.Module = build_generator(config).to(memory_format=memory)
        self.D: nn.Module = build_discriminator(config).to(memory_format=memory)
        self.average = [w.detach().clone() for w in self.G.parameters()]
        betas = config.beta1, config.beta2
        self.g_adam, self.d_adam = (
            torch.optim.Adam(
                network.parameters(),
                config.learning_rate,
                betas,
                fused=self.half or None,
            )
            for network in (self.G, self.D)
        )
        # The frozen D for G's update. It shares the memory of D's weights and collects
        # no gradients.
        self.frozen = {name: w.detach() for name, w in self.D.named_parameters()}
        self.t = 0

    def d_loss(self, images: Tensor) -> Tensor:
        """Return D's loss for B real and B fake images.

        The relativistic loss includes the gradient penalty.
        """
        B = len(images) // 2
        logits = self.D(images).float()
        if self.config.loss == "classic":
            targets = torch.cat([torch.ones(B, 1), torch.zeros(B, 1)])
            return F.binary_cross_entropy_with_logits(logits, targets)
        loss = F.softplus(logits[B:] - logits[:B]).mean()
        (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
        return loss + self.config.gamma / 2 * gradient.square().sum() / B

    def g_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return G's loss, computed with a frozen D, whose weights get no gradient."""
        logits = functional_call(self.D, self.frozen, (fake,)).float()
        if self.config.loss == "classic":
            return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
        with torch.no_grad():
            real_logits = functional_call(self.D, self.frozen, (real,)).float()
        return F.softplus(real_logits - logits).mean()

    def update(self, real: Tensor, latents: Tensor, learning_rate: float) -> None:
        """Update D, then G. Both keep their gradients until the next call."""
        for adam in (self.d_adam, self.g_adam):
            adam.param_groups[0]["lr"] = learning_rate
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            fake = self.G(latents)
            # with one channel, all memory formats are identical
            images = torch.cat([real, fake.detach().float()])
            loss = self.d_loss(
                images.requires_grad_(self.config.loss == "relativistic")
            )
        self.d_adam.zero_grad()
        loss.backward()
        self.d_adam.step()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            loss = self.g_loss(fake, real)
        self.g_adam.zero_grad()
        loss.backward()
        self.g_adam.step()

    def iterate(self) -> None:
        """Run one iteration on a random batch, and update the running average."""
        chosen = torch.randint(len(self.images), (self.config.batch,))
        real = self.images[chosen].float().div_(127.5).sub_(1)  # (B, 1, 28, 28)
        self.update(
            real,
            torch.randn(self.config.batch, self.config.latent),
            self.config.learning_rate,
        )
        self.t += 1
        decay = min(SLOWEST, (1 + self.t) / (10 + self.t))
        torch._foreach_lerp_(
            self.average, [w.detach() for w in self.G.parameters()], 1 - decay
        )

    def check(self, path: str) -> dict[str, float]:
        """Load our weights, and return each gradient's deviation, by name."""
        arrays: Arrays = dict(np.load(path))
        for name, module in (("generator", self.G), ("discriminator", self.D)):
            # in the order of the module's parameters
            weights = part_of(arrays, name).values()
            for parameter, array in zip(module.parameters(), weights, strict=True):
                ours = np.ascontiguousarray(to_pytorch(array, self.config))
                parameter.data.copy_(torch.from_numpy(ours))
        # The memory order is the same, because C = 1.
        real = torch.from_numpy(arrays["real"]).reshape(-1, 1, 28, 28)
        self.update(real, torch.from_numpy(arrays["latents"]), learning_rate=0.0)
        found: dict[str, float] = {}
        for name, module in (
            ("generator gradient", self.G),
            ("discriminator gradient", self.D),
        ):
            kept = part_of(arrays, name)
            expected = [to_pytorch(array, self.config) for array in kept.values()]
            gradients = [
                w.grad.numpy() for w in module.parameters() if w.grad is not None
            ]
            names = [f"{name} {key}" for key in kept]
            found |= zip(names, deviations(expected, gradients), strict=True)
        return found


def iteration(config: str, threads: int, variant: str) -> Timed:
    """Return an iteration of a PyTorch variant, to be timed; `config` is JSON."""
    torch.set_num_threads(threads)
    settings = Config.from_json(config, "benchmark")
    gan = PyTorchGan(settings, noise_images(BATCHES * settings.batch), variant)
    return Timed(gan.iterate, gan.check)
