"""Encode pages as PNG, SVG and JSON."""
