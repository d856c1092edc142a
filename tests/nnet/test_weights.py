"""Weight files: round trips, every kind of invalid file, and atomic replacement of an
old file.
"""

import errno
import json
import os
import re
import struct
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from safetensors.numpy import save as to_bytes

from nnet import weights
from nnet.weights import UnreadableError, WeightsError
from tests.helpers.strategies import Array, as_bytes, build, numbers

DEEP = "[" * 100_000
# not written by this program
METADATA = ["", "[]", "{}", '{"sha256": 1}', '{"sha256": "x", "texts": 3}', DEEP]
DTYPES = st.sampled_from(
    [np.float16, np.float32, np.float64, np.int64, np.uint8, np.uint64]
)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
ARRAYS = st.dictionaries(
    st.text(min_size=1, max_size=8), hnp.arrays(DTYPES, SHAPES), max_size=4
)
TEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


@given(arrays=ARRAYS, texts=TEXTS)
@example(arrays={}, texts={})
@example(arrays={"t": np.array(7.0)}, texts={})
def test_arrays_and_texts_round_trip(
    folder: Path, arrays: dict[str, Array], texts: dict[str, str]
) -> None:
    arrays = {name: array.T for name, array in arrays.items()}  # not contiguous
    arrays.pop("__metadata__", None)  # the format reserves this name
    weights.save(folder / "any.safetensors", arrays, texts)
    result, metadata = weights.load(folder / "any.safetensors")
    assert metadata == texts
    assert result.keys() == arrays.keys()
    for name, array in arrays.items():
        assert result[name].dtype == array.dtype
        assert result[name].shape == array.shape
    assert as_bytes(result) == as_bytes(arrays)


def test_float16_is_stored_and_loads_in_the_dtype_of_the_network(
    tmp_path: Path,
) -> None:
    W = numbers(np.random.default_rng(0), 100, 50, dtype=np.float32)
    weights.save(tmp_path / "half", {"W": W, "t": np.array([70_000])}, {}, np.float16)
    result, _ = weights.load(tmp_path / "half")
    assert result["W"].dtype == np.float16
    target: dict[str, NDArray[Any]] = {
        "W": np.zeros((100, 50), np.float32),
        "t": np.zeros(1, np.int64),
    }
    weights.copy_into(target, result, "half")
    np.testing.assert_allclose(target["W"], W, rtol=1e-3, atol=1e-6)
    assert target["t"].tolist() == [70_000]


# Invalid files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    network, _ = build("dense", np.float32)
    weights.save(tmp_path / "good.safetensors", network.parameters(), {"a": "b"})
    return tmp_path / "good.safetensors"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    for path, found in ((tmp_path / "gone", "none"), (tmp_path, "something else")):
        with pytest.raises(
            WeightsError,
            match=rf"{path.name}: expected a weights file, found {found}; check the",
        ):
            weights.load(path)


def with_header(dtype: str, size: int, length: int) -> bytes:
    """Return a file whose header announces `size` bytes of numbers, but which contains
    `length` bytes.
    """
    header = json.dumps(
        {"W": {"dtype": dtype, "shape": [2], "data_offsets": [0, size]}}
    ).encode()
    return struct.pack("<Q", len(header)) + header + bytes(length)


FOREIGN = to_bytes({"W": np.ones(2)}, metadata={"a": "b"})
MALFORMED = [
    FOREIGN,
    FOREIGN[:-1],
    to_bytes({"W": np.ones(2)}),
    with_header("F32", 8, 7),
    with_header("F32", 8, 9),
    with_header("BF16", 4, 4),
    with_header("F8_E4M3", 2, 2),
    *(to_bytes({"W": np.ones(2)}, metadata={weights.TEXTS: text}) for text in METADATA),
    b"\x89PNG\r\n\x1a\n" + bytes(100),
    b"not weights at all, but long enough to hold a header",
    bytes(8),
    struct.pack("<Q", 2) + b"[]",
    struct.pack("<Q", 1 << 60) + b"{}",
]
NOT_WHOLE = r"w: expected a whole safetensors file; [^\n]*\Z"
DAMAGED = r"is damaged: expected weights of SHA-256 .*, found \w{64}; restore"


