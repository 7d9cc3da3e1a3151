"""The figure of costs says aloud where bounds cannot be used."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from ebmflow.evaluation.costs import FITTED, RowLikelihoods, cost, log_likelihoods
from ebmflow.evaluation.tables import score_frame, score_rows
from ebmflow.figures.costs import BAD_COLOUR, draw_costs
from ebmflow.figures.style import percent


def frame(reverse):
    import numpy as np

    rows = RowLikelihoods(
        np.array([1.0, 2.0]), np.ones(2), {"forward": (5.0, 0.01), "reverse": (reverse, 0.01)}, 10
    )
    place = {"dataset": "d", "model": "m", "seed": 0, "sampling": "", "metric": "cost"}
    place |= {"reference": "test", "age": 1, "time": -1, "group": "all"}
    return score_frame(score_rows(cost("erasure", rows, rows), **place))


@pytest.mark.parametrize(("reverse", "bad"), [(5.0, False), (3.0, True)])
def test_crossing_bounds_are_red_and_named_in_the_title(reverse, bad):
    scores = frame(reverse)
    assert isinstance(scores, pd.DataFrame)
    figure = draw_costs(scores)
    assert ("unusable" in figure.get_suptitle()) == bad
    right = figure.axes[1]
    assert (BAD_COLOUR.lower() in {to_hex(line.get_color()) for line in right.lines}) == bad
    assert [tick.get_text() for tick in right.get_yticklabels()] == ["erasure"]


def test_costs_are_written_with_their_share_of_the_log_likelihood():
    import numpy as np

    # mean of the rows -6 nats less ln Z = 0: -6; the other machine has -7.5 on the same rows
    rows = RowLikelihoods(np.array([-5.0, -7.0]), np.ones(2), {"exact": (0.0, 0.0)}, 10)
    ln_z = {"forward": (0.0, 0.01), "reverse": (0.0, 0.01)}
    rows, other = (
        one._replace(log_partition=ln_z)
        for one in (rows, rows._replace(log_unnormalised=rows.log_unnormalised - 1.5))
    )
    place = {"dataset": "d", "model": "m", "seed": 0, "sampling": "", "metric": "cost"}
    place |= {"reference": "test", "age": 1, "time": -1, "group": "all"}
    figure = draw_costs(score_frame(score_rows(cost("erasure", rows, other), **place)))
    assert [text.get_text() for text in figure.axes[1].texts] == ["0.1500 (25 %)"]
    figure.canvas.draw()
    title = figure.axes[1]._left_title.get_window_extent()
    assert title.x1 <= figure.bbox.x1  # not cut


@pytest.mark.parametrize(
    ("share", "text"), [(0.3, "30 %"), (0.0449, "4.5 %"), (0.0996, "10 %"), (-0.002, "-0.2 %")]
)
def test_shares_in_percent(share, text):
    assert percent(share) == text


def test_a_machine_with_fitted_shares_stands_beside_itself():
    import numpy as np

    ln_z = {"forward": (0.0, 0.01), "reverse": (0.0, 0.01)}
    rows = RowLikelihoods(np.array([-5.0, -7.0]), np.ones(2), ln_z, 10)
    place = {"dataset": "d", "model": "m", "seed": 0, "sampling": "", "metric": "likelihood"}
    place |= {"reference": "test", "age": 1, "time": -1, "group": "all"}
    found = [*log_likelihoods(rows), *log_likelihoods(rows, FITTED)]
    left = draw_costs(score_frame(score_rows(found, **place))).axes[0]
    names = [tick.get_text() for tick in left.get_yticklabels()]
    assert names == ["m", "m, shares fitted"]
