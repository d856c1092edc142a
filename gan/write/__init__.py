"""From a text of digits and signs to a page of handwriting."""

from gan.write.compose import write
from gan.write.page import Form, Glyph, Writing
from gan.write.request import (
    ALIGNS,
    DEFAULT_HUMAN,
    DEFAULT_INK,
    DEFAULT_PEN,
    DEFAULT_SIZE,
    HUMANS,
    LINES,
    LONGEST,
    NETWORKS,
    PAPERS,
    PIXELS,
    SEEDS,
    SIGNS,
    SIZES,
    SLANTS,
    THICKNESSES,
    VARIANTS,
)

__all__ = [
    "ALIGNS",
    "DEFAULT_HUMAN",
    "DEFAULT_INK",
    "DEFAULT_PEN",
    "DEFAULT_SIZE",
    "HUMANS",
    "LINES",
    "LONGEST",
    "NETWORKS",
    "PAPERS",
    "PIXELS",
    "SEEDS",
    "SIGNS",
    "SIZES",
    "SLANTS",
    "THICKNESSES",
    "VARIANTS",
    "Form",
    "Glyph",
    "Writing",
    "write",
]
