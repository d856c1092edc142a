"""Classify digits: `network` defines and loads classifiers, `training` trains them, and `reading` labels pictures."""
