"""From a text of digits and signs to a page of handwriting, and from that to files.

    from gan.write import to_svg, write
    svg = to_svg(write("12.50 €", seed=7, ink="#123"))

Read in this order. What a pen does: stroke, pens. From a generator's drawing to strokes: skeleton, graph, trace,
corners, order, smooth, all in one in redraw. Which drawing: shape, choose and formed (the rules), handwriting (who
writes), forms (the first good one). Whose: pad (what somebody draws), find (the handwriting that would have drawn it),
mine (kept as a small text). A page: request (what may be asked), signs, habits, layout, paper, page, compose
(`write`, all of it). Files: capsules and raster (PNG), outline, path and svg, plotter, self_writing, told (JSON), all
by their names in formats. Many texts: texts, batch. Loops are in kernels.
On the command line: `python -m gan.write 2026-11-25 -o number.svg`.
"""

from gan.write.compose import write
from gan.write.page import Form, Glyph, Writing
from gan.write.render.formats import to_json
from gan.write.render.raster import to_png
from gan.write.render.self_writing import to_self_writing
from gan.write.render.svg import to_plotter, to_svg

__all__ = [
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
