"""Weights on disk: round trips, every way in which a file can be wrong, and that an old file is never half replaced."""

import errno
import hashlib
import json
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import save as to_bytes
from strategies import Array, as_bytes, build, numbers

from nnet import weights
from nnet.weights import WeightsError

DTYPES = st.sampled_from([np.float16, np.float32, np.float64, np.int64, np.uint8, np.uint64])
SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)
ARRAYS = st.dictionaries(st.text(min_size=1, max_size=8), hnp.arrays(DTYPES, SHAPES), min_size=1, max_size=4)
TEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


@given(arrays=ARRAYS, texts=TEXTS)
def test_round_trip(folder: Path, arrays: dict[str, Array], texts: dict[str, str]) -> None:
    arrays.pop("__metadata__", None)  # the format keeps this name for itself
    weights.save(folder / "any.safetensors", arrays, texts)
    found, metadata = weights.load(folder / "any.safetensors")
    assert metadata == texts
    assert {name: (a.dtype, a.shape) for name, a in found.items()} == {n: (a.dtype, a.shape) for n, a in arrays.items()}
    assert as_bytes(found) == as_bytes(arrays)


def test_views_of_other_arrays_are_written_as_they_look(tmp_path: Path) -> None:
    a = numbers(np.random.default_rng(0), 4, 6)
    views = {"transposed": a.T, "every other": a[:, ::2], "backwards": a[::-1]}
    weights.save(tmp_path / "w", views, {})
    found, _ = weights.load(tmp_path / "w")
    assert all(np.array_equal(found[name], view) for name, view in views.items())


def test_a_network_comes_back_bit_for_bit(tmp_path: Path) -> None:
    network, x = build("nested chain", np.float32)
    weights.save(tmp_path / "w", network.parameters(), {"iteration": "12"})
    other, _ = build("nested chain", np.float32, seed=1)
    assert as_bytes(other.parameters()) != as_bytes(network.parameters())
    arrays, texts = weights.load(tmp_path / "w")
    own = other.parameters()
    weights.assign(other, arrays, "w")
    assert texts == {"iteration": "12"}
    assert all(other.parameters()[name] is w for name, w in own.items()), "an optimizer would hold the old arrays"
    assert as_bytes(other.parameters()) == as_bytes(network.parameters())
    assert np.array_equal(other.forward(x)[0], network.forward(x)[0])


def test_float16_halves_the_file_and_comes_back_in_the_networks_dtype(tmp_path: Path) -> None:
    arrays = {"W": numbers(np.random.default_rng(0), 100, 50, dtype=np.float32)}
    weights.save(tmp_path / "whole", {**arrays, "t": np.array([70_000])}, {})
    weights.save(tmp_path / "half", {**arrays, "t": np.array([70_000])}, {}, np.float16)
    sizes = [(tmp_path / name).stat().st_size for name in ("whole", "half")]
    assert sizes[0] - sizes[1] == 2 * 5000
    found, _ = weights.load(tmp_path / "half")
    assert found["W"].dtype == np.float16
    assert found["t"].tolist() == [70_000]
    target: dict[str, NDArray[Any]] = {"W": np.zeros((100, 50), np.float32), "t": np.zeros(1, np.int64)}
    weights.copy_into(target, found, "half")
    assert target["W"].dtype == np.float32
    np.testing.assert_allclose(target["W"], arrays["W"], rtol=1e-3, atol=1e-6)


# Wrong files


@pytest.fixture
def good(tmp_path: Path) -> Path:
    network, _ = build("dense", np.float32)
    weights.save(tmp_path / "good.safetensors", network.parameters(), {"a": "b"})
    return tmp_path / "good.safetensors"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone: expected a weights file, found none; check the name$"):
        weights.load(tmp_path / "gone")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="found none"):
        weights.load(tmp_path)


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 9, 40, -1])
def test_a_truncated_file(good: Path, kept: int) -> None:
    good.write_bytes(good.read_bytes()[:kept])
    with pytest.raises(WeightsError, match=r"good.safetensors: expected a whole safetensors file") as caught:
        weights.load(good)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"not weights at all, but long enough to hold a header",
        bytes(8),
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 1 << 60) + b"{}",
    ],
    ids=["picture", "text", "zeros", "list", "endless header"],
)
def test_a_foreign_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(WeightsError, match=r"w: expected a whole safetensors file"):
        weights.load(tmp_path / "w")


