"""The matrix product compared with NumPy; and all kernels without compilation, and as
compiled for processors with shorter registers.
"""

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnet.fast.kernels.products import MULTIPLE, ROWS, multiply, pack, width
from tests.helpers.commands import run
from tests.helpers.strategies import (
    DTYPES,
    Array,
    as_bytes,
    close,
    numbers,
    with_gaps,
)

GUARD = 7.5  # stored before and after C to detect writes outside it


SIZE = {
    "P": st.integers(1, 3),
    "n": st.integers(0, 2 * ROWS + 3),
    "L": st.integers(1, 40),
    "panels": st.integers(1, 6),
}
ARRANGEMENTS = st.sampled_from([np.asarray, np.ascontiguousarray, with_gaps])


@given(**SIZE, dtype=DTYPES, transposed=st.booleans(), arrange=ARRANGEMENTS)
@example(
    P=2,
    n=2 * ROWS + 1,
    L=17,
    panels=4,
    dtype=np.float32,
    transposed=True,
    arrange=np.ascontiguousarray,
)
def test_multiply_matches_numpy_and_stays_in_bounds(
    P: int,
    n: int,
    L: int,
    panels: int,
    dtype: type,
    transposed: bool,
    arrange: Callable[[Array], Array],
) -> None:
    rng = np.random.default_rng([P, n, L])
    K = MULTIPLE * panels
    A = (
        numbers(rng, P, L, n, dtype=dtype).swapaxes(1, 2)
        if transposed
        else numbers(rng, P, n, L, dtype=dtype)
    )
    B = numbers(rng, P, L, K, dtype=dtype)
    packed = arrange(pack(B))
    assert packed.shape == (P, K // width(K, dtype), L, width(K, dtype))
    # each matrix C lies between two rows of guards
    buffer: Array = np.full((P, K + n * K + K), GUARD, dtype)
    C = buffer[:, K : K + n * K].reshape(P, n, K)
    inputs = {"A": A, "packed": packed}
    before = as_bytes(inputs)
    multiply(A, packed, C)
    exact = np.einsum("pnl,plk->pnk", A.astype(np.float64), B.astype(np.float64))
    close(C, exact, dtype)
    assert np.all(buffer[:, :K] == GUARD), "the row before C was written to"
    assert np.all(buffer[:, -K:] == GUARD), "the row after C was written to"
    assert as_bytes(inputs) == before
    multiply(A, packed, C, add=True)
    close(C, 2 * exact, dtype)


@pytest.mark.parametrize("odd", ["A", "B", "C"])
def test_mixed_dtypes_are_refused(odd: str) -> None:
    """The compiled code would read beyond an array."""
    shapes = {"A": (1, 2, 3), "B": (1, 1, 3, 32), "C": (1, 2, 32)}  # B has one panel
    arrays = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    arrays[odd] = arrays[odd].astype(np.float64)
    with pytest.raises(TypeError, match="float64"):
        multiply(arrays["A"], arrays["B"], arrays["C"])


# The tests of all kernels in another process

HERE = Path(__file__).parent
PYTEST = ["-q", "-n", "0", "-p", "no:cacheprovider"]
compiled = pytest.mark.skipif(
    vars(numba.config)["DISABLE_JIT"], reason="nothing is compiled"
)


def assert_passes(command: list[str], **variables: str) -> None:
    """Run a command from the checkout, with these environment variables."""
    done = run(command, cwd=HERE.parents[1], env=os.environ | variables)
    assert done.returncode == 0, done.stdout + done.stderr


@compiled
@pytest.mark.full
def test_the_kernels_pass_their_tests_without_compilation() -> None:
    """Only then, every array index is checked."""
    tests = sorted(str(path) for path in HERE.glob("test_kernels_*.py"))
    command = [sys.executable, "-m", "pytest", *PYTEST, *tests]
    assert_passes(command, NUMBA_DISABLE_JIT="1")


# Numba can compile for other processors, so a machine with long registers can test the
# code for shorter ones.
# numba's CPU name and features, bytes per register, widest registers that the code may
# use
PROCESSORS = {
    "AVX2": ("haswell", "+avx2,+fma", 32, "ymm"),
    # numba's advice for a cache shared by several machines
    "any": ("generic", "", 16, "xmm"),
}
WITH_SHORTER_REGISTERS = """
import sys
import pytest
from nnet.fast.kernels import products, simd_loops

size, widest, *arguments = sys.argv[1:]
assert simd_loops.REGISTER == int(size), f"registers of {simd_loops.REGISTER} bytes"
failed = pytest.main(arguments)
code = ""
for kernel in products.COMPILED.values():
    code += "".join(kernel.inspect_asm().values())
assert next(name for name in ("zmm", "ymm", "xmm") if name in code) == widest
sys.exit(failed)
"""
AVX2 = platform.machine() in (
    "x86_64",
    "AMD64",
) and llvmlite.binding.get_host_cpu_features().get("avx2", False)


@compiled
@pytest.mark.skipif(not AVX2, reason="this processor has no AVX2")
@pytest.mark.full
@pytest.mark.parametrize("processor", PROCESSORS)
def test_the_kernels_pass_their_tests_with_shorter_registers(
    processor: str, tmp_path: Path
) -> None:
    name, features, size, widest = PROCESSORS[processor]
    tests = [
        str(HERE / f"test_kernels_{kernel}.py")
        for kernel in ("products", "one_channel", "winograd")
    ]
    program = [sys.executable, "-c", WITH_SHORTER_REGISTERS, str(size), widest]
    assert_passes(
        [*program, *PYTEST, *tests],
        NUMBA_CPU_NAME=name,
        NUMBA_CPU_FEATURES=features,
        NUMBA_CACHE_DIR=str(tmp_path),
    )


MISMATCHED = [
    ((2, 3, 5), (2, 5, 32), (2, 4, 32)),  # different numbers of rows
    ((2, 3, 5), (2, 4, 32), (2, 3, 32)),  # sums of different lengths
    ((2, 3, 5), (2, 5, 64), (2, 3, 32)),  # different numbers of columns
    ((2, 3, 5), (1, 5, 32), (2, 3, 32)),  # different numbers of matrices
    ((2, 3, 5), (2, 5, 32), (2, 3, 33)),  # not a whole number of panels
]


@pytest.mark.parametrize(("A", "B", "C"), MISMATCHED)
def test_mismatched_shapes_are_refused(
    A: tuple[int, ...], B: tuple[int, ...], C: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"^multiply: expected .* received"):
        multiply(np.ones(A), pack(np.ones(B)), np.ones(C))
