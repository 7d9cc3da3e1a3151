"""Make lattice.parquet: sequences that fold into three lattice structures; always the same bytes.

    python resources/embedded/make_lattice.py --threads 2

The structures are chosen by `choose_structures` (easy to design, few contacts in common), the
sequences by the source `lattice` with its default options. A dataset file gets the same rows with

    source: {kind: lattice, folds: [67628, 97544, 69588], rows: 1200}
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numba
import numpy as np

from ebmflow.data.generators.lattice_walks import choose_structures
from ebmflow.data.sources.lattice import LatticeProteins
from ebmflow.io.table_file import write_table

FOLDS = 3
ROWS = 1200
TARGET = Path(__file__).with_name("lattice.parquet")


def make(target: Path = TARGET) -> None:
    """Write the table."""
    source = LatticeProteins(folds=tuple(choose_structures(FOLDS)), rows=ROWS)
    # The source has a seed of its own and leaves this generator alone.
    records = source.read({}, generator=np.random.default_rng(0), dataset_dir=target.parent)
    columns = {
        "name": records.names,
        "sequence": list(records.rows),
        "fold": records.annotations["fold"],
        "p_nat": records.annotations["p_nat"],
    }
    facts = {"source": {"kind": source.kind, **source.model_dump(mode="json")}}
    write_table(target, columns, kind="embedded", metadata=facts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    numba.set_num_threads(arguments.threads)
    make(arguments.target)
