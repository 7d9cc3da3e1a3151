"""How time and memory grow with rows, sites and units.

    python -m benchmarks.scaling [--only curves processes] [--out results/benchmark]

One axis at a time around a small shape; processor time on one thread. Memory is the peak of a
process of its own above that of its imports. `processes`: the same batch in one process and shared
out to two (gloo), one thread each, wall time beside processor time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

BASE = {"B": 500, "L": 100, "H": 128}
AXES = {"B": (250, 500, 1000, 2000), "L": (50, 100, 200, 400), "H": (64, 128, 256, 512)}
ROWS = (5_000, 10_000, 20_000, 40_000)
# One batch shared out to processes: rows, batch, sites, states, hidden units.
TEAM = (1000, 1000, 200, 21, 512)
ROUNDS, UPDATES = 3, 3
SNPS = (5_008, 65_535, 64)  # rows, sites, hidden units; batches of 500


def peak_bytes() -> int:
    """Peak memory of this process, its own and not that of its parent."""
    (line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
    return int(line.split()[1]) * 1024


def train_once(rows: int, batch: int, sites: int, states: int, units: int, updates: int) -> None:
    """F&F updates of random data: gradient, step and gauge."""
    trainer(rows, batch, sites, states, units)(updates)


def trainer(rows: int, batch: int, sites: int, states: int, units: int) -> Callable[[int], None]:
    """What does a number of F&F updates of random data, alone or with the processes beside it."""
    import torch

    from ebmflow.space import StateSpace
    from ebmflow.training.families.base import TrainingData
    from ebmflow.training.families.rbm import RbmFamily
    from ebmflow.training.gradients.monte_carlo import FastAndFunctional
    from ebmflow.training.loop import BatchOrder, run_training, start_training
    from ebmflow.training.optimisers.sgd import Sgd
    from ebmflow.training.parallel import Team
    from ebmflow.training.regularisation import Regularisation
    from ebmflow.training.update import Method

    generator = torch.Generator().manual_seed(0)
    space = StateSpace("binary" if states == 2 else "categorical", sites, states, 5)
    model = RbmFamily.model_validate({"hidden": {"units": units}}).build(space, None, generator)
    codes = torch.randint(states, (rows, sites), generator=generator, dtype=torch.uint8)
    labels = torch.randint(5, (rows,), generator=generator)
    data = TrainingData(codes, labels, torch.ones(rows))
    method = Method(FastAndFunctional(sweeps=10), Sgd(learning_rate=0.01), Regularisation())
    order, team = BatchOrder(rows, batch, 0), Team.from_environment(torch.device("cpu"))
    with torch.inference_mode():
        state = start_training(model, data, method, order, team.stream(generator), team)

    @torch.inference_mode()
    def train(updates: int) -> None:
        last = state.update + updates
        run_training(model, data, method, state, order, last, lambda *done: None, team)

    return train


def count(rows: int, sites: int) -> None:
    """Neighbours of random rows."""
    from benchmarks.reweighting import draw
    from ebmflow.data.neighbours import count_neighbours

    codes = draw(rows, sites)
    start = time.process_time()
    count_neighbours(codes, sites // 5)
    global inner
    inner = time.process_time() - start


def read(rows: int, sites: int) -> None:
    """Read a FASTA file."""
    from benchmarks.reading import read_here, write_alignments

    with tempfile.TemporaryDirectory() as folder:
        path = write_alignments(Path(folder), rows, sites)["fasta"]
        start = time.process_time()
        read_here("fasta", path)
        global inner
        inner = time.process_time() - start


inner = 0.0


def _measure(work: Callable[..., None], arguments: tuple, warm: tuple, queue) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    global inner
    work(*warm)  # imports, compiled code
    before, inner = peak_bytes(), 0.0
    start = time.process_time()
    work(*arguments)
    queue.put((inner or time.process_time() - start, (peak_bytes() - before) / 2**20))


def measure(work: Callable[..., None], arguments: tuple, warm: tuple) -> tuple[float, float]:
    """Processor seconds and MiB of work in a fresh process."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_measure, args=(work, arguments, warm, queue))
    process.start()
    result = queue.get(timeout=3600)
    process.join()
    return result


def _train_in_team(rank: int, size: int, port: int, queue) -> None:
    os.environ |= {"OMP_NUM_THREADS": "1", "WORLD_SIZE": str(size), "RANK": str(rank)}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    import torch

    torch.set_num_threads(1)
    train = trainer(*TEAM)
    train(1)  # imports, compiled code
    for _ in range(ROUNDS):
        wall, own = time.perf_counter(), time.process_time()
        train(UPDATES)
        wall, own = time.perf_counter() - wall, time.process_time() - own
        queue.put((wall / UPDATES, own / UPDATES))
    if size > 1:
        torch.distributed.destroy_process_group()


def processes() -> list[dict[str, object]]:
    """Seconds an update, by wall and of each process, in one process and in two."""
    rows = []
    for size in (1, 2):
        context = multiprocessing.get_context("spawn")
        queue, port = context.Queue(), 20_000 + os.getpid() % 20_000 + size
        team = [
            context.Process(target=_train_in_team, args=(rank, size, port, queue))
            for rank in range(size)
        ]
        for process in team:
            process.start()
        taken = [queue.get(timeout=3600) for _ in range(size * ROUNDS)]
        for process in team:
            process.join()
        wall, own = (statistics.median(part) for part in zip(*taken, strict=True))
        row = {"work": "F&F update, data-parallel", "axis": "processes", "value": size}
        rows.append(row | {"seconds": wall, "processor seconds of each": own})
        print(f"{size} process(es)\t{wall:.3f} s by wall\t{own:.3f} s of each", flush=True)
    return rows


def curves() -> list[dict[str, object]]:
    """All rows of the table."""
    rows: list[dict[str, object]] = []

    def add(work: str, axis: str, value: int, seconds: float, mebibytes: float) -> None:
        rows.append(
            {"work": work, "axis": axis, "value": value, "seconds": seconds, "MiB": mebibytes}
        )
        print(f"{work}\t{axis} {value}\t{seconds:.3f} s\t{mebibytes:.0f} MiB", flush=True)

    for axis, values in AXES.items():
        for value in values:
            shape = BASE | {axis: value}
            sizes = (shape["L"], 21, shape["H"])
            seconds, memory = measure(
                train_once, (shape["B"], shape["B"], *sizes, 3), (8, 8, 5, 21, 16, 1)
            )
            add("F&F update, Potts, k 10", axis, value, seconds / 3, memory)
    for number in ROWS:
        add("weights, 200 sites", "N", number, *measure(count, (number, 200), (100, 200)))
        add("reading FASTA, 200 sites", "N", number, *measure(read, (number, 200), (10, 200)))
    number, sites, units = SNPS
    seconds, memory = measure(train_once, (number, 500, sites, 2, units, 1), (8, 8, 5, 2, 16, 1))
    add(f"F&F update, {sites} SNPs, H {units}, B 500", "N", number, seconds, memory)
    return rows


def main() -> None:
    """Write scaling.parquet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = {"curves": curves, "processes": processes}
    parser.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    parser.add_argument("--out", type=Path, default=Path("results/benchmark"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = [row for part in options.only for row in parts[part]()]
    pd.DataFrame(rows).to_parquet(options.out / "scaling.parquet")


if __name__ == "__main__":
    main()
