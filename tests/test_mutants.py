"""The mutants: what is changed and what is left alone, that a draw repeats, and that a mutant's tests decide on it."""

import ast
import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.changes import mutants_of

# One piece of code, and what may stand in its place.
CHANGES = {
    "a + b": {"a - b"},
    "a * b": {"a / b"},
    "a ** b": {"a * b"},
    "a < b": {"a <= b"},
    "a < b <= c": {"a <= b <= c", "a < b < c"},
    "a == b": {"a != b"},
    "a is None": {"a is not None"},
    "a and b": {"a or b"},
    "not a": {"a"},
    "-a": {"a"},
    "True": {"False"},
    "7": {"8"},
    "0": {"1"},
    "1": {"0"},
    "0.5": {"0.55"},
    "0.0": {"1.0"},
    "a[0]": {"a[-1]", "a[1]"},
    "a[-1]": {"a[1]", "a[-0]"},
    "a[b:c]": {"a[:c]", "a[b:]"},
    "a[:, b:]": {"a[:, :]"},
    "f(a, b)": {"f(b, a)", "pass"},
    "f(a, *b)": {"pass"},
    "min(a, b)": {"pass"},
    "f(a, k=b)": {"f(a)", "pass"},
    "f(a, copy=False)": {"pass"},
    "a.b = c": {"pass"},
    "a = c": set(),
    "a += b": {"pass", "a -= b"},
    "with a.frozen():\n    b = c\n    d = e": {"if True:\n    b = c\n    d = e"},
    "def f():\n    return a": {"def f():\n    return None"},
    "def f():\n    return a < b": {"def f():\n    return not a < b", "def f():\n    return a <= b"},
    "def f() -> A[0]:\n    '''Doc of 1.'''\n    x: A[0]": set(),
    "@d(1)\ndef f():\n    pass": set(),
    "def __repr__(self):\n    return a + b": set(),
    "raise E(a + 1, f'{b + 1}')": set(),
    "assert a < 1": set(),
    "a = f'{b + 1}'": set(),
    "if __name__ == '__main__':\n    f(1)": set(),
    "import a.b as c": set(),
}


@pytest.mark.parametrize("source", CHANGES)
def test_what_may_stand_in_the_place_of_code(source: str) -> None:
    text = f"# é, two bytes\nif x:\n    {source.replace(chr(10), chr(10) + '    ')}\n"
    encoded = text.encode()
    found = {
        ast.unparse(ast.parse(encoded[: m.start] + m.text.encode() + encoded[m.end :]))
        for m in mutants_of("f", encoded)
    }
    assert found == {
        ast.unparse(ast.parse(f"if x:\n    {new.replace(chr(10), chr(10) + '    ')}")) for new in CHANGES[source]
    }


def test_every_mutant_of_the_project_is_code_has_a_name_of_its_own_and_differs() -> None:
    files = ["gan/relativistic.py", "gan/augment.py"]
    drawn = mutants.draw(files, 10**6, 0)
    assert len({mutant.name for mutant in drawn}) == len(drawn) > 100
    assert any("with D.frozen()" in mutant.before for mutant in drawn)
    for mutant in drawn:
        source = (mutants.ROOT / mutant.file).read_bytes()
        new = source[: mutant.start] + mutant.text.encode() + source[mutant.end :]
        assert ast.dump(ast.parse(new)) != ast.dump(ast.parse(source)), mutant


def test_a_draw_repeats_with_its_seed() -> None:
    files = ["gan/latents.py", "gan/augment.py"]
    assert mutants.draw(files, 9, 4) == mutants.draw(files, 9, 4) != mutants.draw(files, 9, 5)
    assert len(mutants.draw(files, 9, 4)) == 9


def test_every_file_of_the_heart_has_quick_tests_the_ones_of_its_name_first() -> None:
    files = mutants.heart()
    assert {"nnet/dense.py", "gan/training.py", "gan/write/vectorize/trace.py"} <= set(files)
    for file in files:
        assert all((mutants.ROOT / test).is_file() for test in mutants.tests_of(file)), file
    assert mutants.tests_of("gan/relativistic.py")[0] == "tests/test_relativistic.py"
    assert mutants.tests_of("gan/data/dataset.py") == (
        "tests/test_data.py",
        "tests/test_download.py",
        "tests/test_nearest.py",
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one file with a line that its test does not see."""
    for name, text in {
        "gan/__init__.py": "",
        "gan/sum.py": "def total(a, b):\n    return a + b + 0\n",
        "tests/test_sum.py": "from gan.sum import total\n\ndef test_total():\n    assert total(2, 3) == 5\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    monkeypatch.setattr(mutants, "heart", lambda: ["gan/sum.py"])
    mutants.tests_of.cache_clear()
    return tmp_path


def test_the_tests_decide_and_the_checkout_is_left_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, out = (project / "gan/sum.py").read_bytes(), project.parent / "out.jsonl"
    assert mutants.main(["--jobs", "2", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    results = {entry["mutant"]: entry["result"] for entry in map(json.loads, out.read_text().splitlines())}
    survived = {name for name, result in results.items() if result == "survived"}
    assert survived == {"gan/sum.py:2:11  a + b + 0  ->  a + b - 0"}
    assert len(results) == 4  # of both +, of 0, of the return
    assert printed.endswith(f"\n3 of 4 mutants were killed. Survivors:\n{survived.pop()}\n")
    assert (project / "gan/sum.py").read_bytes() == before
    assert len(mutants.killed_before(out)) == 3  # what another run does not try again


def test_a_hang_ends(project: Path, tmp_path: Path) -> None:
    (mutant,) = (m for m in mutants.draw(["gan/sum.py"], 99, 0) if m.text == "return None")
    hang = mutant._replace(text="while True: pass")
    copies = mutants.Copies(tmp_path / "copies", 1)
    assert copies.test("gan/sum.py", hang, 1.0) == "timeout"


def test_tests_that_fail_without_a_mutant_are_an_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tests/test_sum.py").write_text(
        "from gan.sum import total\n\ndef test_total():\n    assert total(1, 1) == 3\n"
    )
    assert mutants.main([]) == 2
    assert "gan/sum.py: its tests fail without a mutant: tests/test_sum.py" in capsys.readouterr().err
    assert mutants.main(["--files", "gan/product.py"]) == 2
    assert "expected files of the project, received gan/product.py" in capsys.readouterr().err


def test_the_list_tries_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["--list", "--count", "3", "--seed", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(mutant) for mutant in mutants.draw(["gan/sum.py"], 3, 1)]
