"""Output files: PNG, SVG and JSON."""
