"""The 5,000 digits of MNIST that ship with the project, and how `make_sample` chose them. See README.md here."""
