"""The folders of the pages' files: at the top of the checkout, and inside the package gan in a wheel (setup.cfg)."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
HERE = PACKAGE if (PACKAGE / "static").is_dir() else PACKAGE.parent
STATIC, TEMPLATES = HERE / "static", HERE / "templates"
