"""The tokens, bytes and words that the budget counts."""

from tools.count_tokens import count_script, count_tokens, measure

SOURCE = '''"""Module,
two lines."""

# A comment.
def f(x):  # why
    """Docstring."""
    return g(
        x,
        f"{x!r} and {f'{x}'}",
    )
'''
TOKENS = 13  # def f ( x ) : return g ( x , f"" )


def test_layout_comments_docstrings_and_trailing_commas_are_free() -> None:
    assert count_tokens(SOURCE) == TOKENS
    assert (
        count_tokens(SOURCE.replace("\n        ", " ").replace(",\n    )", ")"))
        == TOKENS
    )
    assert count_tokens("a = (1,)\n") == count_tokens("a = (1)\n") == 5


def test_a_long_string_counts_a_token_for_ten_characters() -> None:
    for prefix in ("", "f"):
        text = "x" * (78 - len(prefix))  # and two quotes
        assert count_tokens(f'a = {prefix}"{text}"\n') == 2 + 1
        assert count_tokens(f'a = {prefix}"{text}x"\n') == 2 + 8
    assert count_tokens(f"a = {81 * 'x'}\n") == 3  # a name
    assert count_tokens('a = f"""\n{b}\n' + 90 * "c" + '"""\n') == 2 + 10


def test_scripts_are_counted_without_white_space_and_comments() -> None:
    assert count_script("/** One\n * two. */\nlet a = `é`; // three\n") == len(
        "leta=`é`;".encode()
    )
    assert count_script('open("https://localhost"); // four\n') == len(
        'open("https://localhost");'
    )


def test_files_count_by_their_folder_and_ending() -> None:
    files = {
        "gan/a.py": SOURCE.encode(),
        "server.py": b"x = 1\n",
        "docs/course/a.py": b"x = 1\n",
        "tests/a.py": SOURCE.encode(),
        "benchmarks/a.py": b"# one\nx += 1; y\n",
        "static/a.js": b"let\nx;\n",
        "static/a.test.js": b"test;\n",
        "templates/a.html": b'<script src="a.js"></script>'
        b'<script type="module">let\nx</script>',
        "docs/a/b.md": b"two words\n",
        "docs/a.txt": b"not counted\n",
        "README.md": b"and two",
        "CHANGELOG.md": b"not counted",
        "a.bin": bytes(1_000_000),
    }
    assert list(measure(files).values()) == [TOKENS + 3, TOKENS, 5, 3, 9, 4, 2]
