"""Where what ships with the project lies.

The sample of real digits, the trained generators, a discriminator, the two judges of these, recordings. Only the
places: who reads a file says what is wrong with it.
"""

from pathlib import Path

_GAN = Path(__file__).parent

SAMPLE = _GAN / "mnist"  # 5,000 real digits
PRETRAINED = _GAN / "pretrained"
CLASSIFIER = PRETRAINED / "classifier.safetensors"  # the first judge, which also labels the pages' pictures
SECOND_JUDGE = PRETRAINED / "second-judge.safetensors"
DISCRIMINATOR = PRETRAINED / "discriminator.safetensors"  # the judge of the page "Real or drawn?"
RECORDED = PRETRAINED / "recorded"  # a finished run, to be looked at
RECORDED_PAIR = PRETRAINED / "recorded-pair"  # two that differ in one line, for the page "What if?"


def pretrained(digit: int | None) -> Path:
    """The shipped generator of a digit, or of all digits (None). It need not exist."""
    return PRETRAINED / ("any.safetensors" if digit is None else f"digit-{digit}.safetensors")
