"""A GPU that is not there: tensors without content on a device `cuda`, and who waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

GPU = torch.device("cuda", 0)
# Operations whose result, or its shape, the host has to wait for.
WAITS = {"_local_scalar_dense", "nonzero", "masked_select", "unique", "_unique2", "bincount"}

COPIES = {"_to_copy", "copy_"}


class FakeGenerator(torch.Generator):
    """A generator that says it is on the GPU."""

    device = GPU


class Waiting(AssertionError):
    """The host waits for the device, or data go from one to the other."""


class WithoutGuards(TorchFunctionMode):
    """Python's own forms of a few operators ask CUDA for its device; these do the same without."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function is Tensor.__getitem__:
            return _part(*args)
        if function is Tensor.__setitem__:
            target, index, value = args
            return torch.ops.aten.copy_(_part(target, index), value)
        if function is Tensor.nonzero:
            return torch.ops.aten.nonzero(*args)
        return function(*args, **(kwargs or {}))


def _part(tensor: Tensor, index) -> Tensor:
    """tensor[index]; a view unless an index is a tensor, as ever."""
    aten, axis, picks = torch.ops.aten, 0, {}
    parts = index if isinstance(index, tuple) else (index,)
    for place, part in enumerate(parts):
        if part is Ellipsis:
            axis = tensor.dim() - sum(p is not None for p in parts[place + 1 :])
        elif part is None:
            tensor, axis = aten.unsqueeze(tensor, axis), axis + 1
        elif isinstance(part, int):
            tensor = aten.select(tensor, axis, part)
        elif isinstance(part, slice):
            if part != slice(None):
                tensor = aten.slice(tensor, axis, part.start, part.stop, part.step or 1)
            axis += 1
        else:
            picks[axis], axis = part, axis + 1
    if not picks:
        return tensor
    return aten.index(tensor, [picks.get(a) for a in range(max(picks) + 1)])


class Watch(TorchDispatchMode):
    """Raises Waiting at operations that synchronise; draws need no generator here."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        name = function.overloadpacket.__name__
        self.seen.append(name)
        indices = tree_leaves(args[1]) if name == "index" else []
        if name in WAITS or any(isinstance(i, Tensor) and i.dtype == torch.bool for i in indices):
            raise Waiting(f"{name} waits for the device")
        if "generator" in kwargs:
            del kwargs["generator"]
            plain = {"generator": "default", "low_generator": "low"}[function._overloadname]
            function = getattr(function.overloadpacket, plain)
        result = function(*args, **kwargs)
        devices = {
            t.device.type
            for t in tree_leaves((args, kwargs, result))
            # Numbers without axes on the host are arguments, not data, unless they are copied.
            if isinstance(t, Tensor) and (t.dim() or t.device.type != "cpu" or name in COPIES)
        }
        if len(devices) > 1:
            raise Waiting(f"{name} has tensors on {sorted(devices)}")
        return result


@contextmanager
def fake_gpu() -> Iterator[FakeGenerator]:
    """Tensors made here have no content; those made for `GPU` lie on the fake device."""
    with FakeTensorMode(), WithoutGuards():
        yield FakeGenerator()
