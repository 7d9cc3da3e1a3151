"""What happens to labels whatever their origin: vocabulary, missing labels, small classes."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.errors import LabelError
from ebmflow.options import Options


class LabelOptions(Options):
    """Options that every labeller has."""

    classes: tuple[str, ...] = Field(
        (), description="Labels to keep, in this order; other labels count as missing. Empty: all."
    )
    rename: dict[str, str] = Field(
        {}, description="Found label -> wanted label; applied before `classes`."
    )
    missing_values: tuple[str, ...] = Field(
        (), description="Texts that mean 'no label', beside the empty text; NA in tables of R."
    )
    missing: Literal["unlabelled", "drop", "error"] = Field(
        "unlabelled", description="What happens to rows without a label."
    )
    minimum_size: int = Field(2, ge=1, description="Smallest number of rows of a class.")
    below_minimum: Literal["error", "unlabelled", "drop"] = Field(
        "error", description="What happens to the rows of smaller classes."
    )


def apply_vocabulary(labels: np.ndarray, options: LabelOptions) -> np.ndarray:
    """Return labels renamed and restricted to the wanted classes; None where there is none.

    Parameters
    ----------
    labels : ndarray of object, shape (n,)
    """
    series = pd.Series(labels, dtype=object)
    series = series.where(series.notna() & ~series.isin(("", *options.missing_values)), None)
    unused = sorted(set(options.rename) - set(series.dropna()))
    if unused:
        raise LabelError(
            "dataset, labels.rename", f"no row has the label {unused[0]!r}",
            _some_of(series.dropna().unique()),
        )  # fmt: skip
    series = series.map(lambda label: options.rename.get(label, label), na_action="ignore")
    if options.classes:
        absent = [name for name in options.classes if name not in set(series.dropna())]
        if absent:
            raise LabelError(
                "dataset, labels.classes", f"no row has the label {absent[0]!r}",
                _some_of(series.dropna().unique()),
            )  # fmt: skip
        series = series.where(series.isin(options.classes), None)
    return _object_array(series)


def drop_and_merge(
    labels: np.ndarray, dropped: np.ndarray, options: LabelOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Apply the policies for missing labels and small classes.

    Parameters
    ----------
    labels : ndarray of object, shape (n,)
        Label, or None.
    dropped : ndarray of object, shape (n,)
        Reason why the labeller drops the row, or None.

    Returns
    -------
    labels : ndarray of object, shape (n,)
    dropped : ndarray of object, shape (n,)
        Reason to drop the row, or None.
    """
    labels, dropped = labels.copy(), dropped.copy()
    labels[~pd.isna(dropped)] = None
    sizes = pd.Series(labels).value_counts()
    small = sizes[sizes < options.minimum_size].sort_index()
    if len(small):
        if options.below_minimum == "error":
            raise LabelError(
                "dataset, labels.minimum_size",
                f"class {small.index[0]!r} has {small.iloc[0]} row(s)"
                + (f" ({len(small)} classes are too small)" if len(small) > 1 else ""),
                f"at least {options.minimum_size}",
                "set labels.below_minimum to drop or unlabelled, or list labels.classes",
            )
        of_small = pd.Series(labels).isin(small.index).to_numpy()
        if options.below_minimum == "drop":
            dropped[of_small] = f"class below {options.minimum_size} rows"
        labels[of_small] = None
    missing = pd.isna(labels) & pd.isna(dropped)
    if missing.any() and options.missing == "error":
        raise LabelError(
            f"dataset, row {int(missing.argmax()) + 1}",
            f"no label ({int(missing.sum())} of {len(labels)} rows)",
            "a label for every row",
            "set labels.missing to unlabelled or drop",
        )
    if options.missing == "drop":
        dropped[missing] = "no label"
    return labels, dropped


def label_names(labels: np.ndarray, options: LabelOptions) -> tuple[str, ...]:
    """Return the names of the classes in order: as listed in the options, else in natural order."""
    present = set(pd.Series(labels, dtype=object).dropna())
    if options.classes:
        return tuple(name for name in options.classes if name in present)
    return tuple(sorted(present, key=_natural))


def _natural(name: str) -> list:
    """Sort key in which GH30_2 stands before GH30_10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _PIECES.split(name)]


_PIECES = re.compile(r"([0-9]+)")


def _some_of(names) -> str:
    names = sorted(map(str, names))
    more = f" ... ({len(names)} in all)" if len(names) > 12 else ""
    return "one of: " + ", ".join(names[:12]) + more


def _object_array(series: pd.Series) -> np.ndarray:
    values = np.empty(len(series), dtype=object)
    values[:] = [value if isinstance(value, str) else None for value in series]
    return values
