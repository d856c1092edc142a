"""The exercises of docs/course: solutions pass, skeletons fail, and frequent mistakes
are named.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from docs.course import check, train_with_answers, train_without_freezing
from docs.course.check import CHECKS, complaint, hint, load, main, place
from gan.drawings.classifier import classify, load_classifier
from tests.course.mistakes import MISTAKES, OTHER_ANSWERS
from tests.helpers.digits import PICTURES

Capture = pytest.CaptureFixture[str]
NUMBERS = range(1, len(CHECKS) + 1)
# before a test sets HERE
SOLUTIONS = [place(number, "teacher/solution") for number in NUMBERS]


def solution(number: int) -> ModuleType:
    return load(SOLUTIONS[number - 1])


def changed(number: int, right: str, wrong: str) -> ModuleType:
    """Return a solution with a part of its text replaced."""
    source = inspect.getsource(solution(number))
    assert source.count(right) == 1
    answer = ModuleType("answer")
    exec(source.replace(right, wrong), answer.__dict__)
    return answer


@pytest.mark.parametrize("number", NUMBERS)
def test_the_solution_passes_and_the_skeleton_fails(number: int) -> None:
    assert complaint(number, solution(number)) is None
    skeleton = load(place(number))
    if number == 8:
        assert "expected your prediction, a number from 0 to 100" in (
            complaint(number, skeleton) or ""
        )
        skeleton.PREDICTED_AFTER_100 = skeleton.PREDICTED_AFTER_1000 = 50  # type: ignore[attr-defined]
    assert (
        complaint(number, skeleton)
        == "nothing is written yet: replace `raise NotImplementedError` by your answer"
    )
    for name, function in inspect.getmembers(solution(number), inspect.isfunction):
        if function.__module__ == solution(number).__name__:
            assert inspect.signature(function) == inspect.signature(
                getattr(skeleton, name)
            )
    assert len({hint(number, step) for step in (1, 2, 3)}) == 3


@pytest.mark.parametrize(
    ("number", "right", "wrong", "sentence"),
    [(number, *one) for number, each in MISTAKES.items() for one in each],
)
def test_a_mistake_is_named(number: int, right: str, wrong: str, sentence: str) -> None:
    assert sentence in (complaint(number, changed(number, right, wrong)) or "")


@pytest.mark.parametrize(("number", "right", "wrong"), OTHER_ANSWERS)
def test_another_right_answer_is_accepted(number: int, right: str, wrong: str) -> None:
    assert complaint(number, changed(number, right, wrong)) is None


def test_the_command_says_what_is_wrong(capsys: Capture) -> None:
    assert main(["1"]) == 1
    assert main(["1", "--hint", "2"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Exercise 1: nothing is written yet")
    assert second.startswith("W[c, k] enters y[n, k] for every n")


UNUSABLE = [
    ("def f(:\n", "Python cannot read line 1: invalid syntax: def f(:"),
    ("x = 1\n  y = 2\n", "Python cannot read line 2: unexpected indent: y = 2"),
    (
        "from nnet.layer import Array\nfrom nnet import dense\n",
        "`from nnet import dense` takes what you should write",
    ),
    (
        "\ufeffopen('nothing')\n",
        "your code raises FileNotFoundError: "
        "[Errno 2] No such file or directory: 'nothing'",
    ),
    (
        "import math, gan.plain\n",
        "`import math, gan.plain` takes what you should write",
    ),
    ("raise SystemExit(3)\n", "your code raises SystemExit: 3, in line 1"),
    (
        "raise ValueError('two\\nlines')\n",
        "your code raises ValueError: two lines, in line 1",
    ),
    (
        None,
        "exercise_1_dense_layer.py is missing: "
        "`git checkout docs/course/exercise_1_dense_layer.py`",
    ),
    (
        "def dense_backward(x, W, dy): pass\n",
        "dense_backward: expected 3 values, received None (is `return`",
    ),
    (
        "def dense_backward(*_): return 1, 'a', [2]\n",
        "dx has the wrong shape: expected an array of shape (4, 5)",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), UNUSABLE)
def test_a_file_that_python_cannot_run_gives_one_line(
    text: str | None,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.setattr(check, "HERE", tmp_path)
    if text is not None:
        place(1).write_text(text, "utf-8")
    assert main(["1"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"Exercise 1: {sentence}")


# The GAN of all answers


def counting(function: Callable[..., Any], called: set[str]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        called.add(function.__name__)
        return function(*arguments)

    return call


def test_the_gan_consists_of_the_answers(tmp_path: Path, capsys: Capture) -> None:
    called = set[str]()
    own = {number: solution(number) for number in NUMBERS}
    for one in own.values():
        for name, function in inspect.getmembers(one, inspect.isfunction):
            if function.__module__ == one.__name__:
                setattr(one, name, counting(function, called))
    train_with_answers.certify(own, tmp_path / "a.png", 1)
    assert called == {
        "dense_backward",
        "tanh_backward",
        "im2col",
        "convolve",
        "bce_with_logits",
        "adam_step",
        "update_generator",
        "update_discriminator",
        "r1",
        "convolve_transposed",
        "col2im",
    }
    with Image.open(tmp_path / "a.png") as picture:
        assert np.asarray(picture).std() > 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"{tmp_path / 'a.png'}: drawn by your own GAN.")


@pytest.fixture
def answer_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], None]:
    """Return a function that writes all solutions with a part of the text replaced."""
    monkeypatch.setattr(check, "HERE", tmp_path)

    def write(right: str, wrong: str) -> None:
        for number in NUMBERS:
            text = inspect.getsource(solution(number))
            place(number).write_text(text.replace(right, wrong))

    return write


def test_wrong_answers_are_named_and_nothing_is_trained(
    answer_all: Callable[[str, str], None],
    tmp_path: Path,
    capsys: Capture,
) -> None:
    answer_all("1 - y * y", "1 - y")
    place(8).write_text("")
    assert main(["all", "-o", str(tmp_path / "a.png")]) == 1
    *lines, _, conclusion = capsys.readouterr().out.splitlines()
    assert len(lines) == len(NUMBERS)
    assert [line[:11] for line in lines if "solved" not in line] == [
        "Exercise 2:",
        "Exercise 8:",
    ]
    assert conclusion == "No GAN was trained. Solve first: 2."
    assert not (tmp_path / "a.png").exists()


def test_seven_answers_are_enough_for_a_gan(
    answer_all: Callable[[str, str], None],
    tmp_path: Path,
    capsys: Capture,
) -> None:
    answer_all("", "")
    for number in (8, 9, 10):
        place(number).write_text("")
    out = str(tmp_path / "a.png")
    assert main(["all", "-o", out, "--iterations", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "The GAN does without these extras, still open: 8, 9 and 10." in lines
    assert lines[-1].startswith(f"{out}: drawn by your own GAN.")


def test_an_error_during_training_names_the_exercise(
    answer_all: Callable[[str, str], None],
    tmp_path: Path,
    capsys: Capture,
) -> None:
    fails = "if len(y) > 20: raise ValueError('too many')\n    return dy *"
    answer_all("return dy *", fails)
    assert main(["all", "-o", str(tmp_path / "a.png"), "--iterations", "1"]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(
        "Exercise 2: your code raises ValueError: too many, in line 8: if len(y) > 20:"
    )


@pytest.mark.nightly
def test_the_gan_of_the_answers_learns_threes(tmp_path: Path, capsys: Capture) -> None:
    assert main(["all", "--solutions", "-o", str(tmp_path / "a.png")]) == 0
    found = capsys.readouterr().out.splitlines()[-1].split("recognizes ")[1]
    assert int(found.split()[0]) >= 40


def test_the_classifier_is_that_of_the_program() -> None:
    digits, confidence = classify(load_classifier(), PICTURES)
    mine = train_with_answers.classify(PICTURES)
    np.testing.assert_equal(mine[0], digits)
    np.testing.assert_allclose(mine[1], confidence, 1e-4)


def test_the_prediction_is_printed_next_to_the_result(
    capsys: Capture,
) -> None:
    train_without_freezing.run(solution(8), marks=(1, 2))
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[1]
        == "Recognized of 100 drawings   your prediction   without the line   with it"
    )
    assert [" ".join(line.split()) for line in lines[2:4]] == [
        "after 1 iterations 0 0 0",
        "after 2 iterations 50 0 0",
    ]


def test_exercise_8_is_followed_by_its_experiment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seeds = list[int]()
    monkeypatch.setattr(
        train_without_freezing, "run", lambda _, seed: seeds.append(seed)
    )
    assert main(["8", "--solutions", "--seed", "3"]) == 0
    assert main(["8"]) == 1
    assert seeds == [3]


def test_only_training_with_the_readers_answer_calls_it() -> None:
    assert train_without_freezing.measure(None, marks=(1,)) == [0]
    with pytest.raises(AttributeError, match="update_generator"):
        train_without_freezing.measure(ModuleType("nothing"), marks=(1,))
