"""The 5,000 digits of MNIST that ship with the project, and `make_sample`, which selected them. See README.md here."""
