"""From a text of digits and signs to a page of handwriting, and to files.

    from gan.write import to_svg, write
    svg = to_svg(write("12.50 €", seed=7, ink="#123"))

Modules in reading order:

    page, request        strokes, characters, pages; limits, checks and pens
    vectorize/           from a drawing to strokes: ink, trace, smooth, vectorize
    glyphs/              handwriting (which generator and latent vectors), drawing_rules (which drawings are good),
                         glyph_cache (the first good one); style_code and invert (a handwriting from your drawings)
    signs, layout        signs by rule; places on the lines
    compose              `write`: all of it
    render/              raster (PNG), svg (outlines, plotter), self_writing, formats (by name, JSON)
    batch                many texts
    kernels/             compiled loops

On the command line: `python -m gan.write 2026-11-25 -o number.svg`.
"""

from gan.write.compose import write
from gan.write.render.formats import to_json
from gan.write.render.raster import to_png
from gan.write.render.self_writing import to_self_writing
from gan.write.render.svg import to_plotter, to_svg
from gan.write.writing import Form, Glyph, Writing

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
