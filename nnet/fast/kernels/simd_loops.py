"""Apply a formula to the rows of a matrix, one vector register of columns at a time.

The fast convolution has many short loops, which read eight rows of 32 numbers and write
eight rows. LLVM, the compiler that numba uses, would first check whether any of the
sixteen rows overlap, and that check takes longer than the loop. So this module builds
the loop from LLVM instructions that read a whole column before they write any of it.
`along` turns a formula in plain Python into such a loop. docs/products.md explains how
numba calls it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.registry import cpu_target
from numba.extending import intrinsic
from numpy.typing import NDArray

# The processor features that numba compiles for, such as "+avx2,-avx512f,...". Numba's
# cache is keyed by them, so code compiled for one REGISTER size is never loaded on a
# processor with another.
FEATURES = cpu_target.target_context.codegen().magic_tuple()[2]
# bytes of a vector register
REGISTER = 64 if "+avx512f" in FEATURES else 32 if "+avx2" in FEATURES else 16
SECOND_CACHE = Path("/sys/devices/system/cpu/cpu0/cache/index2/size")  # exists on Linux
LINE = 64  # bytes of a cache line

Array = NDArray[np.floating]
# takes a number from each row of a, and returns one for each row of b; see `along`
Formula = Callable[..., Sequence[Any]]


def second_cache() -> int:
    """Return the bytes of a core's second-level cache, or 1 MiB if it is unknown."""
    try:
        # such as "2048K"
        return int(SECOND_CACHE.read_text().removesuffix("K\n")) << 10
    except (OSError, ValueError):
        return 1 << 20


@njit(cache=True, nogil=True)
def _start(buffer: NDArray[np.uint8]) -> int:
    """Return the number of bytes before the buffer's first cache line.

    Computing this with NumPy takes four times as long.
    """
    return -buffer.ctypes.data % LINE


def aligned(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return an uninitialized array that begins at a cache line.

    NumPy's own arrays may begin anywhere. The numbers for one register then often span
    two cache lines, so loading them takes two steps.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    buffer = np.empty(size + LINE, np.uint8)
    start = _start(buffer)
    return buffer[start : start + size].view(dtype).reshape(shape)


class Numbers:
    """The content of a register while code is generated.

    Operators emit instructions: `a + b` emits the one that adds a and b. "contract"
    lets LLVM combine a product and a sum in one instruction, which rounds once instead
    of twice.
    """

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder = builder
        self.value = value

    def _with(self, write: Callable[..., Any], other: Numbers) -> Numbers:
        return Numbers(
            self.builder, write(self.value, other.value, flags=("contract",))
        )

    def __add__(self, other: Numbers) -> Numbers:
        return self._with(self.builder.fadd, other)

    def __sub__(self, other: Numbers) -> Numbers:
        return self._with(self.builder.fsub, other)

    def __neg__(self) -> Numbers:
        return Numbers(self.builder, self.builder.fneg(self.value))

    def __rmul__(self, constant: float) -> Numbers:
        kind = self.value.type
        everywhere = (
            [constant] * kind.count if isinstance(kind, ir.VectorType) else constant
        )
        return self._with(
            self.builder.fmul, Numbers(self.builder, ir.Constant(kind, everywhere))
        )


def along(formula: Formula) -> Any:
    """Return a function f(a, b) that sets the rows of b to formula(*rows of a).

    Only compiled code can call it. The matrices a and b have contiguous rows and the
    same number of columns. They may be the same matrix.
    """
    if vars(config)["DISABLE_JIT"]:

        def plain(a: Any, b: Any) -> None:
            b[...] = np.stack(formula(*a[: formula.__code__.co_argcount]))

        return plain

    @intrinsic
    def columns(typing: Any, a: Any, b: Any) -> Any:
        if a.dtype != b.dtype:
            raise TypingError(
                "along: expected matrices of one dtype, "
                f"received {a.dtype} and {b.dtype}"
            )

        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            read, write = (
                context.make_array(kind)(context, builder, value)
                for kind, value in zip(signature.args, arguments, strict=True)
            )
            number = context.get_data_type(b.dtype)
            size = b.dtype.bitwidth // 8
            count = builder.extract_value(write.shape, 1)
            lanes = count.type(REGISTER // size)
            registers = builder.sdiv(count, lanes)
            done = builder.mul(registers, lanes)

            def at(view: Any, row: int, offset: Any, kind: Any) -> Any:
                step = builder.mul(
                    builder.extract_value(view.strides, 0), offset.type(row)
                )
                start = builder.ptrtoint(view.data, offset.type)
                return builder.inttoptr(
                    builder.add(builder.add(start, step), offset), kind.as_pointer()
                )

            def loop(kind: Any, first: Any, times: Any, step: int) -> None:
                with cgutils.for_range(builder, times) as index:
                    offset = builder.add(
                        first, builder.mul(index.index, count.type(step))
                    )
                    rows = range(formula.__code__.co_argcount)
                    loaded = [
                        builder.load(at(read, row, offset, kind), align=size)
                        for row in rows
                    ]
                    results = formula(*(Numbers(builder, value) for value in loaded))
                    for row, result in enumerate(results):
                        builder.store(
                            result.value, at(write, row, offset, kind), align=size
                        )

            loop(
                ir.VectorType(number, REGISTER // size),
                count.type(0),
                registers,
                REGISTER,
            )
            # the remaining columns
            loop(
                number,
                builder.mul(done, count.type(size)),
                builder.sub(count, done),
                size,
            )
            return context.get_dummy_value()

        return types.void(a, b), build

    return columns
