"""Compute many small matrix products at the full speed of the processor.

docs/products.md explains the method. Words: a *register* holds a few adjacent numbers
(16 float32 numbers with AVX-512), and one instruction computes with all of them. A
*tile* is a part of C that stays in registers while it is computed. A *panel* is a group
of adjacent columns of B, as wide as a tile, stored row after row.

The product C = A B, with A (n, L) and B (L, K), is divided into tiles of ROWS x width
numbers, which stay in the vector registers during the sum over l:

    for l in range(L):
        for r in range(ROWS):
            tile[r, :] += A[r, l] * B[l, :]

B is stored in panels (see `pack`). Numba does not keep arrays in registers,
so `emit_tile` emits this loop as instructions of LLVM, the compiler that numba uses.

Source of the method: Goto and van de Geijn 2008, "Anatomy of high-performance matrix
multiplication".
"""

from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, from_dtype, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from nnet.fast.kernels.simd_loops import FEATURES, REGISTER, Array, aligned

# Rows of a tile. AVX-512 and ARM have 32 registers. A tile takes 16 of them with two
# registers for each row, or 24 with three. AVX2 and SSE have 16 registers, of which a
# tile takes 8. The other registers hold the loaded numbers.
ROWS = 8 if "+avx512f" in FEATURES or "+neon" in FEATURES else 4
# must divide the number of columns, because a register holds at most 16 numbers
MULTIPLE = 16


@cache
def registers(columns: int, dtype: Any) -> int:
    """Return how many registers a row of a tile takes: 2, 3 or 1.

    It is 2 if the numbers in two registers divide `columns`, else 3 if those in three
    do, else 1. With AVX-512, two registers hold 32 float32 numbers. In all other cases
    they hold at most 16, which always divides `columns`, so the result is 2.
    """
    numbers = REGISTER // np.dtype(dtype).itemsize
    return next((count for count in (2, 3) if columns % (count * numbers) == 0), 1)


@cache
def width(columns: int, dtype: Any) -> int:
    """Return how many numbers a row of a tile or panel has.

    For example, it is 32 for 64 columns of float32 with AVX-512.
    """
    return registers(columns, dtype) * REGISTER // np.dtype(dtype).itemsize


def pack(B: Array) -> Array:
    """Return a view of B (..., L, K) as panels, (..., K / width, L, width).

    Panel q has the columns q * width to (q + 1) * width - 1. MULTIPLE must divide K.
    """
    return B.reshape(*B.shape[:-1], -1, width(B.shape[-1], B.dtype)).swapaxes(-3, -2)


def emit_broadcast(builder: ir.IRBuilder, vector: ir.VectorType, value: Any) -> Any:
    """Emit code for a vector that has the same number in every position."""
    nothing = ir.Constant(vector, ir.Undefined)
    first = ir.Constant(ir.IntType(32), 0)
    places = ir.Constant(
        ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count
    )
    return builder.shuffle_vector(
        builder.insert_element(nothing, value, first), nothing, places
    )