def test_a_header_that_points_outside_the_file(tmp_path: Path) -> None:
    header = json.dumps({"W": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}).encode()
    (tmp_path / "w").write_bytes(struct.pack("<Q", len(header)) + header + bytes(35))
    with pytest.raises(WeightsError):
        weights.load(tmp_path / "w")


def test_bytes_behind_the_end(good: Path) -> None:
    good.write_bytes(good.read_bytes() + b"\0")
    with pytest.raises(WeightsError):
        weights.load(good)


CHANGES = {
    "missing": (lambda arrays: arrays.pop("b"), r"expected b \(4,\), found absent"),
    "extra": (lambda arrays: arrays.update(z=np.ones(2)), r"expected z absent, found \(2,\)"),
    "other shape": (lambda arrays: arrays.update(W=np.ones((4, 5))), r"expected W \(5, 4\), found \(4, 5\)"),
    "empty": (lambda arrays: arrays.clear(), r"expected W \(5, 4\), found absent"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_weights_of_another_network_change_nothing(good: Path, change: str) -> None:
    network, _ = build("dense", np.float32, seed=1)
    before = as_bytes(network.parameters())
    arrays, _ = weights.load(good)
    edit, message = CHANGES[change]
    edit(arrays)
    with pytest.raises(WeightsError, match=rf"^good: is of another network; {message}; use the file") as caught:
        weights.assign(network, arrays, "good")
    assert as_bytes(network.parameters()) == before
    assert "\n" not in str(caught.value)


def test_a_weights_error_is_a_value_error() -> None:
    assert issubclass(WeightsError, ValueError)


# Writing


def test_a_new_file_replaces_the_old_and_leaves_nothing_beside(good: Path) -> None:
    weights.save(good, {"other": np.ones(3)}, {})
    assert list(weights.load(good)[0]) == ["other"]
    assert os.listdir(good.parent) == [good.name]


def test_no_folder_to_write_in(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        weights.save(tmp_path / "gone" / "w", {"a": np.ones(1)}, {})


def full_disk(arrays: dict[str, Array], path: Path, metadata: dict[str, str]) -> None:
    """A disk that fills up after the first bytes."""
    path.write_bytes(b"half of it")
    raise SafetensorError("I/O error: No space left on device (os error 28)")  # as the library says it


def no_rename(source: Path, target: Path) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(("owner", "name", "failure"), [(weights, "save_file", full_disk), (os, "replace", no_rename)])
def test_where_writing_fails_the_old_file_is_whole(
    good: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, failure: object
) -> None:
    before = good.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failure)
        with pytest.raises(OSError, match=r"No space left|Permission denied"):
            weights.save(good, {"other": np.ones(3)}, {})
    assert good.read_bytes() == before
    assert os.listdir(good.parent) == [good.name]


def test_a_reader_never_sees_half_a_file(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    replace = os.replace

    def look(source: Path, target: Path) -> None:
        seen.append((set(weights.load(source)[0]), set(weights.load(target)[0])))
        replace(source, target)

    monkeypatch.setattr(os, "replace", look)
    weights.save(good, {"other": np.ones(3)}, {})
    assert seen == [({"other"}, {"W", "b"})]


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002], indirect=True)
def test_the_mode_follows_the_umask(tmp_path: Path, umask: int) -> None:
    weights.save(tmp_path / "w", {"a": np.ones(1)}, {})
    assert (tmp_path / "w").stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F8_E5M2"])
def test_numbers_that_numpy_does_not_have(tmp_path: Path, dtype: str) -> None:
    size = 2 if dtype == "BF16" else 1
    header = json.dumps({"W": {"dtype": dtype, "shape": [2], "data_offsets": [0, 2 * size]}}).encode()
    (tmp_path / "w").write_bytes(struct.pack("<Q", len(header)) + header + bytes(2 * size))
    with pytest.raises(weights.WeightsError, match=r"w: expected a whole safetensors file"):
        weights.load(tmp_path / "w")


def test_a_single_number_keeps_its_shape(tmp_path: Path) -> None:
    weights.save(tmp_path / "w", {"t": np.array(7.0)}, {})
    assert weights.load(tmp_path / "w")[0]["t"].shape == ()


def test_nothing_at_all(tmp_path: Path) -> None:
    weights.save(tmp_path / "w", {}, {})
    assert weights.load(tmp_path / "w") == ({}, {})


@pytest.mark.parametrize("place", [-1, -10, -17])
def test_a_changed_byte_among_the_weights_is_noticed(good: Path, place: int) -> None:
    content = bytearray(good.read_bytes())
    content[place] ^= 0x10
    good.write_bytes(content)
    with pytest.raises(WeightsError, match=r"is damaged: expected weights of SHA-256 \w{64}, found \w{64}; use a copy"):
        weights.load(good)


def test_a_changed_text_is_noticed(good: Path) -> None:
    content = good.read_bytes()
    assert content.count(rb"\"a\": \"b\"") == 1
    good.write_bytes(content.replace(rb"\"a\": \"b\"", rb"\"a\": \"c\""))
    with pytest.raises(WeightsError, match="is damaged: expected weights of SHA-256"):
        weights.load(good)


def test_a_file_that_an_earlier_version_wrote_is_read_and_checked(good: Path) -> None:
    """Each text stood by itself, and the digest was of the arrays as they lie in the file."""
    arrays, _ = weights.load(good)
    plain = to_bytes(arrays)
    digest = hashlib.sha256(plain[8 + int.from_bytes(plain[:8], "little") :]).hexdigest()
    earlier = to_bytes(arrays, metadata={"a": "b", "sha256": digest})
    good.write_bytes(earlier)
    found, texts = weights.load(good)
    assert (as_bytes(found), texts) == (as_bytes(arrays), {"a": "b"})
    good.write_bytes(earlier[:-1] + bytes([earlier[-1] ^ 1]))
    with pytest.raises(WeightsError, match="is damaged: expected weights of SHA-256"):
        weights.load(good)


@pytest.mark.parametrize("about", ["", "[]", "{}", '{"sha256": 1}', '{"sha256": "x", "texts": 3}'])
def test_texts_that_are_none_are_no_file_of_ours(tmp_path: Path, about: str) -> None:
    (tmp_path / "w").write_bytes(to_bytes({"W": np.ones(2)}, metadata={weights.TEXTS: about}))
    with pytest.raises(WeightsError, match=r"w: expected a whole safetensors file"):
        weights.load(tmp_path / "w")


def test_a_file_without_a_digest_is_read(good: Path) -> None:
    arrays, _ = weights.load(good)
    good.write_bytes(to_bytes(arrays, metadata={"a": "b"}))  # as other programs write it, and this one once did
    found, texts = weights.load(good)
    assert (as_bytes(found), texts) == (as_bytes(arrays), {"a": "b"})


def test_a_file_that_is_replaced_meanwhile_is_read_as_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    weights.save(path, {"w": np.zeros(1000)}, {"says": "0"})
    done = threading.Event()

    def replace() -> None:
        for number in range(1, 30):
            weights.save(path, {"w": np.full(1000, number, np.float64)}, {"says": str(number)})
        done.set()

    thread = threading.Thread(target=replace)
    thread.start()
    while not done.is_set():
        arrays, texts = weights.load(path)
        assert set(arrays["w"].tolist()) == {float(texts["says"])}
    thread.join()
