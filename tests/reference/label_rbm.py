"""The label RBM of Carbone, Decelle, Rosset, Seoane 2023 (arXiv:2307.06797), unit by unit.

Energy, Eq. 2:  E = - sum_i a_i v_i - sum_mu b_mu h_mu - sum_i,mu v_i w_i,mu h_mu
                    - sum_m c_m [l = m] - sum_m,mu [l = m] d_m,mu h_mu.

Parameters are a dictionary of arrays: a (N_v, q), b (N_h,), c (N_l,), w (N_v, q, N_h) and
d (N_l, N_h). A Potts site has q entries of which one is 1. A binary site has the one entry v_i: q
is 1, the codes are v_i itself. Moments and gradients are dictionaries of the same shapes.
"""

from __future__ import annotations

import math

import numpy as np


def logistic(x):
    return 1 / (1 + math.exp(-x))


def entries(v, q):
    """Codes (N_v,) of one row as the entries that multiply the parameters, (N_v, q)."""
    if q == 1:
        return [[float(code)] for code in v]
    return [[1.0 if code == state else 0.0 for state in range(q)] for code in v]


def hidden_means(v, l, p):
    """<h_mu> given visible codes (M, N_v) and labels (M,): logistic of the field from Eq. 2."""
    n_v, q, n_h = p["w"].shape
    means = np.zeros((len(v), n_h))
    for row in range(len(v)):
        x = entries(v[row], q)
        for mu in range(n_h):
            field = p["b"][mu] + p["d"][l[row], mu]
            for i in range(n_v):
                for s in range(q):
                    field += p["w"][i, s, mu] * x[i][s]
            means[row, mu] = logistic(field)
    return means


def visible_probabilities(h, p):
    """Given hidden entries (M, N_h): p(v_i = 1), (M, N_v), or p(v_i = s), (M, N_v, q)."""
    n_v, q, n_h = p["w"].shape
    fields = np.zeros((len(h), n_v, q))
    for row in range(len(h)):
        for i in range(n_v):
            for s in range(q):
                fields[row, i, s] = p["a"][i, s]
                fields[row, i, s] += sum(p["w"][i, s, mu] * h[row, mu] for mu in range(n_h))
    if q == 1:
        return np.vectorize(logistic)(fields[:, :, 0])
    return np.array([[softmax(site) for site in row] for row in fields])


def label_probabilities(h, p):
    """p(l = m) given hidden entries (M, N_h): (M, N_l)."""
    n_l, n_h = p["d"].shape
    fields = [
        [p["c"][m] + sum(p["d"][m, mu] * row[mu] for mu in range(n_h)) for m in range(n_l)]
        for row in h
    ]
    return np.array([softmax(field) for field in fields])


def softmax(fields):
    weights = [math.exp(x - max(fields)) for x in fields]
    return [w / sum(weights) for w in weights]


def sweep(v, l, p, draw, free_data, free_label, drive_by_means):
    """Hidden units given all, then the free groups given them; returns v, l and what drove them."""
    means = hidden_means(v, l, p)
    driving = means if drive_by_means else draw.bernoulli(means)
    if free_data:
        probabilities = visible_probabilities(driving, p)
        v = (
            draw.bernoulli(probabilities)
            if p["w"].shape[1] == 1
            else draw.categorical(probabilities)
        )
        v = v.astype(int)
    if free_label:
        l = draw.categorical(label_probabilities(driving, p))
    return v, l, driving


def chain(v, l, p, k, draw, free_data=True, free_label=True, drive_by_means=False):
    """k sweeps. Conditional generation frees the data, label prediction the label (Fig. 2B)."""
    driving = None
    for _ in range(k):
        v, l, driving = sweep(v, l, p, draw, free_data, free_label, drive_by_means)
    return v, l, driving


def moments(v, l, h, p, weights):
    """Weighted averages of what each parameter multiplies in -E (Eq. 4)."""
    average = {name: np.zeros_like(value) for name, value in p.items()}
    q = p["w"].shape[1]
    for row, weight in enumerate(np.asarray(weights) / np.sum(weights)):
        add_products(average, entries(v[row], q), l[row], h[row], weight, no_offsets(p))
    return average


