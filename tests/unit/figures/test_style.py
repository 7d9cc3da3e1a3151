"""What all figures share: settings, colours, captions, grids of panels, legends."""

from __future__ import annotations

import sys

import matplotlib
import numpy as np

from ebmflow.figures import captions, style, training
from tests.support import report_study as made
from tests.support.drawn import all_text


def test_figures_leave_global_settings_alone_and_need_no_pyplot() -> None:
    before = dict(matplotlib.rcParams)
    training.draw_history(made.history_table(), {}, title="$5 & more")
    assert dict(matplotlib.rcParams) == before
    sources = [sys.modules[name] for name in sys.modules if name.startswith("ebmflow.figures.")]
    assert not any(hasattr(module, "plt") or hasattr(module, "pyplot") for module in sources)


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


def test_panels_fill_a_grid_and_the_rest_is_hidden() -> None:
    figure, panels = style.new_panels(4, 2.0, 1.5, margin=0.5, sharex=True)
    assert figure.get_size_inches().tolist() == [4.0, 3.5]  # two rows of two, not three and one
    assert len(panels) == 4
    assert panels[0].get_shared_x_axes().joined(panels[0], panels[3])
    figure, panels = style.new_panels(5, 2.0, 1.5, margin=0.5)
    assert figure.get_size_inches().tolist() == [6.0, 3.5]
    assert [axes.get_visible() for axes in figure.axes] == [True] * 5 + [False]
    assert len(panels) == 5


def test_a_grid_without_panels_says_so() -> None:
    figure, panels = style.new_panels(0, 2.0, 1.5, margin=0.5, nothing="no rows")
    assert len(panels) == 0
    assert [axes.get_visible() for axes in figure.axes] == [True]
    assert all_text(figure).split() == ["no", "rows"]


def test_a_shared_legend_has_each_name_once_in_order_of_appearance() -> None:
    figure, panels = style.new_panels(3, 2.0, 1.5, margin=0.5)
    style.shared_legend(figure, panels)
    assert not figure.legends
    for axes, names in zip(panels, (["b"], ["a", "b"], []), strict=True):
        for name in names:
            axes.plot([0, 1], label=name)
    panels[2].plot([0, 1])  # without a name
    style.shared_legend(figure, panels, title="what")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["b", "a"]
    assert legend.get_title().get_text() == "what"


def test_titles_are_broken_at_the_width_of_the_figure() -> None:
    figure = style.new_figure(3.2, 2.0)
    figure.subplots()
    style.set_title(figure, "", "distance to the nearest training row; 0 is a copy of one of them")
    figure.draw_without_rendering()
    (title,) = (text for text in figure.texts if text.get_text().startswith("distance"))
    assert title.get_window_extent().x1 <= figure.bbox.x1
