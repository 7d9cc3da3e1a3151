"""Launching the Triton kernels: grids, tile sizes and random keys that never leave the device.

The functions have the meanings of their namesakes in `dispatch`. Nothing here waits for the device
or asks it for a number, so that sweeps can be queued, or captured as a graph.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.cuda import device_of, get_device_capability

from ebmflow.core.shards import first_row

# Tiles: rows, columns and depth of a product; rows of a draw without one. They are the largest that
# compilers keep in registers; nothing was timed (docs/kernels.md).
_ROWS, _COLUMNS, _DEPTH, _DRAWN_ROWS = 64, 128, 32, 16
_WARPS = 8
# bfloat16 products of tensor cores came with this generation of devices.
_CAPABILITY = (8, 0)
PLAIN_VARIABLE = "EBMFLOW_PLAIN_GPU"


def plain() -> bool:
    """Whether the user wants torch's own operations on a GPU: no kernels, no recordings."""
    return os.environ.get(PLAIN_VARIABLE, "0") not in ("", "0")


def serves(*tensors: Tensor) -> bool:
    """Whether the kernels serve these float tensors."""
    fit = all(
        t.device.type == "cuda" and t.dtype == torch.float32 and not t.requires_grad
        for t in tensors
    )
    return fit and _able(tensors[0].device) and not plain()


@cache
def _able(device: torch.device) -> bool:
    return find_spec("triton") is not None and get_device_capability(device) >= _CAPABILITY


def _launch(
    name: str, out: Tensor, grid: tuple[int, int], *arguments: Any, **constants: Any
) -> None:
    """Queue a kernel on the device of `out`, its result, unless that is empty."""
    if out.numel() == 0:
        return
    from ebmflow.core.kernels import triton_kernels  # Triton only where it serves

    with device_of(out):
        getattr(triton_kernels, name)[grid](*arguments, **constants, num_warps=_WARPS)


def _kind() -> Any:
    """Number format of the products: Triton's interpreter has no bfloat16 ones."""
    import triton.language as tl
    from triton import knobs

    return tl.float32 if knobs.runtime.interpret else tl.bfloat16


def _key(generator: torch.Generator) -> Tensor:
    """The key that `counters.draw_key` draws, as a tensor (1,) on the device."""
    return torch.randint((1 << 63) - 1, (1,), generator=generator, device=generator.device)