def no_offsets(p):
    return {"v": np.zeros(p["w"].shape[:2]), "l": np.zeros(len(p["c"])), "h": np.zeros(len(p["b"]))}


def add_products(total, x, label, h, weight, offset):
    """Add one row's entries, counted from the offsets, to the averages."""
    for i, site in enumerate(x):
        for s, value in enumerate(site):
            centred = value - offset["v"][i, s]
            total["a"][i, s] += weight * centred
            for mu in range(len(h)):
                total["w"][i, s, mu] += weight * centred * (h[mu] - offset["h"][mu])
    for m in range(len(total["c"])):
        centred = (1.0 if label == m else 0.0) - offset["l"][m]
        total["c"][m] += weight * centred
        for mu in range(len(h)):
            total["d"][m, mu] += weight * centred * (h[mu] - offset["h"][mu])
    for mu in range(len(h)):
        total["b"][mu] += weight * (h[mu] - offset["h"][mu])


def plain_gradient(positive, negative, p):
    """Eq. 4 or 5: moments of (v, l, h, weights) of the data minus those of the chains."""
    plus, minus = moments(*positive[:3], p, positive[3]), moments(*negative[:3], p, negative[3])
    return {name: plus[name] - minus[name] for name in p}


def centred_gradient(positive, negative, p):
    """The gradient in parameters of E(v - o_v, l - o_l, h - o_h), carried back to those of E.

    Melchior, Fischer, Wiskott 2016, Algorithm 1; the offsets are the means of the positive rows.
    """
    means = moments(*positive[:3], p, positive[3])
    offset = {"v": means["a"], "l": means["c"], "h": means["b"]}
    sides = []
    for v, l, h, weights in (positive, negative):
        total = {name: np.zeros_like(value) for name, value in p.items()}
        for row, weight in enumerate(np.asarray(weights) / np.sum(weights)):
            add_products(total, entries(v[row], p["w"].shape[1]), l[row], h[row], weight, offset)
        sides.append(total)
    gradient = {name: sides[0][name] - sides[1][name] for name in p}
    # E' has fields a' = a + w o_h and so on: a step of w alone would move them.
    n_v, q, n_h = p["w"].shape
    for mu in range(n_h):
        for i in range(n_v):
            for s in range(q):
                gradient["a"][i, s] -= gradient["w"][i, s, mu] * offset["h"][mu]
                gradient["b"][mu] -= gradient["w"][i, s, mu] * offset["v"][i, s]
        for m in range(len(p["c"])):
            gradient["c"][m] -= gradient["d"][m, mu] * offset["h"][mu]
            gradient["b"][mu] -= gradient["d"][m, mu] * offset["l"][m]
    return gradient


def step(p, gradient, rate):
    """One step of gradient ascent."""
    return {name: p[name] + rate * gradient[name] for name in p}


def zero_sum(p, compensate=True):
    """Sum over states of every site, and over labels, set to zero; the hidden fields take it up.

    Without `compensate` they do not, which is what the published code does (FF-A12).
    """
    new = {name: value.copy() for name, value in p.items()}
    n_v, q, n_h = p["w"].shape
    for mu in range(n_h):
        removed = 0.0
        if q > 1:
            for i in range(n_v):
                mean = sum(p["w"][i, s, mu] for s in range(q)) / q
                removed += mean
                for s in range(q):
                    new["w"][i, s, mu] -= mean
        mean = sum(p["d"][:, mu]) / len(p["c"])
        removed += mean
        for m in range(len(p["c"])):
            new["d"][m, mu] -= mean
        if compensate:
            new["b"][mu] += removed
    if q > 1:
        for i in range(n_v):
            new["a"][i] -= sum(p["a"][i]) / q
    new["c"] -= sum(p["c"]) / len(p["c"])
    return new
