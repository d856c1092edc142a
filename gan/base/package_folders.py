"""Locate the folders of the sources, the HTML templates and the pages' static files.

A wheel has these files inside the package gan (setup.cfg); in a checkout, they lie
beside it.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
SOURCES = PACKAGE.parent  # the folder of the packages: the checkout, or site-packages
HERE = PACKAGE if (PACKAGE / "static").is_dir() else SOURCES
STATIC = HERE / "static"
TEMPLATES = HERE / "templates"
