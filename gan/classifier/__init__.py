"""Digit classifiers: `network` defines and loads them, `training` trains them, and `reading` labels pictures."""
