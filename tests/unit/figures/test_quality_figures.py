"""Quality figures: lines, bands, floors and blocks are those of their tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebmflow.figures import quality
from tests.support import report_study as made
from tests.support.drawn import all_text, panel

RUN = {"dataset": "d", "model": "ff", "seed": 0, "sampling": "s"}


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


def test_a_study_chooses_the_rows_that_labels_are_compared_with() -> None:
    test = made.score_table(RUN, ["a"], (1000,), made.TIMES)
    train = test.query("reference == 'test'").assign(reference="train", value=0.25)
    both = pd.concat([test, train])
    figure = quality.draw_quality_by_label(both, reference="train")
    assert "compared with train rows" in all_text(figure)
    lines = {line.get_label(): line for line in panel(figure, "AAI error").get_lines()}
    assert set(lines["a"].get_ydata()) == {0.25}
    assert "independent sites" in lines
    figure = quality.draw_quality_by_label(test, reference="train")  # never scored
    assert "compared with test rows" in all_text(figure)


@pytest.mark.parametrize("draw", [quality.draw_quality_by_model, quality.draw_quality_by_age])
def test_independent_sites_that_were_scored_against_other_rows_are_left_out(draw) -> None:
    table = made.score_table(RUN, ["a"], made.AGES, made.TIMES)
    for independent in (True, False):
        figure = draw(table, independent=independent)
        labels = {line.get_label() for axes in figure.axes for line in axes.get_lines()}
        assert ("independent sites" in labels) == independent
        assert "held-out rows (floor)" in labels


@pytest.mark.parametrize(("rows", "drawn"), [(50, True), (400, False)])
def test_a_floor_of_few_rows_is_no_floor_for_many(rows: int, drawn: bool) -> None:
    table = made.score_table(RUN, ["a"], (1000,), made.TIMES)
    generated = table["reference"] == "test"
    table.loc[generated & (table["group"] == "a"), "n"] = rows  # the floor has 50
    axes = panel(quality.draw_quality_by_label(table), "AAI error")
    labels = {line.get_label() for line in axes.get_lines()}
    assert ("held-out rows (floor)" in labels) == drawn
    assert "independent sites" in labels


def test_quality_of_one_moment_is_drawn_as_points() -> None:
    table = made.score_table(RUN, ["a", "b"], (1000,), (10,))
    axes = panel(quality.draw_quality_by_label(table), "$P_{GG}$")
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a", "b", "mean over labels"]
    drawn = sorted(float(x) for line in axes.get_lines() for x in line.get_xdata())
    wanted = table[(table["statistic"] == "p_gg") & (table["reference"] == "test")]["value"]
    assert all(any(abs(x - value) < 1e-12 for x in drawn) for value in wanted)


def test_points_of_several_plans_are_told_apart_and_stand_within_the_axes() -> None:
    parts = [
        made.score_table({**RUN, "model": model, "sampling": plan}, ["a"], (1000,), (10,))
        for model, plans in (("ff", ["long", "short"]), ("pcd", ["short"]))
        for plan in plans
    ]
    table = pd.concat(parts).assign(standard_error=0.0)
    axes = panel(quality.draw_quality_by_model(table), "AAI error")
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names == ["ff, long", "ff, short", "pcd"]
    errors = table[(table["statistic"] == "aai_error") & (table["group"] == "mean")]
    assert axes.get_xlim()[1] > 1.05 * errors["value"].max()


def test_lines_of_several_plans_differ() -> None:
    parts = [
        made.score_table({**RUN, "sampling": plan}, ["a"], (1000,), made.TIMES)
        for plan in ("long", "short")
    ]
    axes = panel(quality.draw_quality_by_model(pd.concat(parts)), "AAI error")
    lines = {line.get_label(): line for line in axes.get_lines()}
    first, second = lines["ff, long"], lines["ff, short"]
    assert first.get_color() == second.get_color()
    assert first._dash_pattern != second._dash_pattern


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
    assert "no quality score has a value" in all_text(quality.draw_quality_by_age(table))


def test_a_single_training_age_is_no_course_of_training() -> None:
    table = made.score_table(RUN, ["a"], (1000,), made.TIMES)
    assert "several training ages" in all_text(quality.draw_quality_by_age(table))


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
    assert "mean over labels" in all_text(figure)


def test_ages_of_models_without_labels_are_of_all_rows() -> None:
    table = made.score_table({**RUN, "sampling": "over_time"}, [], made.AGES, made.TIMES)
    text = all_text(quality.draw_quality_by_age(table))
    assert "all rows together" in text
    assert "mean over labels" not in text


def test_dollar_signs_in_names_are_text() -> None:
    table = made.score_table(RUN, ["$x", "y_1$"], (1000,), (10,))
    figure = quality.draw_quality_by_label(table, title="price: $5 {")
    figure.canvas.draw()
    assert r"\$x" in all_text(figure)
