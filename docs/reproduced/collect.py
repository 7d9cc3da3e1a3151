"""Keep the scores of a study: `python docs/reproduced/collect.py RESULTS TABLE [STATISTIC ...]`.

Reads every score table below RESULTS, takes means over seeds as `results/summary` does, and writes
TABLE: the whole (mean over labels, all rows, units) at up to eight ages and all times, four digits.
A last column gives the code fingerprints of the jobs, which tell code apart whatever the commit.
"""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd

from ebmflow.evaluation.tables import join_scores, over_seeds
from ebmflow.io.table_file import read_frame

PATTERNS = ("scores/*/*/*/*/*.parquet", "*/*/*/seed-*/scores.parquet")
KEY = ["dataset", "model", "sampling", "metric"]
MOST_AGES = 8


def collect(results: Path, statistics: list[str]) -> pd.DataFrame:
    """Means over seeds of all score tables of a study."""
    paths = sorted(path for one in PATTERNS for path in results.glob(one))
    read = [(path, *read_frame(path, kind="scores")) for path in paths]
    table = over_seeds(join_scores([(path, frame) for path, frame, _ in read]))
    codes = {
        tuple(row): facts["provenance"]["code"]
        for _, frame, facts in read
        for row in frame[KEY].drop_duplicates().to_numpy()
    }
    wanted = statistics or ["*"]
    named = table["statistic"].map(lambda name: any(fnmatchcase(name, one) for one in wanted))
    labels = table.groupby(KEY)["group"].transform(lambda groups: (groups == "mean").any())
    table = table[named & (~labels | table["group"].isin(["mean", "all"]))]
    kept = pd.concat([_some_ages(part) for _, part in table.groupby(KEY, sort=False)])
    kept["code"] = [codes.get(tuple(row), "") for row in kept[KEY].to_numpy()]
    return kept


def _some_ages(rows: pd.DataFrame) -> pd.DataFrame:
    ages = np.sort(rows.loc[rows["age"] >= 0, "age"].unique())
    places = np.linspace(0, len(ages) - 1, min(MOST_AGES, len(ages))).round().astype(int)
    return rows[rows["age"].isin([-1, *ages[places]])]


if __name__ == "__main__":
    results, table, *statistics = sys.argv[1:]
    frame = collect(Path(results), statistics)
    frame.to_csv(table, sep="\t", index=False, float_format="%.4g")
    sys.stdout.write(f"{table}: {len(frame)} rows\n")
