"""Label-erasing constraints, transcribed from Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023.

Configurations are rows of visible entries (B, N); u is the label of each row, 0 or 1 (or -1, +1);
weights w are (N, M). Averages are weighted.
"""

from __future__ import annotations

import numpy as np


def average(values, weight):
    return sum(x * share for x, share in zip(values, weight / np.sum(weight), strict=True))


def q1(v, u, weight):
    """Eq. 7: <u v_i> - <u><v_i>."""
    n = v.shape[1]
    q = np.zeros(n)
    for i in range(n):
        joint = average([u[b] * v[b, i] for b in range(len(v))], weight)
        q[i] = joint - average(u, weight) * average(v[:, i], weight)
    return q


def project(w, q):
    """Eqs 6 and 33: w_mu <- (1 - q q^T / |q|^2) w_mu, so that sum_i q_i w_i,mu = 0."""
    result = w.copy()
    square = sum(x * x for x in q)
    for mu in range(w.shape[1]):
        overlap = sum(q[i] * w[i, mu] for i in range(len(q)))
        for i in range(len(q)):
            result[i, mu] = w[i, mu] - q[i] * overlap / square
    return result


def q2(v, u, weight, centred):
    """Eq. 10: <u v_i v_j> - <u><v_i v_j>; with v and u counted from their means if `centred`
    (what the published code does, DR-A4).
    """
    n = v.shape[1]
    if centred:
        v = v - np.array([average(v[:, i], weight) for i in range(n)])
        u = u - average(u, weight)
    q = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            joint = average([u[b] * v[b, i] * v[b, j] for b in range(len(v))], weight)
            pair = average([v[b, i] * v[b, j] for b in range(len(v))], weight)
            q[i, j] = joint - average(u, weight) * pair
    return q


def ising_q2(v, weight):
    """Eq. 18: <|sum_k v_k| v_i v_j> - <|sum_k v_k|><v_i v_j>."""
    size = np.array([abs(sum(row)) for row in v])
    return q2(v, size, weight, centred=False)


def quadratic_penalty(w, q, strength):
    """Half the strength times the squares of the left sides of Eq. 9, over all pairs (DR-A5)."""
    total = 0.0
    for mu in range(w.shape[1]):
        for nu in range(w.shape[1]):
            left = 0.0
            for i in range(w.shape[0]):
                for j in range(w.shape[0]):
                    left += q[i, j] * w[i, mu] * w[j, nu]
            total += left**2
    return strength / 2 * total


def quadratic_penalty_gradient(w, q, strength, step=1e-5):
    """Derivative of the penalty by central differences."""
    gradient = np.zeros_like(w)
    for i in range(w.shape[0]):
        for mu in range(w.shape[1]):
            values = []
            for sign in (1, -1):
                moved = w.copy()
                moved[i, mu] += sign * step
                values.append(quadratic_penalty(moved, q, strength))
            gradient[i, mu] = (values[0] - values[1]) / (2 * step)
    return gradient


def sigma(x):
    return 1 / (1 + np.exp(-x))


def hidden_means(v, b, w):
    """<h_mu | v> of Eq. 2 with inputs of Eq. 3."""
    return np.array(
        [
            [sigma(b[mu] + sum(w[i, mu] * row[i] for i in range(len(row)))) for mu in range(len(b))]
            for row in v
        ]
    )


def visible_means(h, a, w):
    """<v_i | h> of Eq. 2."""
    return np.array(
        [
            [sigma(a[i] + sum(w[i, mu] * row[mu] for mu in range(len(row)))) for i in range(len(a))]
            for row in h
        ]
    )


def update(a, b, w, v, weight, chains, k, rate, draw, *, bases, penalties):
    """One PCD step up the likelihood of Eq. 4, penalties taken off, then projections (DR-A1).

    bases: list of (units, vectors q that their weights must be orthogonal to); penalties: list of
    (units, matrix q, strength). Returns a, b, w and the chains.
    """
    for _ in range(k):
        chains = draw.bernoulli(visible_means(draw.bernoulli(hidden_means(chains, b, w)), a, w))
    up, down = hidden_means(v, b, w), hidden_means(chains, b, w)
    equal = np.ones(len(chains))
    change_a = average(v, weight) - average(chains, equal)
    change_b = average(up, weight) - average(down, equal)
    change_w = np.zeros_like(w)
    for i in range(len(a)):
        for mu in range(len(b)):
            change_w[i, mu] = average(v[:, i] * up[:, mu], weight)
            change_w[i, mu] -= average(chains[:, i] * down[:, mu], equal)
    for units, matrix, strength in penalties:
        change_w[:, units] -= quadratic_penalty_gradient(w[:, units], matrix, strength)
    w = w + rate * change_w
    for units, vectors in bases:
        # One after the other is right only once the vectors are orthogonal to each other.
        orthogonal = []
        for q in vectors:
            for earlier in orthogonal:
                q = q - earlier * (earlier @ q) / (earlier @ earlier)
            orthogonal.append(q)
            w[:, units] = project(w[:, units], q)
    return a + rate * change_a, b + rate * change_b, w, chains
