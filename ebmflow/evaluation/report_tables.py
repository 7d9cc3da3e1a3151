"""Tables of the report: headline, per label, datasets, and what is missing; numbers to cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ebmflow.evaluation.tables import MEAN

# Rows of no model, scored as if they had been generated: reference -> name of the line.
CONTROLS = {"floor": "held-out rows", "independent": "independent sites"}
ALL = "all"
REFERENCES = ("test", "train")


class Column(NamedTuple):
    """A column of numbers: heading, statistic and convention in the score tables, format, help."""

    title: str
    statistic: str
    convention: str
    form: str
    note: str


SCORES = (
    Column("P_GG", "p_gg", "paper", "3f", "generated rows nearest to a generated row; ideal 0.5"),
    Column("P_DD", "p_dd", "paper", "3f", "data rows nearest to a data row; ideal 0.5"),
    Column(
        "AAI error", "aai_error", "paper", "3g", "mean square of P_GG - 0.5, P_DD - 0.5; ideal 0"
    ),
    Column("spectrum", "spectrum_error", "paper", "3g", "singular values; ideal 0"),
    Column("entropy", "entropy_error", "paper", "3g", "compressed size; ideal 0"),
    Column("2nd moments", "second_moment_mse", "code", "3g", "covariances; ideal 0"),
    Column("novelty", "nearest_distance_ratio", "", "3f", "distance to training rows; ideal 1"),
    Column("copies", "copy_rate", "code", "pct", "share of rows that are training rows; ideal 0"),
)


COLUMNS = (
    Column(
        "accuracy",
        "",
        "",
        "pct",
        "share of held-out rows whose label the model predicts at its last training age, exactly "
        "where the model allows it, else by chain",
    ),
    *SCORES,
)
STRUCTURE_SETS = ("generated", "natural", "random")
STRUCTURE_NAMES = {"p_nat": "P_nat", "plddt": "pLDDT"}


class Cell(NamedTuple):
    """A table cell: text to show, value to sort by (None: not a number), remark, spread."""

    text: str
    value: float | None = None
    remark: str = ""
    spread: str = ""


class Table(NamedTuple):
    """Headings and lines, each with as many ``cells``."""

    columns: list[Column]
    lines: list[dict[str, Any]]


def without_empty(columns: Sequence[Column], lines: list[dict[str, Any]]) -> Table:
    """Return a table with the columns of which some line has a number."""
    kept = [
        place
        for place in range(len(columns))
        if any(line["cells"][place].value is not None for line in lines)
    ]
    return Table(
        [columns[place] for place in kept],
        [{**line, "cells": [line["cells"][place] for place in kept]} for line in lines],
    )


def structure_columns(structures: pd.DataFrame) -> list[Column]:
    """Return columns of structure scores; their titles name the score if the study has only one."""
    scores = set(structures["score"])
    name = next(iter(scores)) if len(scores) == 1 else "fold"
    note = "sequences with a usable prediction: mean P_nat (0 to 1) or pLDDT (0 to 100)"
    return [
        Column(f"{STRUCTURE_NAMES.get(name, name)} {one}", "", "", "", f"{one} {note}")
        for one in STRUCTURE_SETS
    ]


def number_cell(values: Any, form: str = "3g") -> Cell:
    """Return mean and standard deviation over seeds as a cell; a dash where nothing is known."""
    known = np.asarray([v for v in np.atleast_1d(np.asarray(values, dtype=float)) if v == v])
    if not len(known):
        return Cell("–")
    mean = float(known.mean())
    if len(known) == 1:
        return Cell(format_number(mean, form), mean)
    spread = format_number(float(known.std(ddof=1)), "2g" if form == "3g" else form)
    remark = f"mean and standard deviation over {len(known)} seeds"
    return Cell(format_number(mean, form), mean, remark, f"± {spread}")


def format_number(value: float, form: str) -> str:
    """Return a number as text: ``3f``, ``3g`` and so on as in format strings, or ``pct``."""
    if form == "pct":
        return f"{100 * value:.1f} %"
    if form.endswith("g") and 0 < abs(value) < 1e-3:
        mantissa, exponent = f"{value:.{int(form[0]) - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.{form}}"


def at_snapshot(scores: pd.DataFrame, trained: dict[tuple, int | None]) -> pd.DataFrame:
    """Keep, of each run and sampling, the last age at the trained time (else the last time).

    Scores of one reference are kept: held-out rows, or training rows where no held-out row was
    scored. Controls are left out.

    Parameters
    ----------
    trained : dict
        (dataset, model, seed, sampling) -> trained number of sweeps.
    """
    parts = []
    keys = ["dataset", "model", "seed", "sampling"]
    for run, rows in scores[~is_control(scores)].groupby(keys, sort=False):
        rows = rows[rows["age"] == rows["age"].max()]
        times = set(rows["time"])
        time = trained.get(run)
        rows = rows[rows["time"] == (time if time in times else max(times))]
        for _, one in rows.groupby(["statistic", "convention"], sort=False):
            valid = one[one["value"].notna()]
            references = [name for name in REFERENCES if (valid["reference"] == name).any()]
            parts.append(one[one["reference"] == (references or REFERENCES)[0]])
    return pd.concat(parts, ignore_index=True) if parts else scores.iloc[:0]


def main_samplings(scores: pd.DataFrame, order: list[str]) -> dict[tuple[str, str], str]:
    """Return for each (dataset, model) the sampling plan of the headline.

    The plan with the fewest moments (ages times times) is the plainest; ties go to the first in
    `order`. Names of classifiers and the like, which stand in the same column, are no plans.
    """
    chosen = {}
    here = scores[~is_control(scores)]
    if here["sampling"].isin(order).any():
        here = here[here["sampling"].isin(order)]
    for run, rows in here.groupby(["dataset", "model"], sort=False):
        moments = rows.groupby("sampling")[["age", "time"]].apply(
            lambda one: len(one.drop_duplicates())
        )
        rank = {name: place for place, name in enumerate(order)}
        chosen[run] = min(moments.index, key=lambda name: (moments[name], rank.get(name, 99), name))
    return chosen


def headline_rows(
    snapshot: pd.DataFrame,
    controls: pd.DataFrame,
    samplings: dict[tuple[str, str], str],
    accuracy: pd.DataFrame,
    structures: pd.DataFrame,
    runs: list[tuple[str, str]],
) -> list[dict[str, Any]]:
    """Return one line per dataset and model, and one per dataset and control.

    Each line: dataset, model, sampling, seeds, control (its reference, or empty), cells (of
    `COLUMNS`, then structure scores of `STRUCTURE_SETS`).
    """
    lines = []
    for dataset in dict.fromkeys(name for name, _ in runs):
        for model in [one for name, one in runs if name == dataset]:
            sampling = samplings.get((dataset, model), "")
            rows = _of(snapshot, dataset=dataset, model=model, sampling=sampling)
            folds = _of(structures, dataset=dataset, model=model)
            if sampling and (folds["sampling"] == sampling).any():
                folds = folds[folds["sampling"] == sampling]
            right = _of(accuracy, dataset=dataset, model=model, label="")
            cells = [number_cell(right["accuracy"], "pct")]
            cells += [score_cell(rows, column, whole_group(rows)) for column in SCORES]
            cells += [_structure_cell(folds, name) for name in STRUCTURE_SETS]
            seeds = len(set(rows["seed"]) | set(right["seed"]))
            lines.append(
                {"dataset": dataset, "model": model, "sampling": sampling, "seeds": seeds}
                | {"control": "", "cells": cells}
            )
        group = whole_group(_of(snapshot, dataset=dataset))
        lines += _control_lines(_of(controls, dataset=dataset), dataset, group)
    return lines


def _control_lines(controls: pd.DataFrame, dataset: str, group: str) -> Iterator[dict[str, Any]]:
    """Lines of the controls, over the same rows (`group`) as those of the models."""
    for reference, name in CONTROLS.items():
        rows = _of(controls, reference=reference)
        if len(rows):
            cells = [Cell("–"), *(score_cell(rows, one, group) for one in SCORES)]
            yield {"dataset": dataset, "model": name, "sampling": "", "seeds": 0} | {
                "control": reference,
                "cells": [*cells, *[Cell("–")] * len(STRUCTURE_SETS)],
            }


def is_control(scores: pd.DataFrame) -> pd.Series:
    """Whether each score is of rows of no model."""
    return scores["reference"].isin(list(CONTROLS))


def findings(lines: list[dict[str, Any]]) -> list[str]:
    """Return plain sentences on the headline lines of one dataset: who is best at what.

    A sentence appears only where at least one model has the number; a tie names all.
    """
    models = [line for line in lines if not line["control"]]
    titles = [column.title for column in SCORES]
    copies = 1 + titles.index("copies")
    wanted = (
        (0, max, "Label prediction: {models} labels {text} of held-out rows correctly."),
        (
            1 + titles.index("AAI error"),
            min,
            "Generation: {models} {lowest} AAI error, {text}.",
        ),
    )
    sentences = []
    for place, best, sentence in wanted:
        cells = {line["model"]: line["cells"][place] for line in models}
        known = {model: cell for model, cell in cells.items() if cell.value is not None}
        if known:
            value = best(cell.value for cell in known.values())
            named = [model for model, cell in known.items() if cell.value == value]
            text = known[named[0]].text
            lowest = "has the lowest" if len(known) > 1 else "has an"
            said = sentence.format(models=_join(named, len(known)), text=text, lowest=lowest)
            sentences.append(said)
    errors = {line["model"]: line["cells"][1 + titles.index("AAI error")] for line in lines}
    known = [f"{name}: {errors[name].text}" for name in CONTROLS.values() if name in errors]
    if known and sentences and sentences[-1].startswith("Generation"):
        sentences[-1] = sentences[-1][:-1] + f" ({', '.join(known)})."
    for line in models:
        generated, natural, random = line["cells"][-3:]
        if generated.value is not None and natural.value is not None:
            against = f", random ones {random.text}" if random.value is not None else ""
            sentences.append(
                f"Folding: sequences generated by {line['model']} reach {generated.text} on "
                f"average, natural ones {natural.text}{against}."
            )
        if (line["cells"][copies].value or 0) > 0.01:
            text = line["cells"][copies].text
            sentences.append(f"Copies: {text} of the rows of {line['model']} are training rows.")
    return sentences


def _join(names: list[str], among: int) -> str:
    """Return names as in a sentence; all of several tied models become one expression."""
    if len(names) == among and among > 1:
        return "every model"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def label_rows(
    snapshot: pd.DataFrame,
    samplings: dict[tuple[str, str], str],
    accuracy: pd.DataFrame,
    dataset: str,
    models: list[str],
    labels: list[str],
) -> list[dict[str, Any]]:
    """Return one line per label and model of a dataset: label, model, cells of `COLUMNS`."""
    lines = []
    for label in labels:
        for model in models:
            sampling = samplings.get((dataset, model), "")
            rows = _of(snapshot, dataset=dataset, model=model, sampling=sampling)
            right = _of(accuracy, dataset=dataset, model=model, label=label)
            cells = [number_cell(right["accuracy"], "pct")]
            cells += [score_cell(rows, column, label) for column in SCORES]
            if any(cell.value is not None for cell in cells):  # not of models without labels
                lines.append({"label": label, "model": model, "cells": cells})
    return lines


def score_cell(rows: pd.DataFrame, column: Column, group: str) -> Cell:
    """Return the cell of a statistic of one group, over seeds; the remark says why it is empty."""
    chosen = _of(rows, statistic=column.statistic, group=group)
    match = chosen[chosen["convention"] == column.convention]
    if match.empty and len(chosen):
        match = chosen[chosen["convention"] == chosen["convention"].iloc[0]]
    if match.empty:
        return Cell("–", remark="not scored")
    # A control of a dataset is the same for all its runs, so it is counted once.
    values = match.drop_duplicates("seed")["value"]
    if is_control(match).all():
        values = values.iloc[:1]
    cell = number_cell(values, column.form)
    if cell.value is None:
        return cell._replace(remark="; ".join(sorted({str(n) for n in match["note"] if n})))
    return cell


def whole_group(rows: pd.DataFrame) -> str:
    """Return ``mean`` (over labels) where it was scored, else ``all``."""
    return MEAN if (rows["group"] == MEAN).any() else ALL


def _structure_cell(folds: pd.DataFrame, name: str) -> Cell:
    rows = folds[folds["set"] == name]
    if rows.empty:
        return Cell("–")
    if not rows["rows"].sum():
        return Cell("–", remark="no sequence has status ok")
    score = rows["score"].iloc[0]
    rows = rows[(rows["score"] == score) & (rows["rows"] > 0)]
    means = rows.groupby("seed").apply(
        lambda one: float(np.average(one["mean"], weights=one["rows"])), include_groups=False
    )
    cell = number_cell(means, "3f" if means.max() <= 1 else "1f")
    return cell._replace(remark=f"mean {score} of {int(rows['rows'].sum()):,} sequences")


def missing_scores(scores: pd.DataFrame) -> list[dict[str, str]]:
    """Return statistics without a value and why."""
    found: dict[tuple, int] = {}
    empty = scores[scores["value"].isna() & (scores["note"].fillna("") != "")]
    for row in empty.itertuples():
        key = (f"score {row.metric}", row.dataset, row.model, str(row.note))
        found[key] = found.get(key, 0) + 1
    return [
        {"stage": stage, "dataset": dataset, "model": model, "reason": reason, "count": f"{n:,}"}
        for (stage, dataset, model, reason), n in found.items()
    ]


def unjudged_rows(judged: pd.DataFrame, stage: str) -> list[dict[str, str]]:
    """Return sequences that a predictor gave no value for, and why."""
    lines = []
    for run, rows in judged.groupby(["dataset", "model", "seed", "sampling"], sort=False):
        place = {"stage": stage.replace("_", " "), "dataset": run[0], "model": run[1]}
        lines += _unjudged(place, rows)
    return lines


def _unjudged(place: dict[str, str], rows: pd.DataFrame) -> list[dict[str, str]]:
    """Return a line per set and label with sequences left out; one line if it was the whole run."""
    bad = rows[rows["left_out"] > 0]
    if len(bad) > 1 and not rows["rows"].sum():
        said = [text for text in bad["reasons"] if text] or list(bad["statuses"])
        reason = "; ".join(dict.fromkeys(said))
        return [{**place, "reason": reason, "count": f"{bad['left_out'].sum():,}"}]
    return [
        {
            **place,
            "reason": f"{row.set} sequences of {row.label}: {row.statuses}"
            + f" ({row.reasons})" * bool(row.reasons),
            "count": f"{row.left_out:,}",
        }
        for row in bad.itertuples()
    ]


def _of(frame: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    return frame
