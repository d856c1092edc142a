"""From a number to ink: `write` chooses and lays out; `to_png`, `to_svg` and others put it on paper.

    from gan.write import to_svg, write
    svg = to_svg(write("2026-11-25", seed=7, ink="#123"))

Read in this order: request (what may be asked), shape and choose (which of the generator's drawings is taken), hand
(whose drawings), stroke and pens (what a pen does), layout (where it stands), page (what is written), compose (all of
it in one function). Then the files: capsules and raster (PNG), outline, path and svg, plotter, self_writing, told
(JSON); their loops are in kernels.
On the command line: `python -m gan.write 2026-11-25 -o number.svg`.
"""

from gan.write.compose import write
from gan.write.page import Form, Glyph, Writing
from gan.write.plotter import to_plotter
from gan.write.raster import to_png
from gan.write.request import DEFAULT_INK, DEFAULT_SIZE, HANDS, LONGEST, SEEDS, SIZES, SLANTS, THICKNESSES
from gan.write.self_writing import to_self_writing
from gan.write.svg import to_svg
from gan.write.told import to_json

__all__ = [
    "DEFAULT_INK",
    "DEFAULT_SIZE",
    "HANDS",
    "LONGEST",
    "SEEDS",
    "SIZES",
    "SLANTS",
    "THICKNESSES",
    "Form",
    "Glyph",
    "Writing",
    "to_json",
    "to_plotter",
    "to_png",
    "to_self_writing",
    "to_svg",
    "write",
]
