"""Compile the inner loop of the pages' matrix products to WebAssembly.

    python -m tools.make_wasm

The loop computes one tile of a product (nnet/fast/kernels/products.py). LLVM, the
compiler that numba uses, also compiles it for WebAssembly, with registers of 128 bits
and tiles of 4 rows of 8 float32 numbers. A WebAssembly object file is almost a module:
it imports the memory, and lacks only the section that exports the function. This
program adds the section, so no linker is needed, and stores the module in base64 in
static/js/nn/products.js.

Source: WebAssembly Core Specification 2.0, section 5.5, "Modules" of the binary format.
"""

import base64
import re
import sys

from llvmlite import binding, ir

from gan.base.package_folders import STATIC
from nnet.fast.kernels.products import emit_tile
from tools import main_of

SCRIPT = STATIC / "js" / "nn" / "products.js"
TRIPLE = "wasm32-unknown-unknown"
FEATURES = "+simd128"
REGISTER = 16  # bytes
ROWS = 4  # of the tile
SIDE_BY_SIDE = 2  # registers in a row
NAME = "tile"
HEADER = 8  # bytes: magic number and version
# Section ids. Except for custom sections, a module's sections are in ascending order.
FUNCTIONS = 3
EXPORTS = 7
CUSTOM = 0
TILE = re.compile(r'in base64, made with LLVM [^ ]+\. \*/\nconst TILE =\n  "[^"]*";')


def compile_object() -> bytes:
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    machine = binding.Target.from_triple(TRIPLE).create_target_machine(
        opt=3, features=FEATURES
    )
    module = ir.Module()
    module.triple = TRIPLE
    module.data_layout = str(machine.target_data)
    signature = ir.FunctionType(ir.VoidType(), [ir.IntType(32)] * 9)
    function = ir.Function(module, signature, NAME)
    builder = ir.IRBuilder(function.append_basic_block())
    emit_tile(builder, ir.FloatType(), REGISTER, ROWS, SIDE_BY_SIDE, function.args)
    builder.ret_void()
    parsed = binding.parse_assembly(str(module))
    options = binding.create_pipeline_tuning_options(speed_level=3)
    passes = binding.create_pass_builder(machine, options)
    passes.getModulePassManager().run(parsed, passes)
    return bytes(machine.emit_object(parsed))


def sections(module: bytes) -> list[tuple[int, bytes]]:
    """Return the (id, content) of every section of a module."""
    found = list[tuple[int, bytes]]()
    at = HEADER
    while at < len(module):
        kind = module[at]
        size = 0
        shift = 0
        more = True
        while more:  # LEB128: seven bits a byte, the lowest first
            at += 1
            size |= (module[at] & 0x7F) << shift
            shift += 7
            more = module[at] >= 0x80
        at += 1
        found.append((kind, module[at : at + size]))
        at += size
    return found


def leb128(number: int) -> bytes:
    low = number & 0x7F
    rest = number >> 7
    return bytes([low | 0x80]) + leb128(rest) if rest else bytes([low])


def make_module(compiled: bytes) -> bytes:
    """Return a module that exports the only function of an object file."""
    # One export: the length of its name, the name, kind 0 (function) and index 0.
    export = bytes([1, len(NAME)]) + NAME.encode() + bytes([0, 0])
    module = compiled[:HEADER]
    for kind, content in sections(compiled):
        if kind != CUSTOM:  # custom sections are for linkers
            module += bytes([kind]) + leb128(len(content)) + content
        if kind == FUNCTIONS:
            module += bytes([EXPORTS]) + leb128(len(export)) + export
    return module


def llvm_version() -> str:
    return ".".join(map(str, binding.llvm_version_info[:2]))


def with_tile(script: str, module: bytes) -> str:
    """Return the script with `module` in place of the module that it contains."""
    text = base64.b64encode(module).decode()
    return TILE.sub(
        f'in base64, made with LLVM {llvm_version()}. */\nconst TILE =\n  "{text}";',
        script,
    )


def write() -> None:
    module = make_module(compile_object())
    SCRIPT.write_text(with_tile(SCRIPT.read_text("utf-8"), module), "utf-8")
    print(f"{SCRIPT}: {len(module)} bytes of WebAssembly")


main = main_of(
    "tools.make_wasm", "Write the tile of matrix products as WebAssembly.", write
)


if __name__ == "__main__":
    sys.exit(main())
