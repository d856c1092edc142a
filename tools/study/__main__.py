"""Run a study: `python -m tools.study docs/studies/recipe.toml`.

The training runs use separate processes with one thread each. As soon as a run ends, it
is written to a file next to the plan (tools/study/plan_and_results.py). If a study is
stopped, the same command resumes it.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import nnet.threads
from gan.cli.command_line import Parser, exit_code, some_path, whole
from tools.study.measure import processes, run_all
from tools.study.plan_and_results import is_done, read_plan, read_runs


def study(plan: Path, workers: int | None) -> None:
    trainings = read_plan(plan)
    out = plan.with_suffix(".jsonl")
    runs = read_runs(out)
    left = [training for training in trainings if not is_done(training, runs)]
    print(f"{len(left)} of {len(trainings)} trainings to do", flush=True)
    if left:
        run_all(left, processes(workers or nnet.threads.available_cores()), out)


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser("python -m tools.study", description="Run a study.")
    add = parser.add_argument
    add(
        "plan",
        type=some_path,
        help="plan file, in the format of tools/study/plan_and_results.py",
    )
    add(
        "--workers",
        type=whole(1),
        metavar="N",
        help="trainings at once (default: all cores)",
    )
    return exit_code("tools.study", lambda: study(**vars(parser.parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
