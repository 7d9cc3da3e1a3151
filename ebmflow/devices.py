"""Where to compute: what the setting `device` means on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ebmflow.errors import ConfigError

if TYPE_CHECKING:
    import torch


def choose_device(device: str) -> torch.device:
    """Resolve ``auto`` to CUDA where there is one, else the CPU; ConfigError without the former."""
    import torch  # slow, and settings are read without it

    present = torch.cuda.is_available()
    if device == "auto":
        device = "cuda" if present else "cpu"
    if device == "cuda" and not present:
        raise no_device("PyTorch")
    # Processes of one node take a GPU each.
    local = os.environ.get("LOCAL_RANK")
    return torch.device(device, int(local)) if local and device == "cuda" else torch.device(device)


def no_device(library: str) -> ConfigError:
    """Error for people who ask for a GPU that a library does not find."""
    found = f"{library} finds no CUDA device"
    return ConfigError("device", "", "cuda", found=found, expected="cpu or auto here")
