"""Every command refuses invalid options with one line, and writes no file."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchmarks import crowd, step
from docs.course import check
from gan import sample
from gan.commands import serve, train
from gan.data import __main__ as data
from gan.drawings import classifier
from gan.evaluate import __main__ as evaluate
from gan.plain import __main__ as plain
from gan.pretrained import RECORDED
from gan.write import __main__ as write
from tests.helpers.commands import assert_refused

pytestmark = pytest.mark.usefixtures("same_threads")

Main = Callable[[Sequence[str]], int]

# The command, its name in messages, and a part of the message for each command line.
INVALID: list[tuple[Main, str, dict[str, str]]] = [
    (
        train.main,
        "train.py",
        {
            "--digits 11": "--digits: expected 0 to 9 or any, received 11",
            "--workers 0": "--workers: expected a whole number of at least 1, "
            "received 0",
            "--cores 1025": "--cores: expected a whole number from 1 to 1024, "
            "received 1025",
            "--seeds 0 -1": "--seeds: expected a whole number from 0 to 4294967295, "
            "received -1",
            "--seeds 0 1 --seed 2": "--seed: not allowed with argument --seeds",
            "--batch 501 --digits 3 --network quick": "batch: expected at most the "
            "500 available images, received "
            "501",
            "--gamma 1 --loss classic": "add --gamma 0",
            "--learning-rate 0,1": "at most 1, received 0,1; write a point",
            "--channels 0 32": "--channels: expected a whole number from 1 to 256, "
            "received 0",
            "--channels 1 2 3": "channels: expected 2 whole numbers from 1 to 256, "
            "received 1, 2, 3",
            "--data ''": "--data: expected a path, received an empty one; name a file "
            "or a folder",
        },
    ),
    (
        serve.main,
        "server.py",
        {
            "--port 70000": "--port: expected a whole number from 0 to 65535, "
            "received 70000",
            "--port 0 --host 999.1.1.1": "cannot listen on host '999.1.1.1', port 0",
            "--port 0 --host a..b": "cannot listen on host 'a..b', port 0",
            **{
                f"--public-url {url}": f"--public-url: expected an address such as "
                f"https://digits.example, received {url}; give http or https"
                for url in (
                    "digits.example",
                    "ftp://digits.example",
                    "https://me@digits.example",
                    "https://digits.example/?",
                    "https://m\u00fcnchen.example",
                    "https://digits.example:65536",
                )
            },
            "--port 0 --runs /dev/null": "/dev/null: expected a folder, found a file",
            "--port 0 --recorded /dev/null": "/dev/null: expected a folder, found a",
            f"--port 0 --runs {RECORDED}": "expected a folder of runs, found a run; use"
            f" --runs {RECORDED.parent}",
        },
    ),
    (
        write.main,
        "gan.write",
        {
            "12a -o x.svg": "received 'a' as character 3",
            "12 -o x.gif": "ends in .png or .svg or .json, received x.gif",
            f"12 -o {300 * 'x'}.svg": ".svg: File name too long",
            "12 -o x.svg --size 1000": "--size: expected a whole number from 16 to "
            "320 pixels",
            "-o x.svg": "the following arguments are required: text",
            "'' -o x.svg": "expected a text to write, received an empty one",
            "12 -o x.svg --mine x --model x": "--model: not allowed with argument "
            "--mine",
            "12 -o x.png --animated": "--animated: expected a file that ends in .svg, "
            "received x.png",
            "12 -o x.svg --written 1": "written: expected only with animated; choose "
            "animated",
        },
    ),
    (
        sample.main,
        "gan.sample",
        {
            "-o x.jpg": "ends in .npy or .png, received x.jpg",
            "-o x.npy -n 0": "-n: expected a whole number from 1 to 1000000, received "
            "0",
            "-o x.npy --temperature 0": "--temperature: expected a number above 0 and "
            "at most 4, received 0",
            "": "the following arguments are required: -o/--out",
            "-o x.npy --model nowhere": "nowhere: expected a weights file, found none",
        },
    ),
    (
        classifier.main,
        "gan.drawings.classifier",
        {
            "-o x --architecture third": "--architecture: invalid choice: 'third'",
            "-o .": "--out: expected a file, received the folder .; choose another "
            "name",
        },
    ),
    (
        evaluate.main,
        "gan.evaluate",
        {
            "-n 3": "-n: expected a whole number from 4 to 30000, received 3",
            "--digit 3 11": "--digits: expected 0 to 9 or any, received 11",
            "--digit 3 --model x": "--model: not allowed with argument --digits",
            "--digit 3 --report /dev/null": "--report: /dev/null: expected a folder, "
            "found a file, /dev/null; choose another name",
        },
    ),
    (
        plain.main,
        "gan.plain",
        {
            "--digit 10": "--digit: expected a whole number from 0 to 9, received 10",
            "-o x.txt": "expected a name that ends in .png",
            "--seed -1": "--seed: expected",
            "--iterations 0": "--iterations: expected",
        },
    ),
    (data.main, "gan.data", {"write": "the following arguments are required: FOLDER"}),
    (
        check.main,
        "make exercise",
        {
            "all --hint 1": "--hint: expected the number of one exercise, such as N=1 "
            "HINT=1, received all",
            "all --iterations 0": "--iterations: expected a whole number of at least "
            "1, received 0",
            "all -o a.svg": "-o/--out: expected a name that ends in .png, received "
            "a.svg",
            "9 --seed -1": "--seed: expected a whole number",
            "11": "N: invalid choice: '11'",
        },
    ),
    (
        step.main,
        "benchmarks.step",
        {
            "--threads 0": "--threads: expected a whole number of at least 1, "
            "received 0",
            "--network vast": "--network: invalid choice: 'vast'",
        },
    ),
    (crowd.main, "benchmarks.crowd", {"--minutes 0": "--minutes: expected"}),
]
CASES = [(main, name, *case) for main, name, cases in INVALID for case in cases.items()]


@pytest.mark.parametrize(("main", "name", "arguments", "message"), CASES)
def test_invalid_options_are_refused(
    main: Main,
    name: str,
    arguments: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(main, shlex.split(arguments), name, message, capsys)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
