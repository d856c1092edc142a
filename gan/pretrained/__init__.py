"""Generators that ship with the project, one a digit. README.md beside this file says how they were made."""
