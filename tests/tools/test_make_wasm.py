"""tools/make_wasm.py: the tile of the pages' matrix products."""

from tools import make_wasm


def test_the_tile_is_small_and_made_by_this_version_of_the_program() -> None:
    text = make_wasm.SCRIPT.read_text("utf-8")
    module = make_wasm.make_module(make_wasm.compile_object())
    assert len(module) < 1000
    assert make_wasm.TILE.search(text)
    if f"LLVM {make_wasm.llvm_version()}." in text:
        # other versions emit other instructions
        assert make_wasm.with_tile(text, module) == text
