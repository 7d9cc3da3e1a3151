"""Stage `split`: hold out test rows, say how much they leak, write the dataset."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.counts import WARNING, Counts
from ebmflow.data.dataset import Dataset
from ebmflow.data.leakage import count_leaks
from ebmflow.data.splits.base import SplitInput
from ebmflow.errors import DataError
from ebmflow.io.atomic import atomic_path
from ebmflow.io.dataset_file import write_dataset
from ebmflow.io.table_file import read_table
from ebmflow.options import Component

log = logging.getLogger(__name__)
_SPLIT = TypeAdapter(Component["split"])

# A label with fewer rows is warned of: one of two held-out rows is half of its accuracy.
FEW = {"training": 10, "test": 3}


def split(
    *, assembled: Path, dataset: Path, counts: Path, spec: dict[str, Any], threads: int = 1
) -> None:
    """Split.

    Parameters
    ----------
    assembled : Path
        Kind ``assembled``.
    dataset : Path
        Written, kind ``dataset``.
    counts : Path
        Written, tab-separated: the counts table of all steps.
    spec : dict
        ``split`` of the dataset file.

    Raises
    ------
    DataError
        If a side would be empty.
    """
    columns, facts = read_table(assembled, kind="assembled")
    names = tuple(facts["label_names"])
    rows = SplitInput(
        codes=columns["codes"], labels=columns["label"], label_names=names,
        groups=columns["group"], given=columns["source_split"],
    )  # fmt: skip
    rule = _SPLIT.validate_python(spec["split"])
    is_test = rule.test_rows(rows)
    _check_sides(is_test, Path(dataset).stem)
    ledger = Counts(facts["counts"])
    ledger.extend(_counts_by_side(is_test, columns["label"], names))
    _warn_of_sides(ledger, is_test, columns["label"], names, rule.wanted(len(rows)))
    for line in ledger.lines:
        if (line.step, line.item) == ("split", WARNING):
            log.warning("warning: %s", line.note)
    ledger.extend(count_leaks(rows.codes, rows.groups, is_test, threads=threads))
    log.info("%d training rows, %d test rows", (~is_test).sum(), is_test.sum())
    whole = Dataset(
        name=Path(dataset).stem,
        alphabet=Alphabet.from_metadata(facts["alphabet"]),
        codes=rows.codes,
        names=columns["name"],
        labels=columns["label"],
        label_names=names,
        weights=columns["weight"],
        groups=rows.groups,
        split=np.where(is_test, "test", "train").astype(object),
        facts={"kept_columns": facts["kept_columns"], "counts": ledger.records()},
    )
    with atomic_path(counts) as temporary:
        ledger.frame().to_csv(temporary, sep="\t", index=False, float_format="%.8g")
    write_dataset(dataset, whole)


def _check_sides(is_test: np.ndarray, name: str) -> None:
    for side, rows in (("training", ~is_test), ("test", is_test)):
        if not rows.any():
            raise DataError(
                f"dataset {name}, split",
                f"no {side} row among {len(is_test)}",
                "rows on both sides",
                "use another kind of split, or other numbers",
            )


def _warn_of_sides(
    counts: Counts,
    is_test: np.ndarray,
    labels: np.ndarray,
    names: tuple[str, ...],
    wanted: int | None,
) -> None:
    """Say where a side came out smaller than asked for, or has no or few rows of a class."""
    tests = int(is_test.sum())
    if wanted is not None and wanted - tests > max(1, wanted // 10):
        counts.warn(
            "split",
            f"{tests} test rows where {wanted} are asked for: groups or classes do not fit into it",
        )
    sizes = {
        side: [int((labels[chosen] == number).sum()) for number in range(len(names))]
        for side, chosen in (("training", ~is_test), ("test", is_test))
    }
    for side, rows in sizes.items():
        absent = [name for name, size in zip(names, rows, strict=True) if not size]
        if absent:
            counts.warn("split", f"no {side} row of {', '.join(absent)}")
    few = [
        f"{name} ({training} training, {test} test)"
        for name, training, test in zip(names, sizes["training"], sizes["test"], strict=True)
        if training and test and (training < FEW["training"] or test < FEW["test"])
    ]
    if few:
        counts.warn(
            "split",
            f"few rows of {', '.join(few)}: below {FEW['training']} training or {FEW['test']} test "
            "rows, scores of a label mean little",
        )


def _counts_by_side(is_test: np.ndarray, labels: np.ndarray, names: tuple[str, ...]) -> Counts:
    counts = Counts()
    for side, chosen in (("train", ~is_test), ("test", is_test)):
        counts.add("split", side, rows=int(chosen.sum()))
        for number, name in enumerate(names):
            counts.add("split", side, label=name, rows=int((chosen & (labels == number)).sum()))
        unlabelled = int((chosen & (labels < 0)).sum())
        if unlabelled:
            counts.add("split", f"{side}, unlabelled", rows=unlabelled)
    return counts
