"""Share code between all programs: option types, error lines, Ctrl-C, child processes."""
