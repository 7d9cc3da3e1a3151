"""First and second moments of an RBM, and the gradient that two sets of them make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from ebmflow.core.layers.base import Layer


class Moments(NamedTuple):
    """Weighted means over a batch.

    Attributes
    ----------
    visible : dict of Tensor
        Group -> <v>, shape (N_group,).
    hidden : Tensor, shape (M,)
        <h>.
    pair : dict of Tensor
        Group -> <v h>, shape (N_group, M).
    """

    visible: dict[str, Tensor]
    hidden: Tensor
    pair: dict[str, Tensor]


def moments(
    layers: Mapping[str, Layer], codes: Mapping[str, Tensor], hidden: Tensor, weights: Tensor
) -> Moments:
    """Compute weighted moments of visible codes and hidden entries.

    Parameters
    ----------
    codes : mapping of Tensor
        Group -> (B, sites).
    hidden : Tensor, shape (B, M)
        Hidden entries or their means given the visible codes.
    weights : Tensor, shape (B,)
        Non-negative; their sum normalises.
    """
    share = weights / weights.sum()
    weighted = share.unsqueeze(-1) * hidden
    return Moments(
        visible={group: layer.total(codes[group], share) for group, layer in layers.items()},
        hidden=weighted.sum(0),
        pair={group: layer.outer(codes[group], weighted) for group, layer in layers.items()},
    )


def difference(positive: Moments, negative: Moments) -> Moments:
    """Positive minus negative moments: the gradient of the log-likelihood in plain parameters."""
    return Moments(
        visible={g: positive.visible[g] - negative.visible[g] for g in positive.visible},
        hidden=positive.hidden - negative.hidden,
        pair={g: positive.pair[g] - negative.pair[g] for g in positive.pair},
    )


def centre(gradient: Moments, offsets: Moments) -> Moments:
    """Turn a plain gradient into the centred one with offsets (<v>, <h>) of the data.

    The gradient's pair moments are changed in place, without further matrices of their size.

    W' = <(v - o_v)(h - o_h)>_+ - <...>_-; fields are corrected by W' times the offsets.
    Source: Melchior, Fischer, Wiskott 2016, Algorithm 1; offsets of the minibatch (FF-A7).
    """
    pair = {
        group: matrix.addr_(offsets.visible[group], gradient.hidden, alpha=-1).addr_(
            gradient.visible[group], offsets.hidden, alpha=-1
        )
        for group, matrix in gradient.pair.items()
    }
    visible = {g: gradient.visible[g] - pair[g] @ offsets.hidden for g in pair}
    hidden = gradient.hidden - sum(offsets.visible[g] @ pair[g] for g in pair)
    return Moments(visible, hidden, pair)
