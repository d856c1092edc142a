"""Handwriting styles: generate drawings of digits, and select the ones to write."""
