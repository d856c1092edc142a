"""The errors, image labels, parameters and folders that all of gan uses."""
