"""The folders of the pages' files: at the top of the checkout, and inside this package in a wheel (setup.cfg)."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
HERE = PACKAGE if (PACKAGE / "static").is_dir() else PACKAGE.parent
STATIC, TEMPLATES = HERE / "static", HERE / "templates"
