"""Chaotic generators, transcribed from Fournier, Urbani 2025 (arXiv:2405.10822v2).

Equation numbers are the paper's. Random numbers (initial currents, couplings) are arguments.
"""

from __future__ import annotations

import math

import numpy as np


def unrestricted_free(v0, J, A, b, dt, tau, T):
    """Euler integration of Eq. 2 from v0 (M, N_v) up to T; returns currents v(T)."""
    n_samples, n_v = v0.shape
    v = v0.copy()
    for _ in range(round(T / dt)):
        new = v.copy()
        for mu in range(n_samples):
            for i in range(n_v):
                total = sum((J[i, j] + A[i, j]) * math.tanh(v[mu, j]) for j in range(n_v))
                new[mu, i] = v[mu, i] + dt / tau * (-v[mu, i] + total / math.sqrt(n_v) + b[i])
        v = new
    return v


def unrestricted_update(xi, v_free, k):
    """Eq. 3: changes of A (N_v, N_v) and b (N_v,) from data xi (M, N_v) and free currents."""
    n_samples, n_v = xi.shape
    delta_A, delta_b = np.zeros((n_v, n_v)), np.zeros(n_v)
    for i in range(n_v):
        clamped = sum(xi[mu, i] for mu in range(n_samples)) / n_samples
        free = sum(math.tanh(x) for x in v_free[:, i]) / len(v_free)
        delta_b[i] = k * (clamped - free)
        for j in range(n_v):
            clamped = sum(xi[mu, i] * xi[mu, j] for mu in range(n_samples)) / n_samples
            free = sum(math.tanh(x[i]) * math.tanh(x[j]) for x in v_free) / len(v_free)
            delta_A[i, j] = k * (clamped - free)
    return delta_A, delta_b


def two_layer_free(v0, h0, W, W_tilde, A, b, c, dt, tau, T):
    """Euler integration of Eqs 4 and 5; W (N_v, N_h), W_tilde (N_h, N_v), A (N_v, N_h)."""
    v, h = v0.copy(), h0.copy()
    n_v, n_h = W.shape
    for _ in range(round(T / dt)):
        new_v, new_h = v.copy(), h.copy()
        for mu in range(len(v)):
            for i in range(n_v):
                total = sum((W[i, a] + A[i, a]) * math.tanh(h[mu, a]) for a in range(n_h))
                new_v[mu, i] += dt / tau * (-v[mu, i] + total / math.sqrt(n_h) + b[i])  # Eq. 4
            for a in range(n_h):
                total = sum((W_tilde[a, i] + A[i, a]) * math.tanh(v[mu, i]) for i in range(n_v))
                new_h[mu, a] += dt / tau * (-h[mu, a] + total / math.sqrt(n_v) + c[a])  # Eq. 5
        v, h = new_v, new_h
    return v, h


def two_layer_clamped(xi, h0, W_tilde, A, c, tau, T):
    """Eq. 7: hidden currents at T with the visible activities held at xi (M, N_v)."""
    n_h, n_v = W_tilde.shape
    h = np.zeros_like(h0)
    decay = math.exp(-T / tau)
    for mu in range(len(xi)):
        for a in range(n_h):
            total = sum((W_tilde[a, i] + A[i, a]) * xi[mu, i] for i in range(n_v))
            h[mu, a] = h0[mu, a] * decay + (total / math.sqrt(n_v) + c[a]) * (1 - decay)
    return h


def two_layer_clamped_by_euler(xi, h0, W_tilde, A, c, dt, tau, T):
    """Euler integration of Eq. 5 with phi(v) = xi held."""
    n_h, n_v = W_tilde.shape
    h = h0.copy()
    for _ in range(round(T / dt)):
        for mu in range(len(xi)):
            for a in range(n_h):
                total = sum((W_tilde[a, i] + A[i, a]) * xi[mu, i] for i in range(n_v))
                h[mu, a] += dt / tau * (-h[mu, a] + total / math.sqrt(n_v) + c[a])
    return h


def hebbian(lower_clamped, upper_clamped, lower_free, upper_free, k):
    """Eq. 6 for a pair of layers, from activities phi (M, N): changes of A and both fields."""
    n_low, n_up = lower_clamped.shape[1], upper_clamped.shape[1]
    delta_A, delta_low, delta_up = np.zeros((n_low, n_up)), np.zeros(n_low), np.zeros(n_up)
    for i in range(n_low):
        delta_low[i] = k * (average(lower_clamped[:, i]) - average(lower_free[:, i]))
        for a in range(n_up):
            clamped = average([x[i] * y[a] for x, y in pairs(lower_clamped, upper_clamped)])
            free = average([x[i] * y[a] for x, y in pairs(lower_free, upper_free)])
            delta_A[i, a] = k * (clamped - free)
    for a in range(n_up):
        delta_up[a] = k * (average(upper_clamped[:, a]) - average(upper_free[:, a]))
    return delta_A, delta_low, delta_up


def three_layer(v0, h0, g0, W1, W1_tilde, W2, W2_tilde, A1, A2, b, c, d, dt, tau, T, xi=None):
    """Euler integration of Eqs A1-A3; with xi, of A2-A3 alone while phi(v) = xi.

    h and g are the lower and upper hidden currents h^(1), h^(2).
    Returns the activities phi of the three layers at T.
    """
    (n_v, n_h), n_g = W1.shape, W2.shape[1]
    v, h, g = v0.copy(), h0.copy(), g0.copy()
    for _ in range(round(T / dt)):
        new_v, new_h, new_g = v.copy(), h.copy(), g.copy()
        for mu in range(len(v)):
            phi_v = [math.tanh(x) for x in v[mu]] if xi is None else list(xi[mu])
            phi_h = [math.tanh(x) for x in h[mu]]
            phi_g = [math.tanh(x) for x in g[mu]]
            for i in range(n_v):  # A1
                total = sum((W1[i, a] + A1[i, a]) * phi_h[a] for a in range(n_h))
                new_v[mu, i] += dt / tau * (-v[mu, i] + total / math.sqrt(n_h) + b[i])
            for a in range(n_h):  # A2
                below = sum((W1_tilde[a, i] + A1[i, a]) * phi_v[i] for i in range(n_v))
                above = sum((W2[a, e] + A2[a, e]) * phi_g[e] for e in range(n_g))
                drive = below / math.sqrt(n_v) + above / math.sqrt(n_g)
                new_h[mu, a] += dt / tau * (-h[mu, a] + drive + c[a])
            for e in range(n_g):  # A3
                below = sum((W2_tilde[e, a] + A2[a, e]) * phi_h[a] for a in range(n_h))
                new_g[mu, e] += dt / tau * (-g[mu, e] + below / math.sqrt(n_h) + d[e])
        v, h, g = new_v, new_h, new_g
    return (np.tanh(v) if xi is None else xi), np.tanh(h), np.tanh(g)


def average(values):
    return sum(values) / len(values)


def pairs(lower, upper):
    return zip(lower, upper, strict=True)
