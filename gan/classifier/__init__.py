"""Which digit is it? The classifier (`network`), what it reads on pictures (`reading`), and the command that trains
it."""
