"""Which digit is it? The classifiers (`network`), what is read on pictures (`reading`), the training command."""
