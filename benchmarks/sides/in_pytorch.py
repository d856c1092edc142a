"""The same GAN in PyTorch, written as a good user of PyTorch writes it: what our iteration is timed against.

The variants are what such a user tries in turn, each on top of the one before:

    eager           as it comes
    channels-last   images in memory as on our side, and the fused Adam
    bfloat16        products in half precision (autocast); weights, sums and Adam stay float32
    compile         channels-last and float32 again; D and both losses through torch.compile

Tried on the reference network and no faster: freezing D with requires_grad_, torch.compile in bfloat16 or in the usual
memory format, and compiling G as well, which cost a tenth of the iteration.
"""

import torch  # isort: skip  before our own modules, whose setting of one thread for BLAS is not meant for it

import numpy as np
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from benchmarks.contest.agreement import Arrays, deviations, noise_images, part
from benchmarks.contest.contestant import Made
from gan.config import Config
from gan.models import MAP
from nnet.layer import Array

VARIANTS = ("eager", "channels-last", "bfloat16", "compile")
SLOPE = 0.2
SLOWEST = 0.999  # of the running average, as on our side
BATCHES = 8  # the images are so many batches


def build_generator(config: Config) -> nn.Sequential:
    """(N, latent) -> (N, 1, 28, 28)."""
    channels_14, channels_7 = config.channels
    layers: list[nn.Module] = []
    width = config.latent
    for hidden in config.hidden_generator:
        layers += [nn.Linear(width, hidden), nn.LeakyReLU(SLOPE)]
        width = hidden
    layers += [nn.Linear(width, MAP * MAP * channels_7), nn.LeakyReLU(SLOPE), nn.Unflatten(1, (channels_7, MAP, MAP))]
    layers += [nn.ConvTranspose2d(channels_7, channels_14, 4, 2, 1), nn.LeakyReLU(SLOPE)]
    layers += [nn.ConvTranspose2d(channels_14, 1, 4, 2, 1), nn.Tanh()]
    return nn.Sequential(*layers)


def build_discriminator(config: Config) -> nn.Sequential:
    """(N, 1, 28, 28) -> (N, 1)."""
    channels_14, channels_7 = config.channels
    layers: list[nn.Module] = [nn.Conv2d(1, channels_14, 4, 2, 1), nn.LeakyReLU(SLOPE)]
    layers += [nn.Conv2d(channels_14, channels_7, 4, 2, 1), nn.LeakyReLU(SLOPE), nn.Flatten()]
    width = MAP * MAP * channels_7
    if config.hidden_discriminator:
        layers += [nn.Linear(width, config.hidden_discriminator), nn.LeakyReLU(SLOPE)]
        width = config.hidden_discriminator
    return nn.Sequential(*layers, nn.Linear(width, 1))


def to_pytorch(array: Array, config: Config) -> Array:
    """A weight, bias or gradient of ours in PyTorch's order: outputs first, channels before places."""
    channels = config.channels[1]
    whole_map = MAP * MAP * channels
    if array.ndim == 4:
        return array.transpose(3, 2, 0, 1)  # (k, k, C, K) -> (K, C, k, k)
    if array.shape[0] == whole_map and array.ndim == 2:  # rows read the 7x7 map
        return array.reshape(MAP, MAP, channels, -1).transpose(3, 2, 0, 1).reshape(-1, whole_map)
    if array.shape[-1] == whole_map:  # columns make the 7x7 map
        rows = array.reshape(-1, MAP, MAP, channels).transpose(3, 1, 2, 0).reshape(whole_map, -1)  # (C*H*W, inputs)
        return rows if array.ndim == 2 else rows[:, 0]
    return array.T


def load(module: nn.Module, arrays: dict[str, Array], config: Config) -> None:
    """Copy our weights into the module; both list them in the order of the layers."""
    with torch.no_grad():
        for parameter, array in zip(module.parameters(), arrays.values(), strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(to_pytorch(array, config))))


