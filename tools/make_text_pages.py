"""Convert texts of docs into templates of pages: `python -m tools.make_text_pages`.

A text is Markdown with formulas in LaTeX, as GitHub shows it. Formulas become MathML.
SVG pictures become part of the page, so that they take its colours. The server reads
the finished templates, so it needs neither markdown-it-py nor latex2mathml. A test
checks that the templates match the texts.
"""

import html
import os.path
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from tools import main_of

TEXTS = [
    Path(f"docs/{name}.md")
    for name in ("why", "normal", "course/teacher/lesson", "course/teacher/answers")
]
FOLDED = TEXTS[:1]  # texts whose sections can be collapsed
HEAD = "{{#- Made from {} by python -m tools.make_text_pages. Change it there. -#}}\n"
SERVER = "http://localhost:8007"  # prefix of links from a text to a page
# LaTeX puts a thin space before and after a function's name, here log.
NAME = re.compile(r"(<mi>log</mi>|</msub>(?=<mi>log)|</mn>(?=<mi>log))(?!<mo stretchy)")
# A minus after =, ( or [ is a sign, not an operator.
SIGN = re.compile(r"(<mo[^>]*>(?:&#x0003D;|&#x00028;|\[)</mo>)<mo>(?=&#x02212;)")
NAMESPACE = re.compile(r' xmlns="[^"]*"')  # only XML needs it
SECTION = re.compile(r"<h3.*?>(.*?)</h3>\n(.*?)(?=<h3|\Z)", re.DOTALL)
FOLD = r'<details class="fold">\n<summary><h3>\1</h3></summary>\n\2</details>\n'
STYLE = re.compile(r" *<style>.*?</style>\n", re.DOTALL)


def to_html(path: Path) -> str:
    """Convert a Markdown text, from its first section on, and return the template."""
    text = path.read_text("utf-8")
    pictures = {"folder": path.parent}
    markdown = MarkdownIt("commonmark", {"typographer": True}).enable(
        ["smartquotes", "replacements", "table"]
    )
    markdown.use(dollarmath_plugin, renderer=_formula).use(anchors_plugin)
    markdown.add_render_rule("image", _picture)
    tokens = markdown.parse(text[text.index("\n## ") :], pictures)
    for token in tokens:
        if token.type.startswith("heading"):
            token.tag = f"h{int(token.tag[1]) + (path in FOLDED)}"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrs["href"] = _address(str(child.attrs["href"]), path.parent)
    page = markdown.renderer.render(tokens, markdown.options, pictures)
    page = NAMESPACE.sub("", page)
    if path in FOLDED:
        page = SECTION.sub(FOLD, page)
    return HEAD.format(path) + page


def _address(link: str, folder: Path) -> str:
    """Return the address on the site for a link in a text in `folder`.

    A link to another text leads to its page, and one to another file to its source.
    """
    if link.startswith(SERVER):
        return link.removeprefix(SERVER)
    if link.startswith("#"):
        return link
    file = Path(os.path.normpath(folder / link))
    return f"/{file.stem}" if file in TEXTS else f"/source/{file}"


def _formula(latex: str, options: dict[str, Any]) -> str:
    mathml = convert(latex, display="block" if options["display_mode"] else "inline")
    mathml = SIGN.sub(r'\1<mo form="prefix">', mathml)
    mathml = NAME.sub(r'\1<mspace width="0.17em" />', mathml)
    description = html.escape(" ".join(latex.split()))
    return mathml.replace("<math ", f'<math alttext="{description}" ', 1)


def _picture(
    renderer: RendererHTML, tokens: Sequence[Any], index: int, options: Any, env: Any
) -> str:
    source = str(tokens[index].attrs["src"])
    description = html.escape(tokens[index].content)
    if source.startswith("../static/"):
        return f'<img src="{source[2:]}" alt="{description}">'
    return STYLE.sub("", (env["folder"] / source).read_text("utf-8")).strip()


def make() -> None:
    for text in TEXTS:
        Path(f"templates/{text.stem}.html").write_text(to_html(text), "utf-8")


main = main_of("tools.make_text_pages", "Convert texts of docs for the pages.", make)


if __name__ == "__main__":
    sys.exit(main())