def emit_tile(
    builder: ir.IRBuilder,
    number: ir.Type,
    register_bytes: int,
    rows: int,
    side_by_side: int,
    arguments: Any,
) -> None:
    """Emit code for one tile of C <- A B, or of C <- C + A B if `add` is not 0.

    The tile has `rows` rows of `side_by_side` registers. `arguments` are LLVM values of
    one integer type: a, a_row, a_step, b, b_step, c, c_row, L and add. a, b and c are
    the addresses of the tile's rows of A, its panel of B, and the tile. Distances
    (`_row` from one row to the next, `_step` from one l to the next) are in bytes.
    `number` is float or double. The Python loops in this function emit instructions one
    after another, and `for_range` emits a loop. `a.type(8)` is the constant 8 as an
    integer of the same type as a.

    Both numba's kernels and the WebAssembly of the pages (tools/make_wasm.py) use this
    function.
    """
    a, a_row, a_step, b, b_step, c, c_row, L, add = arguments
    vector = ir.VectorType(
        number, register_bytes // (4 if isinstance(number, ir.FloatType) else 8)
    )

    def at(start: Any, index: Any, step: Any, kind: Any) -> Any:
        return builder.inttoptr(
            builder.add(start, builder.mul(index, step)), kind.as_pointer()
        )

    # The sums are declared on the stack. Nothing takes their addresses, so LLVM moves
    # them into registers.
    sums = [
        [
            cgutils.alloca_once_value(builder, ir.Constant(vector, None))
            for _ in range(side_by_side)
        ]
        for _ in range(rows)
    ]
    register = a.type(register_bytes)
    with cgutils.for_range(builder, L) as loop:
        b_l = builder.add(b, builder.mul(loop.index, b_step))
        a_l = builder.add(a, builder.mul(loop.index, a_step))
        bs = [
            builder.load(at(b_l, a.type(v), register, vector), align=4)
            for v in range(side_by_side)
        ]
        for r in range(rows):
            number_of_a = builder.load(at(a_l, a.type(r), a_row, number))
            a_rl = emit_broadcast(builder, vector, number_of_a)
            for v in range(side_by_side):
                # "contract" permits one instruction for both, a fused multiply-add.
                product = builder.fmul(a_rl, bs[v], flags=("contract",))
                total = builder.fadd(
                    product, builder.load(sums[r][v]), flags=("contract",)
                )
                builder.store(total, sums[r][v])
    results = []  # (sum, address of its place in C)
    for r in range(rows):
        c_r = builder.add(c, builder.mul(a.type(r), c_row))
        results += [
            (sums[r][v], at(c_r, a.type(v), register, vector))
            for v in range(side_by_side)
        ]
    with builder.if_then(builder.icmp_signed("!=", add, add.type(0))):
        for total, place in results:
            builder.store(
                builder.fadd(builder.load(place, align=4), builder.load(total)), total
            )
    for total, place in results:
        builder.store(builder.load(total), place, align=4)


def _tile(rows: int) -> Any:
    """Return a numba intrinsic that computes one tile with this number of rows.

    An intrinsic is a function that only compiled code can call. Only the type of `like`
    matters. It is a tuple of float32 or float64 with one number for each register in a
    row of the tile. `emit_tile` explains the other arguments.
    """

    @intrinsic
    def tile(
        typing: Any,
        like: Any,
        a: Any,
        a_row: Any,
        a_step: Any,
        b: Any,
        b_step: Any,
        c: Any,
        c_row: Any,
        L: Any,
        add: Any,
    ) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = signature.args[0]
            emit_tile(
                builder,
                context.get_value_type(kind.dtype),
                REGISTER,
                rows,
                kind.count,
                arguments[1:],
            )
            return context.get_dummy_value()  # stands for None

        # an intrinsic is its signature and its code generator
        return types.void(like, *[types.intp] * 9), build

    return tile


HALF = ROWS // 2
_whole_tile = _tile(ROWS)
_half_tile = _tile(HALF)
_one_row = _tile(1)


def _multiply(
    A: Array, B: Array, C: Array, like: tuple[np.floating, ...], add: int
) -> None:
    """Compute C[p] <- A[p] B[p], or add to C[p], panel by panel and tile by tile.

    A is (P, n, L), B (P, K / width, L, width) and C (P, n, K). A panel of B, 32 KB in
    the fast convolution, stays in the first-level cache for all tiles. Rows that do not
    fill a tile go through a tile of half the height, then one by one.
    """
    P, n, L = A.shape
    a_row = A.strides[1]
    a_step = A.strides[2]
    b_step = B.strides[2]
    c_row = C.strides[1]
    for p in range(P):
        for q in range(B.shape[1]):
            a, b, c = (
                A[p].ctypes.data,
                B[p, q].ctypes.data,
                C[p, :, q * B.shape[3] :].ctypes.data,
            )
            r = 0
            while r + ROWS <= n:
                _whole_tile(
                    like,
                    a + r * a_row,
                    a_row,
                    a_step,
                    b,
                    b_step,
                    c + r * c_row,
                    c_row,
                    L,
                    add,
                )
                r += ROWS
            if r + HALF <= n:
                _half_tile(
                    like,
                    a + r * a_row,
                    a_row,
                    a_step,
                    b,
                    b_step,
                    c + r * c_row,
                    c_row,
                    L,
                    add,
                )
                r += HALF
            while r < n:
                _one_row(
                    like,
                    a + r * a_row,
                    a_row,
                    a_step,
                    b,
                    b_step,
                    c + r * c_row,
                    c_row,
                    L,
                    add,
                )
                r += 1


