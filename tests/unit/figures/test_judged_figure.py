"""What other machines say: courses, histograms and means of held-out rows, by judge and label."""

from __future__ import annotations

import pandas as pd
import pytest

from ebmflow.figures.judged import draw_judged

FACTS = {"label_names": ["zero", "one"], "changes": [2]}


def rows(judge, kind, label, *lines):
    columns = ["time", "chain", "log_unnormalised"]
    return pd.DataFrame(lines, columns=columns).assign(judge=judge, set=kind, label=label)


def table(times=(0, 4), label="zero"):
    parts = []
    for judge, shift in (("zeros", 0.0), ("ones", 100.0)):
        for time in times:
            lines = [(time, 0, shift + time), (time, 1, shift + time + 2.0)]
            parts.append(rows(judge, "generated", label, *lines))
        parts.append(rows(judge, "data", "zero", (-1, 7, shift - 5.0), (-1, 8, shift - 7.0)))
        parts.append(rows(judge, "data", "one", (-1, 9, shift - 50.0)))
    return pd.concat(parts, ignore_index=True)


def named(axes):
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def test_a_panel_a_judge_with_courses_and_levels():
    figure = draw_judged(table(), FACTS)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "judged by zeros",
        "judged by ones",
    ]
    for axes, shift in zip(figure.axes, (0.0, 100.0), strict=True):
        lines = named(axes)
        assert list(lines["generated, from zero"].get_ydata()) == [shift + 1, shift + 5]
        assert lines["held out, zero"].get_ydata()[0] == pytest.approx(shift - 6)
        assert lines["held out, one"].get_ydata()[0] == pytest.approx(shift - 50)
        assert [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1] == [
            2
        ]


def test_one_time_makes_histograms_and_free_rows_have_no_label():
    axes = draw_judged(table(times=(4,), label=""), FACTS).axes[0]
    texts = axes.get_legend_handles_labels()[1]
    assert sorted(texts) == ["generated", "held out, one", "held out, zero"]
    assert sorted(line.get_xdata()[0] for line in axes.lines) == [-50, -6]


def test_the_legend_of_one_panel_is_not_cut():
    both = pd.concat([table(), table(label="one")])
    figure = draw_judged(both[both["judge"] == "zeros"], FACTS)
    figure.canvas.draw()
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 4
    assert legend.get_window_extent().x1 <= figure.bbox.x1
