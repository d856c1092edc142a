"""Which digit is it? The classifier (`network`), what it reads on pictures (`reading`), the command that trains it."""
