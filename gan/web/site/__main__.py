"""Write the pages as static files, which need no server.

    python -m gan.web.site -o FOLDER

The pages have the same templates and scripts as on the server. Only
static/js/lib/transport.js, which sends requests, is replaced:
static/js/site/transport.js answers them in the browser, from recordings that come with
the page.
"""

import gan.cli.one_blas_thread

import argparse
import base64
import json
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import jinja2

from gan.base.errors import InputError
from gan.base.labels import DIGITS
from gan.base.package_folders import SOURCES, STATIC, TEMPLATES
from gan.cli.command_line import Parser, exit_code, some_path
from gan.web.app import all_pages
from gan.web.http.guard import HEADERS
from gan.web.routes.learn_and_guess import COURSE, FILES, source_of
from gan.web.services.catalogue import RECORDED
from gan.web.site.recordings import RECORDINGS, Recordings, write_trainer_data

# The file of each page, and the recordings that it needs.
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "/": ("index.html", ("trainer",)),
    "/what-if": ("what-if.html", ("pair",)),
    "/slideshow": ("slideshow.html", ("run",)),
    "/guess": ("guess.html", ("guess",)),
    "/write": ("write.html", ("write",)),
    "/learn": ("learn.html", ("learn", "turns")),
    "/course": ("course.html", ()),
    "/lesson": ("lesson.html", ()),
    "/normal": ("normal.html", ()),
}
# The template variables of every page, as on the server.
SHARED: dict[str, object] = {
    "data_name": "MNIST",
    "recorded": [RECORDED],
    "kinds": range(DIGITS),
    "all_kinds": "all digits",
}
# The server's policy, for a <meta> tag, which cannot forbid frames as a header can.
# Training in the browser needs a worker and WebAssembly.
POLICY = (
    HEADERS["Content-Security-Policy"]
    .removesuffix("; frame-ancestors 'none'")
    .replace(
        "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'"
    )
)
ADDRESS = re.compile(r'( (?:href|src)=")(/[^"?#]*)')
MAIN = '<script type="module" src="static/js/main.js"></script>'
README = """Two networks learn to draw digits. In this folder, run

    python3 -m http.server

then open http://localhost:8000. Any web server does. Opening index.html as a file
does not work: browsers then refuse its scripts.
"""
RECORD = (
    'import {{ record }} from "../static/js/site/recorded-answers.js";\nrecord({});\n'
)


def web_address(text: str) -> str:
    """Return `text` if it is empty or an http or https address.

    Other texts would be links to pages of the site or to scripts.
    """
    if not re.match("https?://|$", text):
        raise argparse.ArgumentTypeError(
            f"expected an address such as https://example.org/gan, received {text}"
        )
    return text


def write_site(
    folder: Path, recordings: Recordings = RECORDINGS, program: str = ""
) -> None:
    """Write the site into a folder.

    Raise InputError if the folder has other content than an earlier site.

    `program` is the web address of this project. The pages Course and Lesson link to
    it, because the exercises need the program.
    """
    is_used = folder.exists() and any(folder.iterdir())
    if is_used and not (folder / "data" / "run.js").is_file():
        raise InputError(
            f"-o: expected a new folder or an earlier site, received {folder}; choose "
            "another one",
            "o",
        )
    shutil.copytree(STATIC, folder / "static", dirs_exist_ok=True)
    css = folder / "static" / "pages.css"
    style = css.read_text("utf-8")
    style = style.replace('"digits.svg"', f'"{embedded("digits.svg")}"')
    css.write_text(style, "utf-8")
    transport = folder / "static" / "js" / "lib" / "transport.js"
    transport.write_text('export * from "../site/transport.js";\n', "utf-8")
    (folder / "README.txt").write_text(README, "utf-8")
    for name, html in rendered(program):
        (folder / name).write_text(html, "utf-8")
    (folder / "data").mkdir(exist_ok=True)
    # This README contains the licence of the real digits.
    shutil.copy(SOURCES / "gan" / "mnist" / "README.md", folder / "data")
    write_trainer_data(folder / "data")
    for name, record in recordings.items():
        text = json.dumps(record(), separators=(",", ":"), ensure_ascii=False)
        (folder / "data" / f"{name}.js").write_text(RECORD.format(text), "utf-8")
    print(f"{folder}: written. Copy it to any static host.")


def rendered(program: str) -> Iterator[tuple[str, str]]:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    templates = jinja2.Environment(
        loader=loader, undefined=jinja2.StrictUndefined, autoescape=True
    )
    templates.globals.update(site=True, policy=POLICY, program=program)
    pages = all_pages()
    for path, (name, recordings) in PAGES.items():
        template, constants = pages[path]
        # `watching` leaves out buttons that need a server. The first page needs none,
        # because it trains in the browser.
        is_watching = path != "/"
        html = templates.get_template(template).render(
            SHARED | constants, path=path, watching=is_watching
        )
        scripts = [f"data/{recording}.js" for recording in recordings]
        # The tag makes the browser load the page's script early, and not only when
        # main.js imports it. Pages without recordings have no script.
        if recordings:
            scripts.append(f"static/js/pages/{template.removesuffix('.html')}.js")
        tags = [f'<script type="module" src="{file}"></script>' for file in scripts]
        yield name, relative(html).replace(MAIN, "\n  ".join([*tags, MAIN]))
    source_page = templates.get_template("source.html")
    for source in filter(None, map(source_of, FILES | COURSE)):
        path = f"/source/{source['file']}"
        yield file_at(path), relative(source_page.render(source, path=path))


def relative(html: str) -> str:
    """Replace the server's addresses in a page by the names of the site's files."""
    html = html.replace(
        'rel="icon" href="/static/favicon.svg"',
        f'rel="icon" href="{embedded("favicon.svg")}"',
    )
    return ADDRESS.sub(lambda match: match[1] + file_at(match[2]), html)


def embedded(name: str) -> str:
    """Return a picture as a data URL. Browsers load icons only when they show them."""
    encoded = base64.b64encode((STATIC / name).read_bytes()).decode()
    return f"data:image/svg+xml;base64,{encoded}"


def file_at(path: str) -> str:
    """Return the name of the site's file for a path on the server.

    Raise ValueError if the site has no such file.
    """
    if path in PAGES:
        return PAGES[path][0]
    if path.startswith("/source/"):
        return path.removeprefix("/source/").replace("/", "-") + ".html"
    if not path.startswith("/static/"):
        raise ValueError(
            f"{path} is not on the site: add the page to PAGES, or change the template"
        )
    return path[1:]


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(
        "python -m gan.web.site",
        description="Write the pages as files for any static host.",
    )
    parser.add_argument(
        "-o",
        "--output",
        dest="folder",
        type=some_path,
        default=Path("site"),
        help="(default: site)",
    )
    parser.add_argument(
        "--program",
        type=web_address,
        default="",
        metavar="URL",
        help="what the course links to",
    )
    return exit_code(
        "gan.web.site", lambda: write_site(**vars(parser.parse_args(argv)))
    )


if __name__ == "__main__":
    sys.exit(main())
