"""Provide handwritings: generate drawings of digits, and select the ones to write."""
