"""The OpenAPI document of the server, written by hand and tested against it."""