class PyTorchGan:
    """Both players and one iteration.

    Parameters
    ----------
    config : Config
    images : (N, 28, 28) uint8
    variant : one of VARIANTS
    """

    def __init__(self, config: Config, images: np.ndarray, variant: str) -> None:
        torch.manual_seed(config.seed)
        tuned, self.half = variant != "eager", variant == "bfloat16"
        self.memory = torch.channels_last if tuned else torch.contiguous_format
        self.config, self.images = config, torch.from_numpy(images)[:, None]  # (N, 1, 28, 28)
        self.G: nn.Module = build_generator(config).to(memory_format=self.memory)
        self.D: nn.Module = build_discriminator(config).to(memory_format=self.memory)
        self.average = [w.detach().clone() for w in self.G.parameters()]
        self.g_adam, self.d_adam = (
            torch.optim.Adam(
                network.parameters(), config.learning_rate, (config.beta1, config.beta2), fused=tuned or None
            )
            for network in (self.G, self.D)
        )
        # D as G's update sees it: the same memory, without gradients.
        self.frozen = {name: w.detach() for name, w in self.D.named_parameters()}
        self.t = 0
        self.d_loss, self.g_loss = self._d_loss, self._g_loss
        if variant == "compile":
            torch._dynamo.config.error_on_recompile = True  # nothing is compiled twice: every shape is met once
            self.d_loss, self.g_loss = (
                torch.compile(loss, dynamic=False) for loss in (self._compiled_d_loss, self._g_loss)
            )

    def _d_loss(self, images: Tensor) -> Tensor:
        """D's loss for B real and B fake images, with the gradient penalty where the config has one."""
        B = len(images) // 2
        logits = self.D(images).float()
        if self.config.loss == "classic":
            targets = torch.cat([torch.ones(B, 1), torch.zeros(B, 1)])
            return F.binary_cross_entropy_with_logits(logits, targets)
        loss = F.softplus(logits[B:] - logits[:B]).mean()
        if self.config.gamma == 0:
            return loss
        (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
        return loss + self.config.gamma / 2 * gradient.square().sum() / B

    def _compiled_d_loss(self, images: Tensor) -> Tensor:
        """The same for torch.compile, which refuses create_graph but follows torch.func.grad."""
        if self.config.gamma == 0:
            return self._d_loss(images)

        def sum_of_logits(images: Tensor) -> tuple[Tensor, Tensor]:
            logits = self.D(images)
            return logits.sum(), logits

        gradient, logits = torch.func.grad(sum_of_logits, has_aux=True)(images)
        B = len(images) // 2
        loss = F.softplus(logits[B:] - logits[:B]).mean()
        return loss + self.config.gamma / 2 * gradient.square().sum() / B

    def _g_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """G's loss, through a D whose weights get no gradient."""
        logits = functional_call(self.D, self.frozen, (fake,)).float()
        if self.config.loss == "classic":
            return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
        with torch.no_grad():
            real_logits = functional_call(self.D, self.frozen, (real,)).float()
        return F.softplus(real_logits - logits).mean()

    def update(self, real: Tensor, latents: Tensor) -> None:
        """One update of D, one of G; their gradients stay until the next."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            fake = self.G(latents)
            images = torch.cat([real, fake.detach().float()])  # one channel: any memory format is the same
            loss = self.d_loss(images.requires_grad_(self.config.gamma > 0))
        self.d_adam.zero_grad()
        loss.backward()
        self.d_adam.step()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            loss = self.g_loss(fake, real)
        self.g_adam.zero_grad()
        loss.backward()
        self.g_adam.step()

    def iterate(self) -> None:
        """One iteration on a random batch, and the running average."""
        chosen = torch.randint(len(self.images), (self.config.batch,))
        real = self.images[chosen].float().div_(127.5).sub_(1)  # (B, 1, 28, 28)
        self.update(real, torch.randn(self.config.batch, self.config.latent))
        self.t += 1
        decay = min(SLOWEST, (1 + self.t) / (10 + self.t))
        torch._foreach_lerp_(self.average, [w.detach() for w in self.G.parameters()], 1 - decay)

    def check(self, path: str) -> dict[str, float]:
        """Take over the weights of our file and tell how far the gradients deviate, by part and name."""
        arrays: Arrays = dict(np.load(path))
        for name, module in (("generator", self.G), ("discriminator", self.D)):
            load(module, part(arrays, name), self.config)
        for adam in (self.d_adam, self.g_adam):
            adam.param_groups[0]["lr"] = 0.0
        real = torch.from_numpy(arrays["real"]).reshape(-1, 1, 28, 28)  # one channel: the order in memory is the same
        self.update(real, torch.from_numpy(arrays["latents"]))
        for adam in (self.d_adam, self.g_adam):
            adam.param_groups[0]["lr"] = self.config.learning_rate
        found: dict[str, float] = {}
        for name, module in (("generator gradient", self.G), ("discriminator gradient", self.D)):
            ours = part(arrays, name)
            expected = [to_pytorch(array, self.config) for array in ours.values()]
            gradients = [w.grad.numpy() for w in module.parameters() if w.grad is not None]
            found |= zip((f"{name} {key}" for key in ours), deviations(expected, gradients), strict=True)
        return found


def iteration(config: str, threads: int, variant: str) -> Made:
    """One iteration; `config` as JSON."""
    torch.set_num_threads(threads)
    settings = Config.from_json(config, "benchmark")
    gan = PyTorchGan(settings, noise_images(BATCHES * settings.batch), variant)
    return Made({"iteration": gan.iterate}, gan.check)
