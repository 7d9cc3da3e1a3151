"""One F&F update of the label RBM, as the paper defines it and as the published code does it.

Carbone, Decelle, Rosset, Seoane 2023, Eq. 5 and Fig. 2B; code quirks FF-A1 to FF-A12.
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


def update(p, v, l, weights, starts, k, rate, draw, *, centred):
    """Eq. 5 for both tasks from the same parameters, summed into one step.

    `starts` is a function that returns fresh random codes (v, l) for one phase. Generation clamps
    the labels of the batch, prediction its data.
    """
    gradient = plain_gradient if not centred else centred_gradient
    positive = (v, l, hidden_means(v, l, p), weights)
    total = None
    for task in ("generation", "prediction"):
        v0, l0 = starts()
        start = (v0, l) if task == "generation" else (v, l0)
        vk, lk, _ = chain(
            *start,
            p,
            k,
            draw,
            free_data=task == "generation",
            free_label=task == "prediction",
        )
        negative = (vk, lk, hidden_means(vk, lk, p), weights)
        one = gradient(positive, negative, p)
        total = one if total is None else {name: total[name] + one[name] for name in one}
    return zero_sum(step(p, total, rate))


def published_update(p, v, l, weights, starts, k, rate, draw):
    """The published code: chains driven by hidden means, whose last values are the negative ones
    (FF-A3, A4); hidden units of the data sampled once (FF-A5); two steps from the same statistics,
    sampled before either (FF-A1); centred (FF-A7); gauge without compensation (FF-A12).
    """
    h = draw.bernoulli(hidden_means(v, l, p))
    positive = (v, l, h, weights)
    gradients = []
    for task in ("generation", "prediction"):
        v0, l0 = starts()
        start = (v0, l) if task == "generation" else (v, l0)
        vk, lk, means = chain(
            *start,
            p,
            k,
            draw,
            free_data=task == "generation",
            free_label=task == "prediction",
            drive_by_means=True,
        )
        gradients.append(centred_gradient(positive, (vk, lk, means, weights), p))
    for gradient in gradients:
        p = zero_sum(step(p, gradient, rate), compensate=False)
    return p
