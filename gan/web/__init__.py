"""The web server: the application, its HTTP layer, its request handlers, and its
services.
"""
