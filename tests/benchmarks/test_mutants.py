"""Mutants: which code they change, reproducible random choice, and the verdict of the file's tests."""

import ast
import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutation_rules import mutants_of

# Each piece of code with its possible replacements.
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
def test_replacements_of_code(source: str) -> None:
    text = f"# é, two bytes\nif x:\n    {source.replace(chr(10), chr(10) + '    ')}\n"
    encoded = text.encode()
    result = {
        ast.unparse(ast.parse(encoded[: m.start] + m.text.encode() + encoded[m.end :]))
        for m in mutants_of("f", encoded)
    }
    assert result == {
        ast.unparse(ast.parse(f"if x:\n    {new.replace(chr(10), chr(10) + '    ')}")) for new in CHANGES[source]
    }


def test_every_mutant_parses_differs_and_has_a_unique_name() -> None:
    files = ["gan/rules/relativistic.py", "gan/rules/augment.py"]
    drawn = mutants.draw(files, 10**6, 0)
    assert len({mutant.name for mutant in drawn}) == len(drawn) > 100
    assert any("with D.frozen()" in mutant.before for mutant in drawn)
    for mutant in drawn:
        source = (mutants.ROOT / mutant.file).read_bytes()
        new = source[: mutant.start] + mutant.text.encode() + source[mutant.end :]
        assert ast.dump(ast.parse(new)) != ast.dump(ast.parse(source)), mutant


def test_a_draw_repeats_with_its_seed() -> None:
    files = ["gan/rules/latents.py", "gan/rules/augment.py"]
    assert mutants.draw(files, 9, 4) == mutants.draw(files, 9, 4) != mutants.draw(files, 9, 5)
    assert len(mutants.draw(files, 9, 4)) == 9


@pytest.mark.full
def test_every_file_that_has_mutants_has_tests() -> None:
    for file in mutants.files_in(mutants.FOLDERS):
        if any(mutants_of(file, (mutants.ROOT / file).read_bytes())):
            assert all((mutants.ROOT / test).is_file() for test in mutants.tests_of(file)), file


@pytest.mark.full
def test_tests_of_this_project() -> None:
    for file in mutants.files_in(["gan/web"]):
        assert {*mutants.API_TESTS} <= {*mutants.tests_of(file)}
    assert mutants.tests_of("gan/rules/relativistic.py")[0].startswith("tests/test_relativistic")
    assert "tests/data/test_download.py" in mutants.tests_of("gan/data/download.py")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a project with one source file, which has a line that no test checks."""
    for name, text in {
        "gan/__init__.py": "",
        "gan/sum.py": "def total(a):\n    return a + 0\n",
        "tests/test_sum.py": "from gan.sum import total\n\ndef test_total():\n    assert total(5) == 5\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    monkeypatch.setattr(mutants, "FOLDERS", ["gan"])
    mutants.tests_of.cache_clear()
    return tmp_path


def test_nearest_tests_come_first_and_tests_of_the_api_cover_the_web(project: Path) -> None:
    for name, text in {
        "gan/web/page.py": "from gan import sum\n",
        "tests/test_page.py": "import gan.web.page\n\ndef test_page():\n    pass\n",
    }.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text)
    assert mutants.tests_of("gan/sum.py") == ("tests/test_sum.py", "tests/test_page.py")
    assert mutants.tests_of("gan/web/page.py") == ("tests/test_page.py", *mutants.API_TESTS)


@pytest.mark.full
def test_tests_decide_and_the_checkout_stays_unchanged(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, out = (project / "gan/sum.py").read_bytes(), project.parent / "out.jsonl"
    assert mutants.main(["--jobs", "2", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    results = {entry["mutant"]: entry["result"] for entry in map(json.loads, out.read_text().splitlines())}
    survived = {name for name, result in results.items() if result == "survived"}
    assert survived == {"gan/sum.py:2:11  a + 0  ->  a - 0"}
    assert len(results) == 3  # the mutants of +, 0 and return
    assert printed.endswith(f"\n2 of 3 mutants were killed. Survivors:\n{survived.pop()}\n")
    assert (project / "gan/sum.py").read_bytes() == before
    assert len(mutants.killed_before(out)) == 2  # a later run skips these


def test_timeout_ends_a_mutant_that_hangs(project: Path, tmp_path: Path) -> None:
    (mutant,) = (m for m in mutants.draw(["gan/sum.py"], 99, 0) if m.text == "return None")
    hang = mutant._replace(text="while True: pass")
    copies = mutants.Copies(tmp_path / "copies", 1)
    assert copies.test(hang, 1.0) == "timeout"


@pytest.mark.full
def test_tests_that_fail_without_a_mutant_are_an_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tests/test_sum.py").write_text(
        "from gan.sum import total\n\ndef test_total():\n    assert total(1) == 3\n"
    )
    assert mutants.main([]) == 2
    message = capsys.readouterr().err
    assert "expected tests that pass without a mutant, received" in message
    assert "test_sum.py::test_total" in message
    assert mutants.main(["--files", "gan/product.py"]) == 2
    assert "expected files or folders of the project, received gan/product.py" in capsys.readouterr().err


def test_list_runs_no_mutant(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["--list", "--count", "3", "--seed", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(mutant) for mutant in mutants.draw(["gan/sum.py"], 3, 1)]
