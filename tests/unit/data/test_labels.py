"""Labels: where they come from, vocabulary, missing ones, small classes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from ebmflow import registry
from ebmflow.data.labels import LabelOptions, apply_vocabulary, drop_and_merge, label_names
from ebmflow.errors import LabelError


def array(*labels) -> np.ndarray:
    values = np.empty(len(labels), dtype=object)
    values[:] = labels
    return values


def label(kind, names, annotations=None, files=None, **options):
    notes = pd.DataFrame(annotations or {}, index=range(len(names)), dtype=object)
    labeller = registry.component("labeller", kind)(**options)
    return labeller.label(array(*names), notes, files or {})


NONE = array(None, None, None, None)


# -- vocabulary ------------------------------------------------------------------------------------


def test_labels_are_renamed_and_restricted():
    options = LabelOptions(rename={"bact": "Bacteria"}, classes=("Bacteria", "Eukaryota"))
    found = apply_vocabulary(array("bact", "Eukaryota", "Viruses", "", None), options)
    assert found.tolist() == ["Bacteria", "Eukaryota", None, None, None]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": ("Fungi",)}, "dataset, labels.classes: no row has the label 'Fungi'; "
         "expected one of: Archaea, Bacteria"),
        ({"rename": {"x": "y"}}, "dataset, labels.rename: no row has the label 'x'; "
         "expected one of: Archaea, Bacteria"),
    ],
)  # fmt: skip
def test_a_label_that_does_not_occur_is_an_error(options, message):
    with pytest.raises(LabelError, match=re.escape(message)):
        apply_vocabulary(array("Bacteria", "Archaea"), LabelOptions(**options))


def test_names_are_in_natural_order_or_in_the_order_given():
    labels = array("GH30_10", "GH30_2", "GH30_1", None)
    assert label_names(labels, LabelOptions()) == ("GH30_1", "GH30_2", "GH30_10")
    wanted = LabelOptions(classes=("GH30_2", "GH30_10", "GH30_1"))
    assert label_names(labels, wanted) == wanted.classes


# -- missing labels and small classes --------------------------------------------------------------


def test_a_class_with_one_member_is_an_error_by_default():
    with pytest.raises(
        LabelError,
        match=re.escape(
            "dataset, labels.minimum_size: class 'b' has 1 row(s); expected at least 2. "
            "Set labels.below_minimum to drop or unlabelled, or list labels.classes"
        ),
    ):
        drop_and_merge(array("a", "a", "b", None), NONE, LabelOptions())


def test_small_classes_are_dropped_or_unlabelled():
    labels = array("a", "a", "b", None)
    kept, dropped = drop_and_merge(labels, NONE, LabelOptions(below_minimum="drop"))
    assert kept.tolist() == ["a", "a", None, None]
    assert dropped.tolist() == [None, None, "class below 2 rows", None]
    kept, dropped = drop_and_merge(labels, NONE, LabelOptions(below_minimum="unlabelled"))
    assert kept.tolist() == ["a", "a", None, None]
    assert pd.isna(dropped).all()
    assert labels.tolist() == ["a", "a", "b", None]  # the argument is left alone


def test_rows_that_the_labeller_drops_do_not_count_for_a_class():
    with pytest.raises(LabelError, match=re.escape("class 'a' has 1 row")):
        drop_and_merge(
            array("a", "a", "b", "b"), array("several labels", None, None, None), LabelOptions()
        )


def test_missing_labels_stay_are_dropped_or_stop():
    labels = array("a", "a", None, None)
    assert pd.isna(drop_and_merge(labels, NONE, LabelOptions())[1]).all()
    _, dropped = drop_and_merge(labels, NONE, LabelOptions(missing="drop"))
    assert dropped.tolist() == [None, None, "no label", "no label"]
    with pytest.raises(
        LabelError, match=re.escape("dataset, row 3: no label (2 of 4 rows); expected a label")
    ):
        drop_and_merge(labels, NONE, LabelOptions(missing="error"))


# -- labellers -------------------------------------------------------------------------------------


def test_annotation_is_taken_as_it_is():
    assert label("annotation", ["r"], {"kind": ["x"]}, column="kind").labels.tolist() == ["x"]
    with pytest.raises(LabelError, match=re.escape("no annotation 'kin'; expected one of: kind")):
        label("annotation", ["r"], {"kind": ["x"]}, column="kin")


def test_regex_finds_the_group_or_the_whole():
    headers = {"header": ["A1|GH5_13|x", "A2|GH5_2", "A3|GH5", "A4|GH5_2|CBM1|GH5_2"]}
    names = ["A1", "A2", "A3", "A4"]
    by_group = label("regex", names, headers, pattern=r"\|GH5_(\d+)")
    assert by_group.labels.tolist() == ["13", "2", None, "2"]
    whole = label("regex", names, headers, pattern=r"GH5_\d+")
    assert whole.labels.tolist() == ["GH5_13", "GH5_2", None, "GH5_2"]
    assert whole.dropped.tolist() == [None] * 4


def test_rows_with_two_labels_follow_the_policy():
    headers = {"header": ["A|GH5_1|GH5_2", "B|GH5_1"]}
    dropped = label("regex", ["A", "B"], headers, pattern=r"GH5_\d+")
    assert dropped.dropped.tolist() == ["several labels", None]
    assert dropped.counts.lines[0].rows == 1
    first = label("regex", ["A", "B"], headers, pattern=r"GH5_\d+", several="first")
    assert first.labels.tolist() == ["GH5_1", "GH5_1"]
    assert pd.isna(first.dropped).all()
    with pytest.raises(
        LabelError, match=re.escape("record 1 (A): labels GH5_1, GH5_2; expected one")
    ):
        label("regex", ["A", "B"], headers, pattern=r"GH5_\d+", several="error")


def test_regex_searches_names_where_there_is_no_header():
    assert label("regex", ["x_HUMAN", "y_ECOLI"], pattern="_(.+)$").labels.tolist() == [
        "HUMAN", "ECOLI",
    ]  # fmt: skip


def test_regex_that_matches_nothing_is_an_error():
    with pytest.raises(
        LabelError, match=re.escape("'GH7' matches no row; expected something that is in rows")
    ):
        label("regex", ["A"], {"header": ["A|GH5_1"]}, pattern="GH7")


@pytest.mark.parametrize(
    ("pattern", "reason"), [("(a", "a regular expression"), ("(a)(b)", "at most one")]
)
def test_bad_patterns_stop_at_once(pattern, reason):
    with pytest.raises(ValidationError, match=reason):
        registry.component("labeller", "regex")(pattern=pattern)


@pytest.fixture
def panel(tmp_path) -> dict[str, list[Path]]:
    path = tmp_path / "panel.tsv"
    path.write_text(
        "sample\tpop\tsuper_pop\tgender\t\t\nHG1\tGBR\tEUR\tmale\nHG2\tYRI\tAFR\tmale\n"
    )
    return {"labels": [path]}


def from_panel(panel, samples, **options):
    names = [f"{sample}_{i}" for i, sample in enumerate(samples)]
    options = {
        "file": "panel.tsv",
        "key": "sample",
        "by": "sample",
        "column": "super_pop",
    } | options
    return label("table", names, {"sample": samples}, panel, **options)


def test_table_labels_by_sample(panel):
    # the panel of the 1000 Genomes Project has two nameless columns behind the last one
    assert from_panel(panel, ["HG2", "HG1", "HG1"]).labels.tolist() == ["AFR", "EUR", "EUR"]


def test_a_panel_without_a_sample_is_an_error(panel):
    with pytest.raises(
        LabelError,
        match=re.escape(
            "panel.tsv: no line for 'HG9' (1 of 3 rows, first: HG9_2); expected every row in "
            "column 'sample'. Complete the file, or set labels.rows_without to unlabelled"
        ),
    ):
        from_panel(panel, ["HG1", "HG2", "HG9"])
    found = from_panel(panel, ["HG1", "HG2", "HG9"], rows_without="unlabelled")
    assert found.labels.tolist() == ["EUR", "AFR", None]


def test_labels_for_unknown_rows_are_an_error_or_counted(panel):
    with pytest.raises(
        LabelError, match=re.escape("panel.tsv: 1 lines match no row, such as 'HG2'")
    ):
        from_panel(panel, ["HG1"])
    found = from_panel(panel, ["HG1"], unknown_keys="ignore")
    assert found.counts.lines[0].rows == 1


def test_table_matches_several_columns(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("file,id,class\na.vcf,S1,x\nb.vcf,S1,y\n")
    found = label(
        "table", ["r1", "r2"], {"file": ["b.vcf", "a.vcf"], "sample": ["S1", "S1"]},
        {"labels": [path]}, file="t.csv", key=["file", "id"], by=["file", "sample"], column="class",
    )  # fmt: skip
    assert found.labels.tolist() == ["y", "x"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"column": "superpop"}, "no column 'superpop'; expected one of: sample, pop, super_pop, "
         "gender. Did you mean 'super_pop'?"),
        ({"by": "person"}, "the rows have no annotation 'person'; expected one of: name, sample"),
        ({"by": ["name", "sample"]}, "dataset, labels.by: 2 columns; expected 1, as in labels.key"),
    ],
)  # fmt: skip
def test_wrong_columns_are_named(panel, options, message):
    with pytest.raises(LabelError) as caught:
        from_panel(panel, ["HG1", "HG2"], **options)
    assert message in str(caught.value)


def test_names_with_regions_match_names_without(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,label\nP1,x\nP2/3-9,y\nP2,z\n")
    names = ["P1/1-60", "P1/70-99", "P2/3-9", "P2/11-20"]
    found = label("table", names, {}, {"labels": [path]}, file="t.csv", column="label")
    assert found.labels.tolist() == ["x", "x", "y", "z"]
    with pytest.raises(
        LabelError, match=re.escape("no line for 'P3' (1 of 5 rows, first: P3/1-9)")
    ):
        label("table", [*names, "P3/1-9"], {}, {"labels": [path]}, file="t.csv", column="label")


def test_a_second_label_for_one_key_is_an_error(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,label\nr1,x\nr1,x\nr2,y\nr2,x\n")
    with pytest.raises(
        LabelError,
        match=re.escape("t.csv, line 5: a second label for 'r2'; expected one. It has 'y' and 'x'"),
    ):
        label("table", ["r1", "r2"], {}, {"labels": [path]}, file="t.csv", column="label")
