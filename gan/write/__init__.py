"""Write a text of digits and signs in handwriting, and encode the page as a file.

    from gan.write import to_svg, write
    svg = to_svg(write("12.50 €", seed=7, ink="#123"))

Modules in reading order:

    strokes_and_pages    strokes, characters and pages, independent of the file format
    options_and_limits   checks of requests, and the two pens
    vectorize/           convert a drawing to strokes: measure_ink, pen_paths, smooth,
                         and `redraw`, which combines them
    glyphs/              drawing_sources (generators and latent vectors),
                         check_drawings (which drawings are good),
                         select_drawings (finds and caches good drawings),
                         own_handwriting and invert (find a handwriting from the
                         user's drawings)
    signs, layout        draw signs such as + and € by rule; place characters on lines
    compose              `write`, which combines all of the above
    raster, svg          encode a page as PNG; as SVG with filled outlines
    self_writing_svg     encode a page as an animated SVG that writes itself
    formats              the output formats by name, and JSON
    kernels/             compiled loops

On the command line: `python -m gan.write 2026-11-25 -o number.svg`.
"""

from gan.write.compose import write
from gan.write.formats import to_json
from gan.write.raster import to_png
from gan.write.self_writing_svg import to_self_writing
from gan.write.strokes_and_pages import Form, Glyph, Writing
from gan.write.svg import to_svg

__all__ = [
    "Form",
    "Glyph",
    "Writing",
    "to_json",
    "to_png",
    "to_self_writing",
    "to_svg",
    "write",
]