def assert_refused(file: Path, content: bytes, message: str) -> None:
    file.write_bytes(content)
    with pytest.raises(WeightsError, match=message):
        weights.load(file)


@pytest.mark.parametrize("content", MALFORMED)
def test_a_foreign_or_malformed_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert_refused(tmp_path / "w", content, NOT_WHOLE)


def test_a_truncated_file_is_refused(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    for length in (0, 1, 7, 8, 9, 40, -1):
        assert_refused(tmp_path / "w", content[:length], NOT_WHOLE)


CHANGES = {
    "missing": (lambda arrays: arrays.pop("b"), r"expected b \(4,\), found absent"),
    "extra": (
        lambda arrays: arrays.update(z=np.ones(2)),
        r"expected z absent, found \(2,\)",
    ),
    "other shape": (
        lambda arrays: arrays.update(W=np.ones((4, 5))),
        r"expected W \(5, 4\), found \(4, 5\)",
    ),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_weights_of_another_network_are_refused_and_change_nothing(
    file: Path, change: Any, message: str
) -> None:
    network, _ = build("dense", np.float32, seed=1)
    before = as_bytes(network.parameters())
    arrays, _ = weights.load(file)
    change(arrays)
    with pytest.raises(
        WeightsError,
        match=rf"^good: belongs to another network; {message}; use the file",
    ) as caught:
        weights.copy_into(network.parameters(), arrays, "good")
    assert as_bytes(network.parameters()) == before
    assert "\n" not in str(caught.value)


# Writing


def test_a_changed_byte_text_or_shape_is_detected(file: Path) -> None:
    content = file.read_bytes()
    arrays, _ = weights.load(file)
    for position in (-1, -10, -17):
        changed = bytearray(content)
        changed[position] ^= 0x10
        assert_refused(file, bytes(changed), DAMAGED)
    assert content.count(rb"\"a\": \"b\"") == 1
    other_text = content.replace(rb"\"a\": \"b\"", rb"\"a\": \"c\"")
    assert_refused(file, other_text, DAMAGED)
    swapped = re.sub(rb'"shape":\[(\d+),(\d+)\]', rb'"shape":[\2,\1]', content)
    assert swapped != content
    assert_refused(file, swapped, DAMAGED)
    for digest in ("null", "true", '""', "[]"):  # these are no texts
        about = f'{{"sha256": {digest}, "texts": {{"a": "b"}}}}'
        unknown = to_bytes(arrays, metadata={weights.TEXTS: about})
        assert_refused(file, unknown, DAMAGED)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.EACCES, UnreadableError), (errno.EIO, WeightsError)],
)
def test_a_file_that_the_system_refuses_to_read_may_be_whole(
    file: Path, number: int, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = OSError(number, "refused")
    monkeypatch.setattr(Path, "read_bytes", Mock(side_effect=refusal))
    with pytest.raises(WeightsError, match=r"good.* cannot be read: refused") as caught:
        weights.load(file)
    assert caught.type is kind


@pytest.mark.parametrize("size", [weights.MAX_BYTES + 1, 3 << 30, 1 << 40])
def test_a_huge_file_is_refused_before_it_is_read(
    file: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.truncate(file, size)  # a sparse file, which takes no space on the disk
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read"))
    with pytest.raises(WeightsError, match=r"at most 1,073,741,824 bytes, found more"):
        weights.load(file)


def test_a_file_that_would_be_too_large_to_load_is_not_written(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()
    monkeypatch.setattr(weights, "MAX_BYTES", 100)
    with pytest.raises(
        OSError, match="expected at most 100 bytes of weights; choose smaller networks"
    ):
        weights.save(file, {"other": np.ones(3)}, {})
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]
