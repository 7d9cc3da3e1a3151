"""Dense float32 products on a CPU by oneDNN where torch has it; torch's own `@` everywhere else.

torch sends float32 products to MKL, which on processors of other makers than its own runs at about
half the rate of oneDNN, at equal precision (docs/kernels.md). oneDNN's product is reached
through an operator that torch uses for compiled models; where it is missing, `@` serves.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Fewer multiplications than this are over before oneDNN has chosen its code.
_WORTH = 1 << 18

_LINEAR = getattr(torch.ops.mkldnn, "_linear_pointwise", None)


def product(left: Tensor, right: Tensor) -> Tensor:
    """left (B, K) @ right (K, N), float32 without rounding to fewer bits."""
    if _LINEAR is None or not _served(left, right):
        return left @ right
    return _LINEAR(left.contiguous(), right.T, None, "none", [], "")


def _served(left: Tensor, right: Tensor) -> bool:
    return (
        left.dim() == right.dim() == 2
        and left.shape[0] * left.shape[1] * right.shape[1] >= _WORTH
        and all(
            t.device.type == "cpu" and t.dtype == torch.float32 and not t.requires_grad
            for t in (left, right)
        )
    )
