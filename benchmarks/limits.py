"""What the machine can do: product rates at the benchmark's own shapes, and copy bandwidth."""

from __future__ import annotations

import torch

from benchmarks.measure import Settings, Table, interleave
from benchmarks.updates import SHAPES
from ebmflow.core.kernels import products


def measure_limits(table: Table, settings: Settings) -> None:
    """Rates of hidden -> visible products, the better of torch's and oneDNN's, and of copies."""
    for name, shape in SHAPES.items():
        columns = shape.sites * (shape.states if shape.states > 2 else 1)
        for label, dtype, tf32 in _precisions(settings.device):
            hidden = torch.rand(shape.batch, shape.hidden, device=settings.device).to(dtype)
            weight = torch.rand(columns, shape.hidden, device=settings.device).to(dtype)
            out = torch.empty(shape.batch, columns, device=settings.device, dtype=dtype)
            before = torch.backends.cuda.matmul.allow_tf32
            torch.backends.cuda.matmul.allow_tf32 = tf32

            def multiply(h=hidden, w=weight, o=out) -> None:
                torch.mm(h, w.T, out=o)

            def other(h=hidden, w=weight) -> None:
                products.product(h, w.T)

            # On a GPU `product` is torch's.
            works = {"torch": multiply} | ({"oneDNN": other} if settings.device == "cpu" else {})
            seconds = min(interleave(works, settings.rounds, settings.device).values())
            torch.backends.cuda.matmul.allow_tf32 = before
            rate = 2e-9 * shape.batch * columns * shape.hidden / seconds
            table.limit(f"limit: product, {label}", name, rate, "GFLOP/s")
    source = torch.zeros(1 << 26, device=settings.device)
    target = torch.empty_like(source)
    copy = interleave({"copy": lambda: target.copy_(source)}, settings.rounds, settings.device)
    table.limit("limit: copy", "256 MiB", 2 * source.nbytes / copy["copy"] / 1e9, "GB/s")


def _precisions(device: str) -> list[tuple[str, torch.dtype, bool]]:
    kinds = [("float32", torch.float32, False), ("bfloat16", torch.bfloat16, False)]
    if device.startswith("cuda"):
        kinds.insert(1, ("TF32", torch.float32, True))
    return kinds
