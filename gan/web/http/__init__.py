"""Provide the HTTP layer: parameters, errors, access control and connections."""
