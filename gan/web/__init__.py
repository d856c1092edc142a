"""The web server: application, HTTP layer, request handlers, and services."""
