"""Label vectors as pictures: each panel shows its own series, named by class or unit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ebmflow.figures.label_vectors import draw_label_vectors

SERIES = {
    "q: one": [0, 1, 2, 3],
    "weights: unit 1": [0, -2, -4, -6],
    "weights: unit 2": [1, 0, 0, 0],
}


def test_each_panel_shows_its_series() -> None:
    table = pd.concat(
        pd.DataFrame(
            {"series": name, "site": range(1, 5), "state": 0, "value": 1.0 * np.array(values)}
        )
        for name, values in SERIES.items()
    )
    facts = {"released": 1, "cosines": [[-1.0]]}
    figure = draw_label_vectors(table, facts, shape=(2, 2))
    shown = [axes for axes in figure.axes if axes.images]
    pictures = [np.asarray(axes.images[0].get_array()).ravel().tolist() for axes in shown]
    assert pictures == [list(map(float, values)) for values in SERIES.values()]
    titles = [axes.get_title(loc="left") for axes in shown]
    assert titles == ["q of one", "unit 1, cosine -1.000", "unit 2"]
    assert "1 released" in figure.get_suptitle()
