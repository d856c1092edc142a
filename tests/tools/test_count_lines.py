"""The lines, bytes and words that the budget counts."""

from tools.count_lines import measure

SOURCE = b'''"""Module,
two lines."""

# A comment.
def f():  # why
    """Docstring."""
    return """a

b"""
'''


def test_code_comments_scripts_and_words_are_counted() -> None:
    files = {
        "gan/a.py": SOURCE,
        "docs/course/a.py": b"x = 1\n",
        "tests/a.py": SOURCE,
        "benchmarks/a.py": b"# one\n" + SOURCE,
        "static/a.js": b"1;\n",
        "templates/a.html": b'<script src="a.js"></script><script type="module">let\nx</script>',
        "docs/a.md": b"two words\n",
        "README.md": b"and two",
        "CHANGELOG.md": b"not counted",
        "a.bin": bytes(1_000_000),
    }
    assert list(measure(files).values()) == [4, 4, 4, 1, 9, 8, 4, 2]
