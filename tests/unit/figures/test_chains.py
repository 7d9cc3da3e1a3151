"""Chains as pictures: which chains and times are shown, and that each picture is the right row."""

from __future__ import annotations

import numpy as np

from ebmflow.figures.chains import MOST_CHAINS, MOST_TIMES, chosen_chains, chosen_times, draw_chains


def samples(times, chains: int) -> dict[str, np.ndarray]:
    """Pictures of 2 x 3 pixels whose first pixel is the chain and second one the time."""
    time, chain = (grid.ravel() for grid in np.meshgrid(times, np.arange(chains), indexing="ij"))
    codes = np.zeros((len(time), 6), dtype=np.uint8)
    codes[:, 0], codes[:, 1] = chain, time
    return {"time": time, "chain": chain, "label": chain % 2, "codes": codes}


def test_each_panel_shows_its_chain_at_its_time() -> None:
    columns = samples([0, 5, 9], chains=4)
    order = np.random.default_rng(0).permutation(12)
    columns = {name: values[order] for name, values in columns.items()}
    figure = draw_chains(columns, ["a", "b"], trained=5, shape=(2, 3))
    shown = [axes.images[0].get_array() for axes in figure.axes]
    assert [(p[0, 0], p[0, 1]) for p in shown] == [
        (chain, time) for chain in (0, 2, 1, 3) for time in (0, 5, 9)
    ]
    widths = [axes.spines["left"].get_linewidth() for axes in figure.axes]
    assert [width > 1 for width in widths] == [False, True, False] * 4
    assert figure.axes[0].get_ylabel() == "a"


def test_the_trained_time_is_always_among_the_chosen() -> None:
    times = np.arange(100)
    for trained in (0, 37, 99):
        chosen = chosen_times(times, trained)
        assert trained in chosen
        assert len(chosen) == MOST_TIMES
    assert chosen_times(np.array([3, 8]), None) == [3, 8]


def test_chains_of_all_labels_are_chosen() -> None:
    labels = np.arange(60) % 3
    chosen = chosen_chains(np.arange(60), labels)
    assert [label for _, label in chosen] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert len(chosen_chains(np.arange(60), np.full(60, -1))) == MOST_CHAINS


def test_a_line_stands_before_the_first_picture_after_a_change() -> None:
    figure = draw_chains(samples([0, 5, 9], chains=2), ["a", "b"], changes=[5, 9], shape=(2, 3))
    widths = [axes.spines["left"].get_linewidth() for axes in figure.axes]
    # The picture at sweep 5 is the last before the change; none follows the change at 9.
    assert [width > 1 for width in widths] == [False, False, True] * 2


def test_chains_from_corrupted_rows_show_these_first_and_how_far_they_are() -> None:
    columns = samples([0, 5], chains=2)
    columns["original"] = columns["codes"].copy()
    columns["original"][:, 1] = 0  # the pixel of the time, equal at time 0 only
    figure = draw_chains(columns, ["a", "b"], shape=(2, 3))
    shown = [axes.images[0].get_array() for axes in figure.axes]
    assert [(p[0, 0], p[0, 1]) for p in shown] == [(0, 0), (0, 0), (0, 5), (1, 0), (1, 0), (1, 5)]
    assert [axes.get_title() for axes in figure.axes[:3]] == ["original", "0\n0.000", "5\n0.167"]
    assert figure.axes[0].get_ylabel() == "a"


def test_blank_sites_are_grey_at_the_start_only() -> None:
    columns = samples([0, 5], chains=1)
    columns["codes"] = columns["codes"].clip(max=1)
    columns["original"] = columns["codes"]
    pictures = draw_chains(columns, ["a"], blank_after=2, shape=(2, 3)).axes
    start, later = (np.asarray(axes.images[0].get_array()).ravel() for axes in pictures[1:])
    assert start.tolist() == [0, 0, 0.5, 0.5, 0.5, 0.5]
    assert later.tolist() == [0, 1, 0, 0, 0, 0]
