"""The pages as static files."""