def _grid(rows: int, row_tile: int, columns: int, column_tile: int) -> tuple[int, int]:
    return -(-rows // row_tile), -(-columns // column_tile)


def _state_tiles(states: int) -> dict[str, int]:
    """Tiles of sites: a power of two of columns for each, about _COLUMNS together."""
    room = max(2, 1 << (states - 1).bit_length())
    rows = _ROWS if room <= _COLUMNS else _ROWS // 2
    return {"ROWS": rows, "SITES": max(1, _COLUMNS // room), "ROOM": room}


def two_state_codes(
    inputs: Tensor, field: Tensor, scale: float, generator: torch.Generator
) -> Tensor:
    """Codes (..., N), 1 with probability sigmoid(scale (inputs + field))."""
    x, key = inputs.reshape(-1, inputs.shape[-1]).contiguous(), _key(generator)
    rows, columns = x.shape
    out = torch.empty(inputs.shape, dtype=torch.uint8, device=x.device)
    _launch(
        "two_state_from", out, _grid(rows, _DRAWN_ROWS, columns, _COLUMNS),
        x, field.contiguous(), key, out, rows, columns, float(scale), first_row(generator, rows),
        ROWS=_DRAWN_ROWS, COLUMNS=_COLUMNS,
    )  # fmt: skip
    return out


def state_codes(
    inputs: Tensor, field: Tensor, beta: float, states: int, generator: torch.Generator
) -> Tensor:
    """Codes (..., sites) drawn from softmax(beta (inputs + field)) of each site."""
    x, key = inputs.reshape(-1, inputs.shape[-1]).contiguous(), _key(generator)
    rows, sites = len(x), x.shape[1] // states
    out = torch.empty((*inputs.shape[:-1], sites), dtype=torch.uint8, device=x.device)
    tiles = {**_state_tiles(states), "ROWS": _DRAWN_ROWS}
    _launch(
        "states_from", out, _grid(rows, _DRAWN_ROWS, sites, tiles["SITES"]),
        x, field.contiguous(), key, out, rows, sites, float(beta), first_row(generator, rows),
        Q=states, **tiles,
    )  # fmt: skip
    return out


def two_state_after(
    codes: Tensor,
    weight: Tensor,
    entries: tuple[float, float],
    field: Tensor,
    scale: float,
    generator: torch.Generator,
) -> Tensor:
    """Codes (B, N), 1 with probability sigmoid(scale (inputs + field)), of inputs never written."""
    key, (rows, depth), columns = _key(generator), codes.shape, weight.shape[1]
    out = torch.empty((rows, columns), dtype=torch.uint8, device=codes.device)
    _launch(
        "two_state_after", out, _grid(rows, _ROWS, columns, _COLUMNS),
        codes, weight, field.contiguous(), key, out, rows, depth, columns,
        *codes.stride(), *weight.stride(), entries[0], entries[1] - entries[0], float(scale),
        first_row(generator, rows), KIND=_kind(), ROWS=_ROWS, COLUMNS=_COLUMNS, DEPTH=_DEPTH,
    )  # fmt: skip
    return out


def states_after(
    codes: Tensor,
    weight: Tensor,
    entries: tuple[float, float],
    field: Tensor,
    beta: float,
    states: int,
    generator: torch.Generator,
) -> Tensor:
    """Codes (B, sites) of states drawn from inputs that are never written."""
    key, (rows, depth), sites = _key(generator), codes.shape, weight.shape[1] // states
    out = torch.empty((rows, sites), dtype=torch.uint8, device=codes.device)
    tiles = _state_tiles(states)
    _launch(
        "states_after", out, _grid(rows, tiles["ROWS"], sites, tiles["SITES"]),
        codes, weight, field.contiguous(), key, out, rows, depth, sites,
        *codes.stride(), *weight.stride(), entries[0], entries[1] - entries[0], float(beta),
        first_row(generator, rows), Q=states, KIND=_kind(), DEPTH=_DEPTH, **tiles,
    )  # fmt: skip
    return out


def summed_rows(codes: Tensor, weight: Tensor, states: int) -> Tensor:
    """Product (..., M) of one-hot rows with weights (sites * states, M)."""
    rows = codes.reshape(-1, codes.shape[-1])
    out = _product(rows, weight, (len(rows), len(weight)), (1, states), (0.0, 1.0))
    return out.reshape(*codes.shape[:-1], weight.shape[1])


def two_state_product(codes: Tensor, weight: Tensor, low: float, high: float) -> Tensor:
    """Product (..., M) of entries, `low` for code 0 and `high` for 1, with weights (K, M)."""
    rows = codes if codes.dim() == 2 else codes.reshape(-1, codes.shape[-1])
    out = _product(rows, weight, (len(rows), len(weight)), (1, 1), (low, high))
    return out.reshape(*codes.shape[:-1], weight.shape[1])


def scattered_rows(codes: Tensor, other: Tensor, states: int) -> Tensor:
    """Product (sites * states, M) of transposed one-hot rows with other (B, M)."""
    return _product(codes.T, other, (codes.shape[1] * states, len(other)), (states, 1), (0.0, 1.0))


def _product(
    codes: Tensor,
    weight: Tensor,
    shape: tuple[int, int],
    states: tuple[int, int],
    entries: tuple[float, float],
) -> Tensor:
    """Entries of codes, a matrix of some shape with states on one of its axes, times weight."""
    columns = weight.shape[1]
    out = torch.empty((shape[0], columns), device=weight.device)
    _launch(
        "product", out, _grid(shape[0], _ROWS, columns, _COLUMNS),
        codes, weight, out, *shape, columns, *codes.stride(), *weight.stride(),
        entries[0], entries[1] - entries[0], R=states[0], K=states[1], KIND=_kind(),
        ROWS=_ROWS, COLUMNS=_COLUMNS, DEPTH=_DEPTH,
    )  # fmt: skip
    return out
