"""The digest of a training: the same for the same, another for anything else."""

from dataclasses import replace

from fake_worker import tiny
from players import noise_digits

from benchmarks.bits import BESIDE, configs, digest
from gan.config import NETWORKS, preset

NOISE = noise_digits(20)


def test_the_digest_repeats_and_sees_every_difference() -> None:
    config = tiny(3)
    found = digest(config, NOISE, 2)
    assert digest(config, NOISE, 2) == found
    others = [replace(config, seed=1), replace(config, learning_rate=1e-3), replace(config, freeze=False)]
    digests = {found, digest(config, NOISE, 3), *(digest(other, NOISE, 2) for other in others)}
    assert len(digests) == 5


def test_every_preset_is_there() -> None:
    made = configs()
    assert len(made) == 8 * len(NETWORKS) + len(BESIDE)  # one digit or all, either loss, few or not
    assert preset(None, few=True) in made.values()
    assert preset(3, "classic", "reference") in made.values()
