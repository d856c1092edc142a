"""The exercises of docs/course: solutions pass, skeletons fail, and frequent mistakes are named."""

import importlib
import inspect
from types import ModuleType

import pytest

from docs.course.check import CHECKS, complaint, hint, main

NUMBERS = range(1, len(CHECKS) + 1)

# Exercise, part of its solution, what a student may write instead, and part of the sentence.
MISTAKES = [
    (
        1,
        "x.T @ dy,",
        "x.T @ dy / len(x),",
        "dW has the wrong scale: expected the sum over the batch, received the mean",
    ),
    (
        1,
        "x.T @ dy,",
        "dy.T @ x,",
        "dW has the wrong shape: expected an array of shape (5, 3), received an array of shape",
    ),
    (1, "dy.sum(0)", "dy", "db has one row an image: expected the sum over the batch"),
    (1, "dy @ W.T", "-dy @ W.T", "dx has the wrong sign"),
    (1, "dy @ W.T", "dy @ W", "your code raises ValueError"),
    (1, ", dy.sum(0)", "", "expected 3 values"),
    (2, "dy * (1 - y * y)", "1 - y * y", "dz is the slope alone: expected it multiplied by dy"),
    (2, "1 - y * y", "1 - y", "dz uses 1 - y"),
    (2, "1 - y * y", "1 - __import__('numpy').tanh(y) ** 2", "dz applies tanh again"),
    (2, "return", "dy *= 1 - y * y; return", "tanh_backward changed an array that it received"),
    (3, "* W[..., k]", "* W[::-1, ::-1, :, k]", "y of convolve_by_loops has a flipped filter"),
    (3, "i * stride : i * stride + P, j * stride : j * stride + P", "i : i + P, j : j + P", "ignores the stride"),
    (3, "[i : i + P, j : j + P].ravel()", "[i : i + P, j : j + P].transpose(2, 0, 1).ravel()", "has c before p and q"),
    (3, "for i in starts for j in starts", "for j in starts for i in starts", "im2col has its rows in the wrong order"),
    (3, ".reshape(len(x), I, I, K)", "", "y of convolve has the wrong shape"),
    (4, "np.log1p(np.exp(-np.abs(logits)))", "np.log1p(np.exp(np.abs(logits))) - abs(logits)", "logits 1000 and -1000"),
    (4, " / logits.size", "", "dlogits has the wrong scale: expected it divided by the number of logits"),
    (4, "p - targets", "targets - p", "dlogits has the wrong sign"),
    (4, ".mean()", ".sum()", "loss is a sum: expected the mean"),
    (5, "m / (1 - beta1**t), v / (1 - beta2**t)", "m, v", "W is not corrected for the start at 0"),
    (5, "(np.sqrt(mean_square) + epsilon)", "np.sqrt(mean_square + epsilon)", "W has epsilon under the root"),
    (5, "dW**2", "dW", "v averages the gradient: expected its square"),
    (5, "W - learning_rate", "W + learning_rate", "W moves along the gradient: expected against it"),
    (6, "logits, 1.0", "logits, 0.0", "belongs to target 0, so G learns to be called fake"),
    (6, "    G.zero_grads()\n", "", "G's gradient contains that of the last update: begin with G.zero_grads()"),
    (6, "with D.frozen():", "if True:", "D was not frozen: its gradients changed"),
    (6, "        adam.step", "    adam.step", "D was not frozen: its weights moved"),
    (6, "        adam.step(learning_rate)\n", "", "adam.step: expected one call, received 0"),
    (7, "dg = gamma", "dg = 2 * gamma", "dW1 is twice as large"),
    (7, ".sum(1).mean()", ".sum()", "penalty is a sum over the images: expected the mean"),
    (7, "(slopes * (dg @ W1))", "(dg @ W1)", "dw2 lacks the slopes of the hidden layer"),
    (7, "delta = slopes * w2", "delta = 0 * slopes + w2", "penalty ignores the slopes of the hidden layer"),
]


def solution(number: int) -> ModuleType:
    return importlib.import_module(f"docs.course.solutions.solution_{number}")


@pytest.mark.parametrize("number", NUMBERS)
def test_the_solution_passes_and_the_skeleton_fails(number: int) -> None:
    assert complaint(number, solution(number)) is None
    skeleton = importlib.import_module(f"docs.course.exercise_{number}")
    assert complaint(number, skeleton) == "nothing is written yet: replace `raise NotImplementedError` by your answer"
    for name, function in inspect.getmembers(solution(number), inspect.isfunction):
        if function.__module__ == solution(number).__name__:
            assert inspect.signature(function) == inspect.signature(getattr(skeleton, name))


@pytest.mark.parametrize(("number", "right", "wrong", "sentence"), MISTAKES)
def test_a_mistake_is_named(number: int, right: str, wrong: str, sentence: str) -> None:
    source = inspect.getsource(solution(number))
    assert source.count(right) == 1
    answer = ModuleType("answer")
    exec(source.replace(right, wrong), answer.__dict__)
    assert sentence in (complaint(number, answer) or "")


def test_each_exercise_has_three_mistakes_and_three_hints() -> None:
    for number in NUMBERS:
        assert sum(mistake[0] == number for mistake in MISTAKES) >= 3
        assert len({hint(number, step) for step in (1, 2, 3)}) == 3


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["1"]) == 1
    assert main(["1", "--hint", "2"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Exercise 1: nothing is written yet")
    assert second.startswith("W[c, k] enters y[n, k] for every n")
