"""Generate drawings of digits in a handwriting, and select the ones to write."""
