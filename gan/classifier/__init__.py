"""Classifiers of digits: `network` defines and loads them, `training` trains them, `reading` labels pictures."""
