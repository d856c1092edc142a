"""Check an answer to an exercise, and say what is wrong with it in one sentence.

    make exercise N=1               # checks docs/course/exercise_1_dense_layer.py
    make exercise N=1 HINT=2        # shows the second of three hints
    make exercise N=all             # checks all; 1 to 7 are enough to train a GAN

An answer is compared with the same function in `nnet` or `gan`, whose derivatives the
tests check by nnet/gradcheck.py. If it equals the result of a frequent mistake, the
sentence names the mistake.
"""

import gan.cli.one_blas_thread

import ast
import importlib.util
import re
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np

from docs.course import check_convolutions, check_functions, check_updates
from docs.course.compare import WrongAnswer
from gan.base.parameter import SEED
from gan.cli.command_line import Parser, exit_code, new_file, whole

CHECKS = (  # in the order of the exercises; each name ends in the exercise's topic
    check_functions.check_dense_layer,
    check_functions.check_tanh,
    check_convolutions.check_convolution,
    check_functions.check_cross_entropy,
    check_functions.check_adam,
    check_updates.check_judges_turn,
    check_updates.check_artists_turn,
    check_updates.check_without_the_line,
    check_functions.check_gradient_penalty,
    check_convolutions.check_transposed_convolution,
)
NEEDED = range(1, 8)  # by the GAN; it also uses 9 and 10, if they are solved
TRIALS = 3  # each with different array sizes
HERE = Path(__file__).parent
# Defaults for the GAN that is trained with the answers.
ITERATIONS = 400
OUT = "runs/certificate.png"


def place(number: int, kind: str = "exercise") -> Path:
    """Return the file of an exercise, or of its solution ("teacher/solution")."""
    return (
        HERE
        / f"{kind}_{number}_{CHECKS[number - 1].__name__.removeprefix('check_')}.py"
    )


def load(path: Path) -> ModuleType:
    """Import the file of an answer.

    Raise WrongAnswer if the file is missing, or if importing it raises an error.
    """
    if not path.exists():
        raise WrongAnswer(
            f"{path.name} is missing: "
            f"`git checkout docs/course/{path.name}` restores it"
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    answer = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(answer)
        answer.__file__ = str(path)
    except SyntaxError as error:
        code = f": {error.text.strip()}" if error.text else ""
        raise WrongAnswer(
            f"Python cannot read line {error.lineno}: {error.msg}{code}"
        ) from None
    except (Exception, SystemExit) as error:
        raise WrongAnswer(describe(error, answer)) from None
    return answer


def describe(error: BaseException, answer: object) -> str:
    """Describe an error that an answer raised, with its line in the answer's file."""
    own = getattr(answer, "__file__", None)
    lines = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == own
    ]
    where = f", in line {lines[-1].lineno}: {lines[-1].line}" if lines else ""
    message = " ".join(str(error).split())
    return f"your code raises {type(error).__name__}: {message}{where}"


def complaint(number: int, answer: object) -> str | None:
    """Return what is wrong with an answer, or None if it is right.

    An answer is a module or a class with the functions of the exercise. If its code
    raises an error, the result describes that.
    """
    text = Path(answer.__file__).read_bytes() if hasattr(answer, "__file__") else b""
    # Exercises 6 to 8, the players' turns, may use all of nnet.
    others = (
        "gan|docs" if number in (6, 7, 8) else r"gan|docs|nnet(?!\.layer|\.gradcheck)"
    )
    imports = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    if taken := [
        line for line in imports if re.search(rf"(from|import|,) ({others})\b", line)
    ]:
        return (
            f"`{taken[0]}` takes what you should write: "
            "use NumPy and what the exercise imports"
        )
    try:
        with np.errstate(all="ignore"):
            for trial in range(TRIALS):
                CHECKS[number - 1](
                    answer, np.random.default_rng([number, trial]), trial
                )
    except WrongAnswer as error:
        return str(error)
    except NotImplementedError:
        return (
            "nothing is written yet: replace `raise NotImplementedError` by your answer"
        )
    except (Exception, SystemExit) as error:
        return describe(error, answer)
    return None


