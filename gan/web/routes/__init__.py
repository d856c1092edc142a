"""The handlers of requests, a module for each group of addresses."""
