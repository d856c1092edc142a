"""Many small matrix products, at the speed of the processor.

C = A B, with A (n, L) and B (L, K), is cut into tiles of ROWS x width numbers that fit into the vector registers. A
tile stays there while the sum over l runs; each step loads `width` numbers of B's row l, and for every row of the tile
one number of A's column l:

    for l in range(L):
        for r in range(ROWS):
            tile[r, :] += A[r, l] * B[l, :]

Two numbers loaded from the fast cache serve many multiplications: 8 + 32 loads for 256 products. A library product
(BLAS) does the same inside, but first copies its matrices into the order of this loop, and its small ones get less
care: on the products of `nnet.kernels.winograd` it runs at 60 to 100 GFLOP/s where this runs at 95 to 115
(docs/performance.md). We make B in that order to begin with: its columns in panels, `pack`.

Numba keeps no array in registers, so the loop over a tile is built from the vector instructions of LLVM, the compiler
below numba, by `_tile`. It reads like the loop above, written by a loop.

Source of the scheme: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication".
"""

import os
from types import FunctionType
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

Array = NDArray[np.floating]

# Bytes of a vector register, and rows of a tile of two registers each: 16 of the 32 registers that AVX-512 and ARM
# have, 8 of the 16 of AVX2. The rest hold what was loaded.
_has = os.environ.get("NUMBA_CPU_FEATURES") or llvmlite.binding.get_host_cpu_features().flatten()
REGISTER, ROWS = (64, 8) if "+avx512f" in _has else (32, 4) if "+avx2" in _has else (16, 8)
REGISTERS = 2  # side by side in a row of a tile


def width(dtype: Any) -> int:
    """Numbers in a row of a tile, and columns of a panel: 32 in float32 with AVX-512, always a divisor of 32."""
    return REGISTERS * REGISTER // np.dtype(dtype).itemsize


def pack(B: Array) -> Array:
    """A view of B (..., L, K) with its columns in panels: (..., K / width, L, width). K is a multiple of the width."""
    return B.reshape(*B.shape[:-1], -1, width(B.dtype)).swapaxes(-3, -2)


def _tile(rows: int) -> Any:
    """An intrinsic, a function that only numba's compiled code can call: C <- A B for `rows` rows and one panel.

    Addresses and the distances (`_row`, from one row to the next, `_step`, from one l to the next) are in bytes.
    """

    @intrinsic
    def tile(
        typing: Any, zero: Any, a: Any, a_row: Any, a_step: Any, b: Any, b_step: Any, c: Any, c_row: Any, L: Any
    ) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _, a, a_row, a_step, b, b_step, c, c_row, L = arguments
            number = context.get_value_type(signature.args[0])  # float or double
            vector = ir.VectorType(number, REGISTER // (4 if isinstance(number, ir.FloatType) else 8))

            def at(start: Any, index: Any, step: Any, kind: Any) -> Any:
                return builder.inttoptr(builder.add(start, builder.mul(index, step)), kind.as_pointer())

            def everywhere(value: Any) -> Any:
                """A vector with the same number in every place."""
                nothing, first = ir.Constant(vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
                places = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
                return builder.shuffle_vector(builder.insert_element(nothing, value, first), nothing, places)

            # Variables, not registers: LLVM finds that nobody needs their addresses, and keeps them in registers.
            sums = [
                [cgutils.alloca_once_value(builder, ir.Constant(vector, None)) for _ in range(REGISTERS)]
                for _ in range(rows)
            ]
            register = a.type(REGISTER)
            with cgutils.for_range(builder, L) as loop:
                b_l = builder.add(b, builder.mul(loop.index, b_step))
                a_l = builder.add(a, builder.mul(loop.index, a_step))
                bs = [builder.load(at(b_l, a.type(v), register, vector), align=4) for v in range(REGISTERS)]
                for r in range(rows):
                    a_rl = everywhere(builder.load(at(a_l, a.type(r), a_row, number)))
                    for v in range(REGISTERS):
                        product = builder.fmul(a_rl, bs[v], flags=("contract",))  # "contract": multiply and add in one
                        total = builder.fadd(product, builder.load(sums[r][v]), flags=("contract",))
                        builder.store(total, sums[r][v])
            for r in range(rows):
                c_r = builder.add(c, builder.mul(a.type(r), c_row))
                for v in range(REGISTERS):
                    builder.store(builder.load(sums[r][v]), at(c_r, a.type(v), register, vector), align=4)
            return context.get_dummy_value()

        return types.void(zero, *[types.intp] * 8), build

    return tile


_rows_tile, _row_tile = _tile(ROWS), _tile(1)


@njit(cache=True, nogil=True)
def _multiply(A: Array, B: Array, C: Array) -> None:
    P, n, L = A.shape
    zero = C.dtype.type(0)
    for p in range(P):
        for q in range(B.shape[1]):
            b, k = B[p, q].ctypes.data, q * B.shape[3]
            whole = n - n % ROWS
            for r in range(0, whole, ROWS):
                a, c = A[p, r:].ctypes.data, C[p, r:, k:].ctypes.data
                _rows_tile(zero, a, A.strides[1], A.strides[2], b, B.strides[2], c, C.strides[1], L)
            for r in range(whole, n):
                a, c = A[p, r:].ctypes.data, C[p, r:, k:].ctypes.data
                _row_tile(zero, a, A.strides[1], A.strides[2], b, B.strides[2], c, C.strides[1], L)


def multiply(A: Array, B: Array, C: Array) -> None:
    """C[p] <- A[p] B[p] for every p.

    Parameters
    ----------
    A : (P, n, L) array, may be a view such as a transposed array
    B : (P, K / width, L, width) array, as `pack` orders it; a copy in that order is read fastest
    C : (P, n, K) array, C-contiguous

    Raises
    ------
    TypeError : the three have different dtypes, of which the addresses computed here would know nothing.
    """
    if not A.dtype == B.dtype == C.dtype:
        raise TypeError(f"multiply: expected arrays of one dtype, received {A.dtype}, {B.dtype} and {C.dtype}")
    if B.strides[3] != B.itemsize:  # a register is loaded from numbers side by side
        B = np.ascontiguousarray(B)
    if isinstance(_multiply, FunctionType):  # numba is told not to compile, and the tile is nothing without it
        np.matmul(A, B.swapaxes(1, 2).reshape(len(A), A.shape[2], -1), out=C)
    else:
        _multiply(A, B, C)