def hint(number: int, step: int) -> str:
    """Return hint `step`, from 1, of an exercise from hints.md."""
    text = (HERE / "hints.md").read_text("utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)[number]
    return " ".join(re.split(r"^\d\. ", section, flags=re.MULTILINE)[step].split())


def check(numbers: Sequence[int], kind: str) -> dict[int, ModuleType]:
    """Check the exercises, print a result for each, and return the right answers.

    `kind` is that of `place`.
    """
    answers = {}
    for number in numbers:
        try:
            answer = load(place(number, kind))
            wrong = complaint(number, answer)
        except WrongAnswer as error:
            wrong = str(error)
        if wrong is None:
            answers[number] = answer
        result = wrong or "solved. Your answer agrees with the program."
        print(f"Exercise {number}: {result}")
    return answers


def listed(numbers: Sequence[int]) -> str:
    """List numbers as in "8, 9 and 10"."""
    *others, last = map(str, numbers)
    return f"{', '.join(others)} and {last}" if others else last


def certify(
    answers: Mapping[int, ModuleType], out: Path, iterations: int, seed: int
) -> bool:
    """Train a GAN that consists of the answers, and save its drawings.

    If an answer to NEEDED is missing, or the code of an answer raises an error, print
    that and return False.
    """
    still_open = [number for number in NEEDED if number not in answers]
    if still_open:
        print(f"\nNo GAN was trained. Solve first: {listed(still_open)}.")
        return False
    extras = [n for n in range(1, len(CHECKS) + 1) if n not in answers]
    if extras:
        print(f"\nThe GAN does without these extras, still open: {listed(extras)}.")
    # Imported here because checking alone does not need it.
    from docs.course import train_with_answers

    try:
        train_with_answers.certify(answers, out, iterations, seed)
    except (Exception, SystemExit) as error:
        numbered = {answer.__file__: number for number, answer in answers.items()}
        called = [
            frame.filename
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename in numbered
        ]
        if not called:
            raise
        number = numbered[called[-1]]
        print(f"\nExercise {number}: {describe(error, answers[number])}")
        return False
    return True


def build_parser() -> Parser:
    parser = Parser("make exercise", description="Check an answer in docs/course.")
    choices = [*map(str, range(1, len(CHECKS) + 1)), "all"]
    parser.add_argument(
        "number",
        choices=choices,
        metavar="N",
        help=f"exercise, 1 to {len(CHECKS)}, or all",
    )
    parser.add_argument(
        "--hint", type=int, choices=(1, 2, 3), help="show a hint instead"
    )
    parser.add_argument(
        "--solutions", action="store_true", help="check the teacher's solutions instead"
    )
    parser.add_argument(
        "--iterations",
        type=whole(1),
        default=ITERATIONS,
        help=f"of all (default {ITERATIONS})",
    )
    parser.add_argument(
        "--seed", type=SEED.option, default=0, help="of 8 and all (default 0)"
    )
    parser.add_argument(
        "-o",
        "--out",
        type=new_file(".png"),
        default=OUT,
        help=f"picture of all (default {OUT})",
    )
    return parser


def run(argv: Sequence[str] | None) -> bool:
    """Do what the command line requests, and return whether the answers suffice."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    is_all = arguments.number == "all"
    if arguments.hint and is_all:
        parser.error(
            "--hint: expected the number of one exercise, such as N=1 HINT=1, "
            "received all"
        )
    if arguments.hint:
        print(hint(int(arguments.number), arguments.hint))
        return True
    numbers = range(1, len(CHECKS) + 1) if is_all else [int(arguments.number)]
    answers = check(numbers, "teacher/solution" if arguments.solutions else "exercise")
    if is_all:
        return certify(answers, arguments.out, arguments.iterations, arguments.seed)
    if answers and numbers == [8]:
        from docs.course import train_without_freezing

        train_without_freezing.run(answers[8], seed=arguments.seed)
    return bool(answers)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `make exercise`.

    Return 1 if an answer is not right, and 2 after an error of the user.
    """
    return exit_code("make exercise", lambda: int(not run(argv)))


if __name__ == "__main__":
    raise SystemExit(main())
