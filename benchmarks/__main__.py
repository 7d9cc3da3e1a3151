"""All benchmarks in one table.

    python -m benchmarks [--only updates sweeps ...] [--rounds 3] [--threads 2] [--device cpu]

Writes table.parquet and table.md to --out (default results/benchmark). Peers are compared with
where the `bench` extra is installed; what could not be measured says why.
"""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path

import ebmflow  # noqa: F401  before torch, whose threads it tells how to wait


def main() -> None:
    """Run the chosen benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of all rows")
    parser.add_argument("--whole", action="store_true", help="run whole trainings (`runs`)")
    parser.add_argument("--out", type=Path, default=Path("results/benchmark"))
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # before torch is imported
    import torch

    from benchmarks.measure import Settings, Table
    from benchmarks.registry import BENCHMARKS, FOR_GPU_ONLY, ON_GPU

    torch.set_num_threads(options.threads)
    unknown = set(options.only or ()) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark {sorted(unknown)}; there are {', '.join(BENCHMARKS)}")
    settings = Settings(
        options.device, options.threads, options.rounds, options.scale, options.whole
    )
    table = Table()
    on_cpu = [name for name in BENCHMARKS if name not in FOR_GPU_ONLY]
    for name in options.only or (on_cpu if options.device == "cpu" else BENCHMARKS):
        if options.device.startswith("cuda") and not torch.cuda.is_available():
            table.skip(name, "", "ebmflow", "no GPU here")
        elif options.device == "cpu" or name in ON_GPU:
            BENCHMARKS[name](table, settings)
    if options.device == "cpu" and not torch.cuda.is_available():
        for name in ON_GPU:
            table.skip(f"{name}, on a GPU", "", "ebmflow", "no GPU here")
    threads = f"{options.threads} thread(s), torch {torch.__version__}, {platform.machine()}"
    table.write(options.out, f"Device {options.device}, {threads}, medians of {options.rounds}.")
    print(f"The table is in {options.out}")


if __name__ == "__main__":
    main()
