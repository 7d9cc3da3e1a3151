"""RA-RBM and its training by pattern-induced correlations, transcribed.

Pozas-Kerstjens et al. 2021, Eq. 5, Algorithm 1, Appendices A and B: spins, no fields,
W_ia = K^(-1/2) sum_k xi_i^k xi_a^k, patterns split as xi_v (K, V) and xi_h (K, H).

Eqs A2 and A7 lack the minus sign that A6 has. Here `phase` is minus the derivative of the free
energy, as Algorithm 1 needs it for xi <- xi + lambda (p - n) to ascend the likelihood (RA-A1).
"""

from __future__ import annotations

import math

import numpy as np


def weights(xi_v, xi_h):
    """Eq. 5, (V, H)."""
    n_patterns, n_v = xi_v.shape
    w = np.zeros((n_v, xi_h.shape[1]))
    for i in range(n_v):
        for a in range(xi_h.shape[1]):
            total = sum(xi_v[k, i] * xi_h[k, a] for k in range(n_patterns))
            w[i, a] = total / math.sqrt(n_patterns)
    return w


def phase(v, xi_v, xi_h):
    """Minus Eqs A7a and A7b for one spin configuration v (V,)."""
    n_patterns, n_v = xi_v.shape
    n_h = xi_h.shape[1]
    w = weights(xi_v, xi_h)
    tanh = [math.tanh(sum(w[j, a] * v[j] for j in range(n_v))) for a in range(n_h)]
    visible, hidden = np.zeros_like(xi_v), np.zeros_like(xi_h)
    for k in range(n_patterns):
        for i in range(n_v):
            total = sum(xi_h[k, a] * tanh[a] for a in range(n_h))
            visible[k, i] = v[i] * total / math.sqrt(n_patterns)
        overlap = sum(v[i] * xi_v[k, i] for i in range(n_v))
        for a in range(n_h):
            hidden[k, a] = overlap * tanh[a] / math.sqrt(n_patterns)
    return visible, hidden


def average_phase(configurations, xi_v, xi_h, weight):
    """Weighted mean of `phase` over configurations (M, V)."""
    visible, hidden = np.zeros_like(xi_v), np.zeros_like(xi_h)
    for v, share in zip(configurations, np.asarray(weight) / np.sum(weight), strict=True):
        one_v, one_h = phase(v, xi_v, xi_h)
        visible += share * one_v
        hidden += share * one_h
    return visible, hidden


def gibbs(v, w, sweeps, draw):
    """Sweeps of the spins: p(h_a = 1) = sigma(2 sum_i v_i W_ia), then v given h (RA-T5)."""
    for _ in range(sweeps):
        up = [
            [sigma(2 * sum(w[i, a] * row[i] for i in range(len(row)))) for a in range(w.shape[1])]
            for row in v
        ]
        h = draw.spin(np.array(up))
        up = [
            [sigma(2 * sum(w[i, a] * row[a] for a in range(len(row)))) for i in range(w.shape[0])]
            for row in h
        ]
        v = draw.spin(np.array(up))
    return v


def update(data, weight, xi_v, xi_h, rate, sweeps, draw):
    """One update: p over the data (M, V), n over the signs of the patterns' visible part (RA-A2),
    followed by `sweeps` Gibbs sweeps (PID seeding Gibbs chains). Both parts move at once (RA-A3).
    """
    positive = average_phase(data, xi_v, xi_h, weight)
    seeds = np.where(xi_v > 0, 1.0, -1.0)
    seeds = gibbs(seeds, weights(xi_v, xi_h), sweeps, draw)
    negative = average_phase(seeds, xi_v, xi_h, np.ones(len(seeds)))
    new_v = xi_v + rate * (positive[0] - negative[0])
    new_h = xi_h + rate * (positive[1] - negative[1])
    return new_v, new_h


def update_by_equation_6(data, weight, xi_v, xi_h, rate):
    """As `update` without sweeps, but n from both parts of the patterns, as Algorithm 1 prints it:
    minus dE/dxi averaged over the configurations (sign xi_v, sign xi_h) instead of minus dF/dxi.
    """
    n_patterns = len(xi_v)
    positive = average_phase(data, xi_v, xi_h, weight)
    v, h = np.where(xi_v > 0, 1.0, -1.0), np.where(xi_h > 0, 1.0, -1.0)
    negative = np.zeros_like(xi_v), np.zeros_like(xi_h)
    for m in range(n_patterns):
        for k in range(n_patterns):
            inner_h = sum(xi_h[k, a] * h[m, a] for a in range(h.shape[1]))
            inner_v = sum(xi_v[k, i] * v[m, i] for i in range(v.shape[1]))
            negative[0][k] += v[m] * inner_h / math.sqrt(n_patterns) / n_patterns
            negative[1][k] += h[m] * inner_v / math.sqrt(n_patterns) / n_patterns
    new_v = xi_v + rate * (positive[0] - negative[0])
    new_h = xi_h + rate * (positive[1] - negative[1])
    return new_v, new_h


def binarise_by_sign(xi_v, xi_h):
    """Eq. B1."""
    return np.where(xi_v >= 0, 1.0, -1.0), np.where(xi_h >= 0, 1.0, -1.0)


def clip(xi_v, xi_h, x=1):
    """App. B (b)."""
    return np.clip(xi_v, -x, x), np.clip(xi_h, -x, x)


def binarise_by_gibbs(xi_v, xi_h, draw):
    """Eqs B2a and B2b: the visible part given the hidden one, then the hidden part given that."""
    w = weights(xi_v, xi_h)
    n_v, n_h = w.shape
    up = [
        [sigma(2 * sum(row[a] * w[i, a] for a in range(n_h))) for i in range(n_v)] for row in xi_h
    ]
    new_v = draw.spin(np.array(up))
    up = [
        [sigma(2 * sum(row[i] * w[i, a] for i in range(n_v))) for a in range(n_h)] for row in new_v
    ]
    return new_v, draw.spin(np.array(up))


def sigma(x):
    return 1 / (1 + math.exp(-x))