COMPILED: dict[tuple[np.dtype, int], Any] = {}


def _compiled(dtype: np.dtype, count: int) -> Any:
    """Return `_multiply`, compiled for this dtype and number of registers in a row.

    The signature allows arrays of any layout, so one compilation serves all. Without a
    signature, numba would compile the function for every combination of contiguous and
    other arrays, and a step of training has six.
    """
    if (dtype, count) not in COMPILED:
        number = from_dtype(dtype)
        A, B = (
            types.Array(number, dimensions, "A", readonly=True, aligned=False)
            for dimensions in (3, 4)
        )
        signature = types.void(
            A,
            B,
            types.Array(number, 3, "A"),
            types.UniTuple(number, count),
            types.boolean,
        )
        COMPILED[dtype, count] = njit(signature, cache=True, nogil=True)(_multiply)
    return COMPILED[dtype, count]


@njit(cache=True, nogil=True)
def _ordered(B: Array) -> Array:
    """Return a C-contiguous copy of panels (P, Q, L, width).

    NumPy takes a third longer than this loop to copy a transposed matrix.
    """
    P, Q, L, w = B.shape
    copy = np.empty((P, Q, L, w), B.dtype)
    for p in range(P):
        for q in range(Q):
            for i in range(L):
                for k in range(w):
                    copy[p, q, i, k] = B[p, q, i, k]
    return copy


def multiply(A: Array, B: Array, C: Array, add: bool = False) -> None:
    """Compute C[p] <- A[p] B[p] for every p, or with `add` C[p] <- C[p] + A[p] B[p].

    A is (P, n, L), of any layout. B is the result of `pack`, (P, K / width, L, width);
    a contiguous copy of it is read fastest. C is (P, n, K), each of its P matrices
    C-contiguous. If dtypes or shapes do not match, raise TypeError or ValueError,
    because the compiled code would access memory outside the arrays.
    """
    if not A.dtype == B.dtype == C.dtype:
        raise TypeError(
            "multiply: expected arrays of one dtype, "
            f"received {A.dtype}, {B.dtype} and {C.dtype}"
        )
    (P, n, L), panel = A.shape, width(C.shape[-1], C.dtype)
    fits = B.shape == (P, C.shape[2] // panel, L, panel) and C.shape == (
        P,
        n,
        B.shape[1] * panel,
    )
    if not fits or not C[:1].flags.c_contiguous:
        expected = f"(P, n, L), (P, K/{panel}, L, {panel}) and (P, n, K), contiguous"
        raise ValueError(
            f"multiply: expected {expected}, "
            f"received {A.shape}, {B.shape} and {C.shape}"
        )
    if B.strides[3] != B.itemsize:  # registers are loaded from adjacent numbers
        B = _ordered(B)
    count = registers(C.shape[2], C.dtype)
    if vars(config)["DISABLE_JIT"]:  # then tiles cannot be compiled
        C[...] = A @ B.swapaxes(1, 2).reshape(len(A), A.shape[2], -1) + (
            C if add else 0
        )
    else:
        _compiled(C.dtype, count)(A, B, C, (C.dtype.type(0),) * count, add)


def product(A: Array, B: Array) -> Array:
    """Return A B for two matrices (n, L) and (L, K), which may be transposed views.

    MULTIPLE must divide K.
    """
    C = aligned((len(A), B.shape[1]), A.dtype)
    multiply(A[None], pack(B[None]), C[None])
    return C


def add_product(A: Array, B: Array, C: Array) -> None:
    """Compute C <- C + A B, with A and B as in `product` and C (n, K) contiguous."""
    multiply(A[None], pack(B[None]), C[None], add=True)
