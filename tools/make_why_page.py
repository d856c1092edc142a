"""Convert docs/why.md into templates/why.html, a part of the page "How it works": `python -m tools.make_why_page`.

The text is Markdown with formulas in LaTeX, as GitHub shows it. The page gets MathML, and pictures as SVG elements with
the colours of the page. The server reads the finished template, so it needs neither markdown-it-py nor
latex2mathml. A test compares the two.
"""

import html
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from mdit_py_plugins.dollarmath import dollarmath_plugin

from tools import main_of

TEXT, PAGE = Path("docs/why.md"), Path("templates/why.html")
HEAD = "{#- Made from docs/why.md by python -m tools.make_why_page. Change it there. -#}\n"
NAME = re.compile(r"(<mi>log</mi>|</msub>(?=<mi>log)|</mn>(?=<mi>log))(?!<mo stretchy)")  # LaTeX puts a space here
SIGN = re.compile(r"(<mo[^>]*>(?:&#x0003D;|&#x00028;|\[)</mo>)<mo>(?=&#x02212;)")  # a minus after = ( [ is a sign
NAMESPACE = re.compile(r' xmlns="[^"]*"')  # only XML needs it
SECTION = re.compile(r"<h3>(.*?)</h3>\n(.*?)(?=<h3>|\Z)", re.DOTALL)
FOLD = r'<details class="fold">\n<summary><h3>\1</h3></summary>\n\2</details>\n'
STYLE = re.compile(r" *<style>.*?</style>\n", re.DOTALL)


def to_html(path: Path) -> str:
    """Return the template of a Markdown text from its first section on, each in a fold, with the pictures beside it."""
    text, pictures = path.read_text("utf-8"), {"folder": path.parent}
    markdown = MarkdownIt("commonmark", {"typographer": True}).enable(["smartquotes", "replacements"])
    markdown.use(dollarmath_plugin, renderer=_formula)
    markdown.add_render_rule("image", _picture)
    tokens = markdown.parse(text[text.index("\n## ") :], pictures)
    for token in tokens:
        if token.type.startswith("heading"):
            token.tag = f"h{int(token.tag[1]) + 1}"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrs["href"] = str(child.attrs["href"]).replace("../", "/source/")
    return HEAD + SECTION.sub(FOLD, NAMESPACE.sub("", markdown.renderer.render(tokens, markdown.options, pictures)))


def _formula(latex: str, options: dict[str, Any]) -> str:
    mathml = convert(latex, display="block" if options["display_mode"] else "inline")
    mathml = SIGN.sub(r'\1<mo form="prefix">', mathml)
    mathml = NAME.sub(r'\1<mspace width="0.17em" />', mathml)
    return mathml.replace("<math ", f'<math alttext="{html.escape(" ".join(latex.split()))}" ', 1)


def _picture(renderer: RendererHTML, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    return STYLE.sub("", (env["folder"] / tokens[index].attrs["src"]).read_text("utf-8")).strip()


def make() -> None:
    PAGE.write_text(to_html(TEXT), "utf-8")


main = main_of("tools.make_why_page", "Convert docs/why.md for the page How it works.", make)


if __name__ == "__main__":
    sys.exit(main())
