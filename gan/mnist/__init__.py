"""The 5,000 digits of MNIST that ship with the project, and how they were chosen (`make_sample`). See README.md
here."""
