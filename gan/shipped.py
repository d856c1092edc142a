"""Define the paths of the files that ship with the project.

These files hold a sample of real digits, trained generators, a discriminator, two classifiers and recorded runs. The
code that reads a file reports any problem with it.
"""

from pathlib import Path

_GAN = Path(__file__).parent

SAMPLE = _GAN / "mnist"  # 5,000 real digits
PRETRAINED = _GAN / "pretrained"
CLASSIFIER = PRETRAINED / "classifier.safetensors"  # the first evaluator, which also labels the pictures on the pages
SECOND_CLASSIFIER = PRETRAINED / "second-judge.safetensors"
DISCRIMINATOR = PRETRAINED / "discriminator.safetensors"  # the judge of the page "Real or drawn?"
RECORDED = PRETRAINED / "recorded"  # a finished run
RECORDED_PAIR = PRETRAINED / "recorded-pair"  # two runs that differ in one setting, for the page "What if?"


def pretrained(digit: int | None) -> Path:
    """Return the path of the shipped generator of a digit, or of all digits (None). The file need not exist."""
    return PRETRAINED / ("any.safetensors" if digit is None else f"digit-{digit}.safetensors")
