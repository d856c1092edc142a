"""From a number to ink: `write` chooses and lays out, `to_png`, `to_svg` and `to_json` put it on paper.

    from gan.write import to_svg, write
    svg = to_svg(write("2026-11-25", seed=7, ink="#123"))

Read in this order: request (what may be asked), shape and choose (which of the generator's drawings is taken), hand
(whose drawings), pen (from a coarse grey picture to a sharp edge), layout (where it stands), compose (all of it in one
function), curves and export (files).
On the command line: `python -m gan.write 2026-11-25 -o number.svg`.
"""

from gan.write.compose import Glyph, Writing, write
from gan.write.export import to_json, to_png, to_svg
from gan.write.request import DEFAULT_INK, DEFAULT_SIZE, HANDS, LONGEST, SEEDS, SIZES, SLANTS, THICKNESSES

__all__ = [
    "DEFAULT_INK",
    "DEFAULT_SIZE",
    "HANDS",
    "LONGEST",
    "SEEDS",
    "SIZES",
    "SLANTS",
    "THICKNESSES",
    "Glyph",
    "Writing",
    "to_json",
    "to_png",
    "to_svg",
    "write",
]
