"""Share code between all command lines: option types, error lines, Ctrl-C, and the folders of the pages' files."""
