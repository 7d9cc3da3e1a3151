"""Figures show what their tables hold, and nothing that should not be shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebmflow.errors import ConfigError
from ebmflow.figures import (
    classification,
    frequencies,
    images,
    novelty,
    observables,
    training,
)
from ebmflow.figures import projection as projections
from tests.support import report_study as made
from tests.support.drawn import all_text, panel

# -- observables -----------------------------------------------------------------------------------


def test_observables_draw_points_on_exact_curves() -> None:
    nothing = {"measured": np.nan, "standard_error": np.nan, "n": 0}
    table = pd.DataFrame(
        [
            {"observable": "E", "parameter": 1.0, "measured": -1.0, "standard_error": 0.1, "n": 9,
             "finite": -1.25, "infinite": -1.5},
            {"observable": "E", "parameter": 0.5, **nothing, "finite": -1.0, "infinite": -1.1},
            {"observable": "E", "parameter": 1.5, **nothing, "finite": -2.0, "infinite": -2.1},
            {"observable": "M", "parameter": 1.0, "measured": 0.3, "standard_error": 0.1, "n": 9,
             "finite": np.nan, "infinite": 0.0},
            {"observable": "M", "parameter": 1.5, **nothing, "finite": np.nan, "infinite": 0.5},
        ]
    )  # fmt: skip
    figure = observables.draw_observables(table, {"parameter": "temperature"})
    energy = panel(figure, "E: at most 2.5 standard errors off")
    lines = {line.get_label(): line for line in energy.get_lines()}
    np.testing.assert_array_equal(lines["exact, this size"].get_ydata(), [-1.0, -2.0])
    np.testing.assert_array_equal(lines["exact, infinite"].get_ydata(), [-1.1, -2.1])
    assert energy.get_xlabel() == "temperature"
    magnetisation = panel(figure, "M")
    assert magnetisation.get_title(loc="left") == "M", "nothing exact to compare with"
    assert "exact, this size" not in {line.get_label() for line in magnetisation.get_lines()}


# -- classification --------------------------------------------------------------------------------


def test_accuracy_frame_counts_labelled_rows() -> None:
    table = pd.DataFrame(
        {
            "age": [1, 1, 1, 2, 2, 2, 2],
            "time": [-1, -1, -1, -1, -1, -1, 5],
            "method": "exact",
            "label": [0, 1, -1, 0, 1, -1, 0],
            "predicted": [0, 0, 0, 0, 1, 1, 1],
        }
    )
    frame = classification.accuracy_frame(table, model="m", seed=3)
    assert frame["accuracy"].tolist() == [0.5, 1.0]
    assert frame["rows"].tolist() == [2, 2]
    assert frame["model"].tolist() == ["m", "m"]


def test_confusion_matrix_is_of_the_last_age() -> None:
    table = made.predictions_table(["a", "b", "c"])
    figure = classification.draw_confusion(table, {"label_names": ["a", "b", "c"]})
    last = table[(table["age"] == 1000) & (table["method"] == "exact")]
    counts = classification.confusion_matrix(last, 3)
    assert counts.sum() == 90
    assert counts[1, 2] == ((last["label"] == 1) & (last["predicted"] == 2)).sum()
    shown = figure.axes[0].images[0].get_array()
    np.testing.assert_allclose(shown, counts / counts.sum(axis=1, keepdims=True))
    assert "model after 1,000 updates" in all_text(figure)


def test_accuracy_is_drawn_per_model_and_method() -> None:
    table = made.predictions_table(["a", "b"])
    parts = [
        classification.accuracy_frame(table, model="ff", seed=0),
        classification.accuracy_frame(table[table["row"] < 50], model="ff", seed=1),
    ]
    axes = classification.draw_accuracy(parts).axes[0]
    assert len(axes.get_lines()) == 2
    assert len(axes.collections) == 2  # bands over two seeds
    assert "no labelled row" in all_text(classification.draw_accuracy([]))


# -- the others ------------------------------------------------------------------------------------


def projection_table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "set": ["data"] * 60 + ["generated"] * 40,
            "label": (["a", "b", None] * 34)[:100],
            "weight": 1.0,
            "pc_1": rng.normal(size=100),
            "pc_2": rng.normal(size=100),
        }
    )


def test_projection_draws_every_row_and_one_panel_per_label() -> None:
    table = projection_table()
    facts = {"label_names": ["a", "b"], "age": 5, "time": 10, "explained_variance": [0.3, 0.1]}
    figure = projections.draw_projection(table, facts, title="t")
    main = next(axes for axes in figure.axes if "30.0 % of variance" in axes.get_xlabel())
    assert [len(one.get_offsets()) for one in main.collections] == [60, 40]
    titles = [axes.get_title() for axes in figure.axes]
    counts = table.groupby(["set", "label"]).size()
    expected = f"a\n{counts['data', 'a']} data, {counts['generated', 'a']} generated"
    assert expected in titles
    assert "model after 5 updates, samples after 10 sweeps" in all_text(figure)


def test_free_rows_are_not_counted_by_label() -> None:
    table = projection_table()
    table.loc[table["set"] == "generated", "label"] = None
    figure = projections.draw_projection(table, {"label_names": ["a", "b"]})
    assert "a\n20 data" in [axes.get_title() for axes in figure.axes]
    assert "0 generated" not in all_text(figure)


def test_marginal_histograms_weigh_data() -> None:
    table = projection_table()
    table.loc[table["set"] == "data", "weight"] = 0.0
    table.loc[0, "weight"] = 1.0
    figure = projections.draw_projection(table, {"label_names": ["a", "b"]})
    main = next(axes for axes in figure.axes if axes.get_xlabel())
    top = next(one for one in figure.axes if one is not main and one.get_xlim() == main.get_xlim())
    outline = next(patch for patch in top.patches if not patch.get_fill()).get_path().vertices
    peak = outline[outline[:, 1] > 0][:, 0]
    assert peak.min() <= table.loc[0, "pc_1"] <= peak.max()
    assert np.ptp(peak) < 0.2 * np.ptp(table["pc_1"])


def test_rows_along_the_label_vector_have_a_panel_if_there_are_two_labels() -> None:
    table = projection_table()
    figure = projections.draw_projection(table, {"label_names": ["a", "b"]})
    assert "along the label vector" not in all_text(figure)
    table["along_labels"] = table["label"].map({"a": 0.0, "b": 1.0}).fillna(0.5)
    figure = projections.draw_projection(table, {"label_names": ["a", "b"]})
    (axes,) = (one for one in figure.axes if one.get_title(loc="left") == "along the label vector")
    outlines = [patch.get_path().vertices for patch in axes.patches if not patch.get_fill()]
    peaks = [points[points[:, 1] > 0, 0].mean() for points in outlines]
    assert peaks == pytest.approx([0, 1], abs=0.05)


def test_novelty_shares_sum_to_one_and_copies_are_counted() -> None:
    table = pd.DataFrame(
        {
            "set": ["generated", "generated", "test"],
            "label": "a",
            "distance": [0, 7, 5],
            "rows": [3, 9, 4],
        }
    )
    axes = novelty.draw_novelty(table, {"sites": 20}).axes[0]
    bars = [patch.get_height() for patch in axes.patches if hasattr(patch, "get_height")]
    assert sum(bars) == pytest.approx(1.0)
    assert axes.get_title(loc="left") == "a: 3 copies"


def test_history_draws_what_is_there() -> None:
    figure = training.draw_history(made.history_table(), {})
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()] == [
        "gradient",
        "label accuracy, held-out rows",
        "covariance error, held-out rows",
        "parameters",
    ]
    assert "1,000 updates in 10.0 s" in all_text(figure)
    bare = made.history_table()[["update", "seconds", "gradient_norm"]].assign(
        label_accuracy=np.nan
    )
    assert len([axes for axes in training.draw_history(bare, {}).axes if axes.get_visible()]) == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5.04, "5.0 s"), (125, "2 min 05 s"), (3725, "1 h 02 min")],
)
def test_durations(seconds: float, text: str) -> None:
    history = made.history_table().assign(seconds=seconds)
    assert f"in {text}" in all_text(training.draw_history(history, {}))


def test_frequencies_state_agreement() -> None:
    sites = np.arange(20)
    data = np.linspace(0.1, 0.9, 20)
    table = pd.DataFrame(
        {
            "set": ["data"] * 20 + ["generated"] * 20,
            "label": "a",
            "site": np.tile(sites, 2),
            "letter": "1",
            "frequency": np.concatenate([data, data + 0.05]),
        }
    )
    figure = frequencies.draw_frequencies(
        table, {"alphabet": {"letters": "01"}, "label_names": ["a"]}
    )
    assert "r = 1.000\nRMS difference 0.050" in all_text(figure)
    one = frequencies.draw_frequencies(
        table[table["set"] == "data"], {"alphabet": {"letters": "01"}, "label_names": ["a"]}
    )
    assert "one of the sets has no rows" in all_text(one)


def test_images_show_test_rows_by_label() -> None:
    codes = np.zeros((6, 4), dtype=np.uint8)
    codes[4] = 1
    data = {
        "codes": codes,
        "label": np.array([0, 0, 1, 1, 1, 0]),
        "split": np.array(["train"] * 4 + ["test"] * 2, dtype=object),
    }
    figure = images.draw_image_grids(data, data, ["a", "b"], per_label=2)
    shown = figure.axes[2].images[0].get_array()  # label b, data
    assert shown[1:3, 1:3].tolist() == [[1, 1], [1, 1]]
    assert np.ma.getmaskarray(shown)[1:3, 4:6].all()  # no second image


def test_images_without_labels_are_shown_beside_labelled_data() -> None:
    rng = np.random.default_rng(0)
    data = {"label": np.arange(6) % 2, "codes": rng.integers(0, 2, (6, 4))}
    free = {"label": np.full(6, -1), "codes": rng.integers(0, 2, (6, 4))}
    figure = images.draw_image_grids(data, free, ["a", "b"], per_label=2)
    shown = figure.axes[3].images[0].get_array()  # second strip, generated
    np.testing.assert_array_equal(shown[1:3, 1:3], free["codes"][2].reshape(2, 2))
    assert "no rows" not in all_text(figure)


def test_image_shape_must_fit() -> None:
    assert images.image_shape(12, [3, 4]) == (3, 4)
    assert images.image_shape(9, None) == (3, 3)
    for shape in ([3, 5], [12], None):
        with pytest.raises(ConfigError, match="product is 12"):
            images.image_shape(12, shape)
