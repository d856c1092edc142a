"""benchmarks.where: what is watched exists, and an inner function's time is not counted twice."""

import threading
import time
from collections.abc import Callable

import pytest

from benchmarks import where
from benchmarks.where import WATCHED, Watch


def test_what_is_watched_exists() -> None:
    for places in WATCHED.values():
        for place, attribute in places:
            assert callable(getattr(place, attribute))


def test_time_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 4.0, 10.0])  # outer begins, inner begins, inner ends, outer ends
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    watch = Watch()
    inner: Callable[[int], int] = watch.around("inner", lambda n: n + 1)
    outer: Callable[[int], int] = watch.around("outer", lambda n: 2 * inner(n))
    assert outer(3) == 8
    assert dict(watch.seconds) == {"inner": 3, "outer": 7}
    assert watch.calls == {"inner": 1, "outer": 1}


def test_an_error_passes_and_its_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 2.0, 5.0, 6.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    watch = Watch()
    with pytest.raises(ZeroDivisionError):
        watch.around("a", lambda: 1 // 0)()
    watch.around("b", lambda: None)()
    assert dict(watch.seconds) == {"a": 2, "b": 1}


def test_other_threads_are_left_alone() -> None:
    watch, results = Watch(), []
    watched = watch.around("a", lambda: results.append(1))
    thread = threading.Thread(target=watched)
    thread.start()
    thread.join()
    assert results == [1]
    assert not watch.seconds


def test_it_prints_where_the_time_goes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for places in WATCHED.values():
        for place, attribute in places:
            monkeypatch.setattr(place, attribute, getattr(place, attribute))  # put back after the test
    monkeypatch.setattr(where, "UNCOUNTED", 1)
    monkeypatch.setattr(where, "COUNTED", 2)
    assert where.main(["--threads", "1", "--here"]) == 0
    printed = capsys.readouterr().out
    for name in ("fast convolution: products", "one channel", "dense", "Adam, average", "an iteration"):
        assert name in printed
