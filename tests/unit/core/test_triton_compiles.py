"""Triton kernels are compiled for real devices, none of which is needed for that.

What is checked: products go to tensor cores, and no kernel spills registers to memory.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

triton = pytest.importorskip(
    "triton", reason="Triton comes with torch builds for a GPU (docs/kernels.md)"
)
pytestmark = pytest.mark.skipif(
    os.environ.get("TRITON_INTERPRET") == "1", reason="the interpreter compiles nothing"
)

SIZES = {name: "i32" for name in ("rows", "depth", "columns", "sites", "row_step", "offset")}
NUMBERS = {name: "fp32" for name in ("low", "step", "beta", "scale")}
TENSORS = {
    "codes": "*u8", "weight": "*fp32", "inputs": "*fp32", "field": "*fp32", "key": "*i64",
    "out": "*u8",
}  # fmt: skip
# Which stride of the weights is 1 depends on the direction.
UP, DOWN = {"weight_column": 1}, {"weight_row": 1}
KERNELS = [
    ("product", {**UP, "R": 1, "K": 21}),
    ("product", {**UP, "R": 21, "K": 1}),
    ("product", {**UP, "R": 1, "K": 1}),
    ("two_state_after", DOWN),
    ("states_after", {**DOWN, "Q": 21}),
    ("states_after", {**DOWN, "Q": 200}),
    ("two_state_from", {}),
    ("states_from", {"Q": 21}),
]


def compile_for(name, known, capability):
    """A compiled kernel with the tiles that `gpu` chooses."""
    import triton.language as tl
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from ebmflow.core.kernels import gpu, triton_kernels

    kernel, drawn = getattr(triton_kernels, name), name.endswith("_from")
    tiles = {"ROWS": gpu._ROWS, "COLUMNS": gpu._COLUMNS, "DEPTH": gpu._DEPTH, "KIND": tl.bfloat16}
    tiles |= gpu._state_tiles(known["Q"]) if "Q" in known else {}
    tiles |= {"ROWS": gpu._DRAWN_ROWS} if drawn else {}
    types = TENSORS | ({"out": "*fp32"} if name == "product" else {})
    constants = {"k_step": 1, **known, **tiles}
    constants = {n: value for n, value in constants.items() if n in kernel.arg_names}
    kinds = {**SIZES, **NUMBERS, **types, "weight_row": "i32", "weight_column": "i32"}
    kinds = {n: "constexpr" if n in constants else kinds[n] for n in kernel.arg_names}
    aligned = {(kernel.arg_names.index(n),): [["tt.divisibility", 16]] for n in types if n in kinds}
    source = ASTSource(kernel, kinds, constants, aligned)
    target = GPUTarget("cuda", capability, 32)
    return triton.compile(source, target=target, options={"num_warps": gpu._WARPS})


def spilled(cubin, folder):
    path = folder / "kernel.cubin"
    path.write_bytes(cubin)
    program = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    command = [program, "--dump-resource-usage", path]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(re.search(r"STACK:(\d+)", report).group(1))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "known"), KERNELS)
@pytest.mark.parametrize(("capability", "instruction"), [(80, "mma.sync"), (90, "wgmma.mma_async")])
def test_kernels_compile(name, known, capability, instruction, tmp_path, monkeypatch):
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))
    kernel = compile_for(name, known, capability)
    assembly = kernel.asm
    # What every device of these generations and the one between has.
    assert kernel.metadata.shared <= 99 * 1024
    # A few words do no harm; versions of Triton differ in them.
    assert spilled(assembly["cubin"], tmp_path) <= 128
    if not name.endswith("_from"):
        wide = known.get("Q", 0) > 128  # too few rows for the wider instruction
        assert ("mma.sync" if wide else instruction) in assembly["ptx"]
        assert "bf16" in assembly["ptx"]
