"""Code that all programs share: option types, error lines, Ctrl-C, child processes."""
