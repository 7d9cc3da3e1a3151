"""Annealed importance sampling of a Bernoulli RBM, transcribed from Neal 2001.

Machine: E = - a.v - b.h - v W h, v (N,), h (M,) in {0, 1}. Unnormalised probability of v on the
path, at 0 <= t <= 1, from independent sites with fields a0 to the machine:

    f_t(v) = exp((1 - t) a0.v + t a.v) prod_mu (1 + exp(t (b_mu + sum_i v_i W_i,mu))).
"""

from __future__ import annotations

import math

import numpy as np


def log_f(v, t, a0, a, b, w):
    total = sum((1 - t) * a0[i] * v[i] + t * a[i] * v[i] for i in range(len(v)))
    for mu in range(len(b)):
        total += math.log1p(math.exp(t * (b[mu] + sum(v[i] * w[i, mu] for i in range(len(v))))))
    return total


def log_f_start_sum(a0, b):
    """ln of the sum of f_0 over all v."""
    return sum(math.log1p(math.exp(x)) for x in a0) + len(b) * math.log(2)


def transition(v, t, a0, a, b, w, draw):
    """One Gibbs sweep of all chains v (B, N), which leaves f_t invariant."""
    up = np.array(
        [
            [
                sigma(t * (b[mu] + sum(row[i] * w[i, mu] for i in range(len(row)))))
                for mu in range(len(b))
            ]
            for row in v
        ]
    )
    h = draw.bernoulli(up)
    up = np.array(
        [
            [
                sigma(
                    (1 - t) * a0[i] + t * (a[i] + sum(row[mu] * w[i, mu] for mu in range(len(b))))
                )
                for i in range(len(a))
            ]
            for row in h
        ]
    )
    return draw.bernoulli(up)


def log_weights(chains, steps, a0, a, b, w, draw):
    """ln of the importance weight of each chain: product over s of f_s(v_s) / f_{s-1}(v_s)."""
    v = draw.bernoulli(np.array([[sigma(x) for x in a0] for _ in range(chains)]))
    total = np.zeros(chains)
    for s in range(1, steps + 1):
        for c in range(chains):
            total[c] += log_f(v[c], s / steps, a0, a, b, w)
            total[c] -= log_f(v[c], (s - 1) / steps, a0, a, b, w)
        v = transition(v, s / steps, a0, a, b, w, draw)
    return total


def reverse_log_weights(v, steps, a0, a, b, w, draw):
    """The same product along chains that start at samples v (B, N) of the machine."""
    total = np.zeros(len(v))
    for s in range(steps, 0, -1):
        v = transition(v, s / steps, a0, a, b, w, draw)
        for c in range(len(v)):
            total[c] += log_f(v[c], s / steps, a0, a, b, w)
            total[c] -= log_f(v[c], (s - 1) / steps, a0, a, b, w)
    return total


def sigma(x):
    return 1 / (1 + math.exp(-x))
