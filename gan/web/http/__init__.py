"""Provide the HTTP layer that all routes share: parameters, errors, access control,
connections and listening.
"""
