"""One update of persistent contrastive divergence on the joint of data and labels.

Tieleman 2008, as the baseline of Carbone, Decelle, Rosset, Seoane 2023 (FF-T4); Gibbs sampling.
"""

from __future__ import annotations

from tests.reference.label_rbm import (
    centred_gradient,
    chain,
    hidden_means,
    plain_gradient,
    step,
    zero_sum,
)


def update(p, v, l, weights, chains, k, rate, draw, *, centred):
    """Advance the persistent chains (v, l) by k sweeps and step; returns parameters and chains."""
    vk, lk, _ = chain(*chains, p, k, draw)
    positive = (v, l, hidden_means(v, l, p), weights)
    negative = (vk, lk, hidden_means(vk, lk, p), [1.0] * len(vk))
    gradient = centred_gradient if centred else plain_gradient
    return zero_sum(step(p, gradient(positive, negative, p), rate)), (vk, lk)
