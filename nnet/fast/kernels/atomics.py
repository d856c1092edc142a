"""Exchange numbers with other processes through shared memory, in order.

A processor, such as an ARM, may reorder reads and writes of memory, so that another
process sees writes in a different order. A load with "acquire" and a store with
"release" prevent that: a process that reads a counter written after some arrays finds
these arrays complete. LLVM emits such loads and stores for every processor.

Source: Boehm and Adve 2008, "Foundations of the C++ concurrency memory model".
"""

import platform
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from nnet.fast.kernels.simd_loops import LINE

# Numbers in a row of counters. Each process has a cache line of its own, so that no two
# processes write to the same one.
ROW = LINE // 8

IS_X86 = platform.machine() == "x86_64"
# `Any`, because callers of an intrinsic leave out its first parameter, `typing`.
_intrinsic: Any = intrinsic
# (processes, ROW), in shared memory; only the first column is used
Counters = NDArray[np.int64]


@_intrinsic
def _load(typing: Any, counters: Any, row: Any) -> Any:
    """Return counters[row, 0], before any later read."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(
            _address(context, builder, signature, arguments), "acquire", 8
        )

    return types.int64(counters, row), build


@_intrinsic
def _store(typing: Any, counters: Any, row: Any, value: Any) -> Any:
    """Set counters[row, 0], after all earlier writes and before any later read."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store_atomic(
            arguments[2], _address(context, builder, signature, arguments), "release", 8
        )
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(counters, row, types.int64), build


@_intrinsic
def _pause(typing: Any) -> Any:
    """Tell an x86 processor that this thread is spinning; elsewhere do nothing.

    The processor then favours the other thread of the same core.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if IS_X86:
            function = ir.FunctionType(ir.VoidType(), [])
            builder.call(
                cgutils.get_or_insert_function(
                    builder.module, function, "llvm.x86.sse2.pause"
                ),
                [],
            )
        return context.get_dummy_value()

    return types.void(), build


def _address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Return the pointer to counters[row, 0]."""
    counters = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.gep(
        counters.data, [builder.mul(arguments[1], arguments[1].type(ROW))]
    )


@njit(cache=True, nogil=True)
def publish(counters: Counters, row: int, value: int) -> None:
    """Set counters[row, 0]. Readers of it then see all earlier writes, too."""
    _store(counters, row, value)


@njit(cache=True, nogil=True)
def any_is_set(counters: Counters) -> bool:
    """Return whether one of counters[:, 0] is not 0."""
    for row in range(counters.shape[0]):
        if _load(counters, row) != 0:
            return True
    return False


@njit(cache=True, nogil=True)
def all_reach(counters: Counters, value: int, looks: int) -> bool:
    """Return whether all of counters[:, 0] are at least `value`.

    If they are not, read them again, up to `looks` times in all.
    """
    row = 0
    for _ in range(looks):
        while row < counters.shape[0] and _load(counters, row) >= value:
            row += 1
        if row == counters.shape[0]:
            return True
        _pause()
    return False
