"""Figures show what their tables hold, and nothing that should not be shown."""

from __future__ import annotations

import itertools
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ebmflow.errors import ConfigError
from ebmflow.evaluation.structure.base import STATUSES
from ebmflow.figures import (
    captions,
    classification,
    frequencies,
    images,
    novelty,
    observables,
    quality,
    structure,
    style,
    training,
)
from ebmflow.figures import projection as projections
from tests.support import report_study as made

RUN = {"dataset": "d", "model": "ff", "seed": 0, "sampling": "s"}


def panel(figure: Figure, start: str) -> matplotlib.axes.Axes:
    return next(axes for axes in figure.axes if axes.get_title(loc="left").startswith(start))


def all_text(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


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


# -- quality ---------------------------------------------------------------------------------------


def test_quality_by_label_draws_labels_mean_floor_and_ages() -> None:
    table = made.score_table(RUN, ["a", "b"], made.AGES, made.TIMES)
    figure = quality.draw_quality_by_label(table, title="t")
    axes = panel(figure, "AAI error (paper)")
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert {"a", "b", "mean over labels", "held-out rows (floor)"} <= set(lines)
    wanted = table.query("statistic == 'aai_error' and group == 'a' and age == 1000")
    wanted = wanted[wanted["reference"] == "test"].sort_values("time")
    np.testing.assert_allclose(lines["a"].get_ydata(), wanted["value"])
    np.testing.assert_array_equal(lines["a"].get_xdata(), [1, 10, 100])
    floor = table.query("statistic == 'aai_error' and reference == 'floor' and group == 'mean'")
    assert lines["held-out rows (floor)"].get_ydata()[0] == pytest.approx(floor["value"].mean())
    alone = table.query("statistic == 'aai_error' and reference == 'independent'")
    level = alone.loc[alone["group"] == "mean", "value"].mean()
    assert lines["independent sites"].get_ydata()[0] == pytest.approx(level)
    assert "1,000" in all_text(figure)  # the block of ages


def test_quality_prefers_the_paper_convention_and_test_rows() -> None:
    table = made.score_table(RUN, [], (1000,), made.TIMES)
    other = table.assign(convention="code", value=99.0)
    train = table.assign(reference="train", value=77.0)
    figure = quality.draw_quality_by_label(pd.concat([table, other, train]))
    values = [line.get_ydata() for line in panel(figure, "AAI error").get_lines()]
    assert max(np.max(one) for one in values) < 1
    figure = quality.draw_quality_by_label(train)
    assert "compared with train rows" in all_text(figure)
    assert max(np.max(line.get_ydata()) for line in panel(figure, "AAI").get_lines()) == 77.0


def test_quality_of_one_moment_is_drawn_as_points() -> None:
    table = made.score_table(RUN, ["a", "b"], (1000,), (10,))
    axes = panel(quality.draw_quality_by_label(table), "$P_{GG}$")
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a", "b", "mean over labels"]
    drawn = sorted(float(x) for line in axes.get_lines() for x in line.get_xdata())
    wanted = table[(table["statistic"] == "p_gg") & (table["reference"] == "test")]["value"]
    assert all(any(abs(x - value) < 1e-12 for x in drawn) for value in wanted)


def test_quality_by_model_has_bands_over_seeds_and_blocks() -> None:
    parts = [
        made.score_table({**RUN, "model": model, "seed": seed, "sampling": plan}, ["a"], *moments)
        for model in ("ff", "pcd")
        for seed in (0, 1)
        for plan, moments in {"time": ((1000,), made.TIMES), "age": (made.AGES, (10,))}.items()
    ]
    figure = quality.draw_quality_by_model(pd.concat(parts))
    first = panel(figure, "AAI error")
    assert len(first.collections) == 2  # one band per model
    assert {"ff", "pcd"} <= {line.get_label() for line in first.get_lines()}
    labels = {axes.get_xlabel() for axes in figure.axes if axes.get_visible()}
    assert labels == {"generation time (sweeps)", "training age (updates)"}


def test_models_without_labels_are_drawn_beside_controls_with_labels() -> None:
    """Controls of labelled data have a mean over labels, a model that knows none does not."""
    table = made.score_table(RUN, ["a", "b"], (1000,), made.TIMES)
    together = made.score_table(RUN, [], (1000,), made.TIMES)
    controls = table[table["reference"] == "floor"]
    unlabelled = pd.concat([controls, together])
    wanted = together.query("statistic == 'aai_error' and reference == 'test'").sort_values("time")
    for draw in (quality.draw_quality_by_label, quality.draw_quality_by_model):
        figure = draw(unlabelled)
        lines = [line.get_ydata() for line in panel(figure, "AAI error").get_lines()]
        assert any(len(y) == 3 and np.allclose(y, wanted["value"]) for y in lines)
    floor = together.query("statistic == 'aai_error' and reference == 'floor'")["value"].iloc[0]
    assert any(len(y) == 2 and np.allclose(y, floor) for y in lines)
    mixed = pd.concat(
        [table.assign(model="labelled"), table.assign(model="labelled", group="all"), unlabelled]
    )
    assert "all rows together" in all_text(quality.draw_quality_by_model(mixed))


def test_quality_without_values_says_so() -> None:
    table = made.score_table(RUN, ["a"], (1000,), made.TIMES).assign(value=np.nan)
    assert "no quality score has a value" in all_text(quality.draw_quality_by_label(table))
    assert "no quality score has a value" in all_text(quality.draw_quality_by_model(table))


# -- structure -------------------------------------------------------------------------------------


def test_structure_refuses_rows_whose_status_is_not_ok() -> None:
    table = made.structures_table(["x"])
    clean = table[table["status"] == "ok"]
    bad = sorted(set(STATUSES) - {"ok"})
    spoiled = clean.head(len(bad)).assign(status=bad, value=0.5)
    figure = structure.draw_structure_scores(pd.concat([clean, spoiled]), {})
    reference = structure.draw_structure_scores(clean, {})

    def heights(one: Figure) -> list[float]:
        return [patch.get_height() for patch in one.axes[0].patches if hasattr(patch, "get_height")]

    assert heights(figure) == heights(reference)
    count = len(clean) + len(bad)
    assert f"left out: {len(bad)} of {count} sequences (1 " in all_text(figure)
    assert "left out" not in all_text(reference)


def test_structure_without_usable_rows_draws_nothing() -> None:
    table = made.structures_table(["x"]).assign(status="no_weights")
    figure = structure.draw_structure_scores(table, {}, title="t")
    assert "no sequence has a usable score" in all_text(figure)
    assert not figure.axes[0].patches


def test_plddt_has_its_bands_and_means() -> None:
    table = made.structures_table(["x"], score="plddt")
    table["value"] *= 100
    axes = structure.draw_structure_scores(table, {}).axes[0]
    assert axes.get_xticks().tolist() == [0, 50, 70, 90, 100]
    spans = [one for one in axes.patches if one.get_alpha() and one.get_alpha() < 0.1]
    edges = [(one.get_x(), one.get_x() + one.get_width(), one.get_alpha()) for one in spans]
    assert [edge[:2] for edge in edges] == [(0, 50), (50, 70), (70, 90)]
    assert edges[0][2] > edges[1][2] > edges[2][2]  # darker where confidence is lower
    positions = {round(float(line.get_xdata()[0]), 6) for line in axes.get_lines()}
    generated = table[(table["set"] == "generated") & (table["status"] == "ok")]["value"].mean()
    assert round(generated, 6) in positions


def test_models_are_side_by_side_with_a_line_an_age() -> None:
    run = {"dataset": "d", "seed": 0, "sampling": "over_time"}
    tables = [
        made.score_table({**run, "model": model}, ["a", "b"], made.AGES, made.TIMES)
        for model in ("ff", "pcd")
    ]
    one_time = made.score_table({**run, "model": "x"}, ["a", "b"], made.AGES[-1:], (1,))
    figure = quality.draw_quality_by_age(pd.concat([*tables, one_time]))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    titles = [axes.get_title(loc="left") for axes in shown[:2]]
    assert [title.split("\n")[0] for title in titles] == ["ff", "pcd"]  # not x: one moment
    legend = [text.get_text() for text in shown[0].get_legend().get_texts()]
    assert legend[: len(made.AGES)] == [f"{age:,}" for age in made.AGES]
    assert shown[0].get_shared_y_axes().joined(shown[0], shown[1])


def test_titles_of_structure_panels_stay_beside_each_other() -> None:
    parts = [made.structures_table([name], score="tm_score") for name in ("fold_67628", "b", "c")]
    figure = structure.draw_structure_scores(pd.concat(parts), {})
    figure.canvas.draw()
    panels = [axes for axes in figure.axes if axes.get_visible()]
    boxes = [axes._left_title.get_window_extent() for axes in panels]
    for box, following in itertools.pairwise(boxes):
        assert box.x1 < following.x0
    assert boxes[-1].x1 <= figure.bbox.x1


def test_means_have_the_decimals_of_their_axis() -> None:
    groups = {"natural": np.array([0.2]), "random": np.array([-0.304]), "profile": np.array([1])}
    assert structure.means_text(groups, (-1.0, 1.0)) == (
        "mean: natural 0.20, random \N{MINUS SIGN}0.30,\nprofile 1.00"
    )
    assert "natural 0.2," in structure.means_text(groups, (0.0, 100.0))
    assert structure.means_text({}, (0.0, 1.0)) == "no rows"


def test_sequences_with_several_scores_are_counted_once() -> None:
    table = made.structures_table(["x"], score="pseudo_log_likelihood")
    more = table.assign(score="embedding_distance")
    count = int(((table["set"] == "natural") & (table["status"] == "ok")).sum())
    assert f"natural ({count})" in all_text(
        structure.draw_structure_scores(pd.concat([table, more]), {})
    )


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


# -- all -------------------------------------------------------------------------------------------


def test_figures_leave_global_settings_alone_and_need_no_pyplot() -> None:
    before = dict(matplotlib.rcParams)
    training.draw_history(made.history_table(), {}, title="$5 & more")
    assert dict(matplotlib.rcParams) == before
    sources = [sys.modules[name] for name in sys.modules if name.startswith("ebmflow.figures.")]
    assert not any(hasattr(module, "plt") or hasattr(module, "pyplot") for module in sources)


def test_dollar_signs_in_names_are_text() -> None:
    table = made.score_table(RUN, ["$x", "y_1$"], (1000,), (10,))
    figure = quality.draw_quality_by_label(table, title="price: $5 {")
    figure.canvas.draw()
    assert r"\$x" in all_text(figure)


def test_colours_differ_and_are_told_apart_without_colour_vision() -> None:
    assert len(set(style.PALETTE)) == len(style.PALETTE) == 16
    # Viénot et al. 1999, deuteranopia, linear RGB: the first eight colours stay distinct
    matrix = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])
    rgb = np.array([matplotlib.colors.to_rgb(colour) for colour in style.PALETTE[:8]]) ** 2.2
    seen = np.clip(rgb @ matrix.T, 0, 1) ** (1 / 2.2)
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=2) + np.eye(8)
    assert distance.min() > 0.1


def test_workflow_captions_are_ours(root) -> None:
    for name, caption in captions.CAPTIONS.items():
        text = (root / "workflow" / "report" / f"{name}.rst").read_text()
        assert text == (
            f"{caption.heading}. {caption.shown}\n\n**Look for:** {caption.look_for}\n"
        ), name
    assert captions.describe("my_figure").heading == "My figure"
