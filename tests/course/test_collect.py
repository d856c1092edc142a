"""The predictions of a class, read from any file that a form exports."""

from pathlib import Path

import pytest

from docs.course.collect import MOST_BYTES, histogram, main, read

Capture = pytest.CaptureFixture[str]
READABLE = {
    "0, 50": (0, 50),
    "0 50": (0, 50),
    "0;50.5": (0, 50.5),
    '2026-12-07 09:15,Zo\xeb,"10, 100"': (10, 100),
    "2026-12-07 09:15,5,90\r": (5, 90),
    "Your prediction, if your teacher collects it: 1, 2": (1, 2),
    "x" * 100_000 + ",3,4": (3, 4),
}
UNREADABLE = [
    *("101, 5", "-3, 50", "1000 5", "nan 5", "5", "1e1 5", "2026-12-07 09:15", "a"),
    *("=1+1", "\u0663 \u0664", "Your prediction (0 to 100)", "\x00", "9" * 100_000),
]


def test_each_line_is_a_prediction_or_is_counted(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "a.csv"
    text = "\ufeff" + "\n\n".join([*UNREADABLE, *READABLE])
    path.write_text(text, "utf-8")
    assert read(path) == ([*READABLE.values()], len(UNREADABLE))
    path.write_bytes("\n".join(READABLE).encode("latin-1"))
    assert read(path) == ([*READABLE.values()], 0)
    assert main([str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "7 predictions, 0 unreadable lines"
    assert lines[3].split() == ["0", "to", "9", "4", "#" * 40, "6"]
    assert "Zo" not in "".join(lines)


def test_all_values_from_0_to_100_are_counted_once() -> None:
    assert histogram(range(101)) == [10] * 9 + [11]
    assert histogram([9.9, 99.9]) == [1, *[0] * 8, 1]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", 'expected lines that end like "0, 50"'),
        (b"\xff\xfe\x00\n" * 3, "received none in 3"),
        (b"0, 50\n" * (MOST_BYTES // 6 + 1), "at most 1,000,000 bytes, received more"),
        (None, "No such file"),
    ],
)
def test_an_unusable_file_gives_one_line(
    content: bytes | None, expected: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "a.csv"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("docs.course.collect: ")
    assert expected in line
