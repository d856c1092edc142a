"""The style sheets: three text sizes, one family, and colours that everyone can tell apart."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gan.runs.judge_drawing import LESS_INK, MORE_INK

ROOT = Path(__file__).resolve().parents[2]
SHEETS = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "static").glob("*.css"))}
SET_BY_SCRIPTS = set("unit x y above wide mm middle below gaps share digit width".split())
SMALLER = (".labels text",)  # labels on a sheet, in its pixels
TEXT = re.compile(r"(?<!-)\b(?:font|font-size|font-family): ([^;}]*)")
SIZE = r"var\(--(?:large|body|small)\)"
ALLOWED = re.compile(rf"inherit|{SIZE}|(?:[67]00 )?{SIZE}(?:/[\d.]+)? var\(--font\)|ui-monospace, monospace")


def other_texts(css: str) -> list[str]:
    """Return the rules that set a size or a family without a name from paper.css."""
    lines = [line for line in css.splitlines() if not line.startswith(SMALLER)]
    return [line for line in lines for value in TEXT.findall(line) if not ALLOWED.fullmatch(value)]


def test_texts_have_named_sizes() -> None:
    assert [line for css in SHEETS.values() for line in other_texts(css)] == []


def test_other_sizes_are_reported() -> None:
    rules = ["h1 { font: 600 2rem serif; }", "p { font-size: 12px; }", "b { font-family: serif; }"]
    assert other_texts("\n".join([*rules, "i { font-size: var(--small); }"])) == rules


def test_properties_are_defined() -> None:
    css = "".join(SHEETS.values())
    used, defined = set(re.findall(r"var\(--([\w-]+)", css)), set(re.findall(r"--([\w-]+):", css))
    assert used - defined <= SET_BY_SCRIPTS


def test_motion_ends_and_can_be_reduced() -> None:
    css = "".join(SHEETS.values())
    moved = re.findall(r"transition: ([^;}]*)", css)
    assert moved
    assert all(value.endswith(" var(--glide)") for value in moved)
    assert "animation" not in css


# Colours

ROLE = re.compile(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)")
ROLES: list[dict[str, str]] = [{}, {}]  # light, dark
for role, *pair in ROLE.findall(SHEETS["paper.css"]):
    for colours, colour in zip(ROLES, pair, strict=True):
        colours[role] = colour
SIGHTS = {  # in linear RGB: Machado, Oliveira and Fernandes (2009), severity 1
    "usual": np.eye(3),
    "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "tritanopia": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}
TO_XYZ = np.array([[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0177, 0.1094, 0.8729]])  # white is (1, 1, 1)


def linear(colour: str) -> NDArray[np.floating]:
    """Return #rrggbb as linear red, green and blue, (3,)."""
    encoded = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as WCAG defines it."""
    low, high = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def difference(one: str, other: str, sight: NDArray[np.floating]) -> float:
    """Return how different two colours look, as their distance in CIELAB (1 is just noticeable)."""

    def lab(colour: str) -> NDArray[np.floating]:
        x, y, z = np.cbrt(TO_XYZ @ np.clip(sight @ linear(colour), 0.01, 1))
        return np.array([116 * y, 500 * (x - y), 200 * (y - z)])

    return float(np.linalg.norm(lab(one) - lab(other)))


@pytest.mark.parametrize("colours", ROLES, ids=["light", "dark"])
def test_colours_stand_out(colours: dict[str, str]) -> None:
    for role in ("ink", "note", "good", "bad", "judge", "artist", "add", "erase", "edge"):
        worst = min(contrast(colours[role], colours[ground]) for ground in ("page", "card"))
        assert worst >= (3 if role == "edge" else 4.5), role


def test_pictures_of_gradients_have_the_same_colours() -> None:
    assert [ROLES[0]["add"], ROLES[0]["erase"]] == [f"#{bytes(colour).hex()}" for colour in (MORE_INK, LESS_INK)]


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("colours", ROLES, ids=["light", "dark"])
def test_the_colour_blind_tell_roles_apart(colours: dict[str, str], sight: str) -> None:
    for one, other in (("add", "erase"), ("judge", "artist")):
        assert difference(colours[one], colours[other], SIGHTS[sight]) > 30, (one, other)


def test_red_and_green_look_alike_to_the_colour_blind() -> None:
    seen = {name: difference("#a02c20", "#5c6b20", sight) for name, sight in SIGHTS.items()}
    assert seen["usual"] > 30 > seen["deuteranopia"]
