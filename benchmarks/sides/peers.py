"""Who takes part in the contests of an iteration: ours, and every peer by name, with its processes' environment."""

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import NamedTuple

from benchmarks.contest.race import Contestant, our_environment, peer_environment
from gan.config import Config
from nnet.threads import MEMORY_SETTINGS


class Peer(NamedTuple):
    """A framework, the function that makes its side, its arguments, its environment, and whether it is all float32."""

    package: str
    make: str
    arguments: dict[str, str]
    environment: Mapping[str, str] = MappingProxyType({})
    exact: bool = True


# "eager" is PyTorch as it comes. The others get what makes it faster besides: our MEMORY_SETTINGS. Few of its users
# know them, but its arrays come from the C library as ours do, and it gains as much. "eager-memory" shows how much. Its
# own THP_MEM_ALLOC_ENABLE made nothing faster, nor did flushing denormals.
IN_PYTORCH = "benchmarks.sides.in_pytorch:iteration"
PEERS = {
    "eager": Peer("torch", IN_PYTORCH, {"variant": "eager"}),
    "eager-memory": Peer("torch", IN_PYTORCH, {"variant": "eager"}, MEMORY_SETTINGS),
    "channels-last": Peer("torch", IN_PYTORCH, {"variant": "channels-last"}, MEMORY_SETTINGS),
    "bfloat16": Peer("torch", IN_PYTORCH, {"variant": "bfloat16"}, MEMORY_SETTINGS, exact=False),
    "compile": Peer("torch", IN_PYTORCH, {"variant": "compile"}, MEMORY_SETTINGS),
    "jax": Peer("jax", "benchmarks.sides.in_jax:iteration", {}),
}
HINT = 'pip install -e ".[bench]"'


def is_installed(name: str) -> bool:
    """Whether a peer's package can be imported, without doing it."""
    return find_spec(PEERS[name].package) is not None


def start_ours(config: Config, threads: int) -> Contestant:
    """Our side, with the environment of a training worker."""
    make = "benchmarks.sides.ours:iteration"
    return Contestant("ours", make, our_environment(), config=config.to_json(), threads=threads)


def start_peer(name: str, config: Config, threads: int) -> Contestant:
    """A peer, with its environment."""
    peer = PEERS[name]
    return Contestant(
        name,
        peer.make,
        peer_environment(**peer.environment),
        config=config.to_json(),
        threads=threads,
        **peer.arguments,
    )


def start_products(threads: int) -> Contestant:
    """Matrix products on all threads at once: the speed that BLAS has here."""
    return Contestant("products", "benchmarks.sides.ours:products", our_environment(), threads=threads)
