"""What all command lines share: option types, error lines, Ctrl-C, and the folders of the pages' files."""
