"""What a model must know about data before it sees a row."""

from __future__ import annotations

from typing import NamedTuple


class StateSpace(NamedTuple):
    """State space of a labelled dataset.

    Attributes
    ----------
    kind : str
        ``binary`` (codes 0 or 1), ``categorical`` (codes 0 to states - 1) or ``real`` (floats).
    sites : int
        L, columns of a configuration.
    states : int
        q, states of a site; 2 for binary, 0 for real.
    classes : int
        C, number of labels; 0 for unlabelled data.
    """

    kind: str
    sites: int
    states: int
    classes: int
