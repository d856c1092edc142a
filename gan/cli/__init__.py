"""Share code between all programs: option types, error lines, Ctrl-C, child processes,
and the folders of the pages.
"""
