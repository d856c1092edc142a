"""The folders of the sources and of the pages' files, which a wheel has inside the
package gan (setup.cfg).
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
SOURCES = PACKAGE.parent  # the folder of the packages: the checkout, or site-packages
HERE = PACKAGE if (PACKAGE / "static").is_dir() else SOURCES
STATIC = HERE / "static"
TEMPLATES = HERE / "templates"
