"""The digests repeat, and a change of any input changes them."""

from dataclasses import replace

from fake_worker import tiny
from players import noise_digits

from benchmarks.bits import FORMATS, VARIATIONS, configs, digest_of_training, digests_of_writing, leaves
from gan.config import LOSSES, NETWORKS, preset

NOISE = noise_digits(20)


def test_the_digest_of_training_repeats_and_detects_every_difference() -> None:
    config = tiny(3)
    found = digest_of_training(config, NOISE, 2)
    assert digest_of_training(config, NOISE, 2) == found
    others = [replace(config, seed=1), replace(config, learning_rate=1e-3), replace(config, freeze=False)]
    digests = {digest_of_training(other, NOISE, 2) for other in others}
    assert len(digests | {found, digest_of_training(config, NOISE, 3)}) == 5


def test_configs_hold_every_preset() -> None:
    made = configs()
    assert len(made) == 4 * len(LOSSES) * len(NETWORKS) + len(VARIATIONS)  # one digit or all, few images or many
    assert preset(None, few=True) in made.values()
    assert preset(3, "classic", "reference") in made.values()


def test_renaming_a_key_does_not_change_the_leaves() -> None:
    assert list(leaves({"old": 1, "inner": {"key": "text"}})) == list(leaves({"new": 1, "other": {"k": "text"}}))


def test_the_digests_of_writing_repeat_and_depend_on_the_requests() -> None:
    one, two = digests_of_writing(1), digests_of_writing(2)
    assert digests_of_writing(1) == one
    assert len(set(one.values())) == len(one) == 8 * len(FORMATS)
    assert not set(one.values()) & set(two.values())
