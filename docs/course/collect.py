"""Print the predictions of a class (exercise 8) beside the results of our runs.

    python -m docs.course.collect predictions.csv

Each line of the file ends with the prediction of one student: two numbers from 0 to
100, such as "0, 50". They are the drawings expected to be recognized after 100 and
after 1,000 iterations. A spreadsheet's export works, too: only the end of a line is
read, so it may begin with a date or a name, which is never printed.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from gan.base.errors import InputError
from gan.cli.command_line import Parser, exit_code, some_path

PREDICTION = re.compile(
    r"(?<![\w.:/-])([0-9]{1,3}(?:\.[0-9]+)?)"
    r'[",;\s]+([0-9]{1,3}(?:\.[0-9]+)?)["\s]*$'
)
# Without the line, with four seeds on one CPU (docs/course/teacher/answers.md).
OUR_RUNS = {100: (0, 0, 0, 0), 1000: (36, 65, 14, 95)}
MOST_BYTES = 1_000_000
LINE_END = 200  # characters of a line that are read
WIDTH = 40
BINS = 10


def read(path: Path) -> tuple[list[tuple[float, float]], int]:
    """Return the predictions in a file, and the number of unreadable lines."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputError(
            f"{path}: expected a text of at most {MOST_BYTES:,} bytes, received more; "
            "keep one line for each student"
        )
    lines = content.decode("utf-8-sig", "replace").splitlines()
    written = [line for line in lines if line.strip()]
    found = []
    for line in written:
        match = PREDICTION.search(line[-LINE_END:])
        early, late = map(float, match.groups()) if match else (-1.0, -1.0)
        if 0 <= early <= 100 and 0 <= late <= 100:
            found.append((early, late))
    if not found:
        raise InputError(
            f'{path}: expected lines that end like "0, 50", two numbers from 0 to 100, '
            f"received none in {len(written)}; export the answers as text or CSV"
        )
    return found, len(written) - len(found)


def histogram(values: Sequence[float]) -> list[int]:
    """Count the values from 0 to 9, from 10 to 19, and so on, to 90 to 100."""
    bins = [min(int(value) * BINS // 100, BINS - 1) for value in values]
    return [bins.count(number) for number in range(BINS)]


def show(path: Path) -> None:
    predictions, unreadable = read(path)
    print(f"{len(predictions)} predictions, {unreadable} unreadable lines")
    for (mark, ours), values in zip(
        OUR_RUNS.items(), zip(*predictions, strict=True), strict=True
    ):
        print(f"\nRecognized of 100 after {mark:,} iterations: our runs, your class")
        counts = histogram(values)
        for number, (own, count) in enumerate(
            zip(histogram(ours), counts, strict=True)
        ):
            low = 10 * number
            bar = "#" * -(-WIDTH * count // max(counts))
            high = low + 9 + (low == 90)
            print(f"{low:3} to {high:3} {own:3}  {bar} {count or ''}".rstrip())


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(
        "python -m docs.course.collect", description="Show predictions beside runs."
    )
    parser.add_argument("file", type=some_path, help="a text or CSV file")
    return exit_code("docs.course.collect", lambda: show(parser.parse_args(argv).file))


if __name__ == "__main__":
    raise SystemExit(main())
