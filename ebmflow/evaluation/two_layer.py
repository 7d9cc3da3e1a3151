"""A small classifier with one hidden layer, stopped where its held-back log loss is least.

scikit-learn's perceptron stops on accuracy, hence long before its probabilities are right, and the
bound on information (ebmflow/evaluation/probing.py) needs probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

HELD_BACK = 0.15  # share of the rows that decides when to stop
LEARNING_RATE = 0.01
WEIGHT_DECAY = 1e-4
BATCH_ROWS = 256
LONGEST_EPOCHS = 500
PATIENCE_EPOCHS = 30


@dataclass
class TwoLayer:
    """softmax(W2 relu(W1 z)) of standardised features z, biases included.

    Attributes
    ----------
    shift, scale : Tensor (d,)
        Mean and deviation of the training features; 1 where a feature is constant.
    weights : list of Tensor
        W1 (d + 1, width) and W2 (width + 1, classes), the last row of each a bias.
    """

    shift: Tensor
    scale: Tensor
    weights: list[Tensor]

    @classmethod
    def fit(
        cls,
        features: np.ndarray,
        labels: np.ndarray,
        *,
        classes: int,
        width: int,
        generator: torch.Generator,
    ) -> TwoLayer:
        """Return the classifier of least log loss on rows held back from the fit.

        Parameters
        ----------
        features : ndarray (n, d)
        labels : ndarray of int (n,)
        """
        x, y = torch.from_numpy(np.asarray(features, np.float32)), torch.from_numpy(labels)
        deviation = x.std(dim=0, correction=0)
        scale = torch.where(deviation > 0, deviation, torch.ones(()))
        start = [_start(x.shape[1], width, generator), _start(width, classes, generator)]
        network = cls(x.mean(dim=0), scale, start)
        order = torch.randperm(len(x), generator=generator)
        n_held = max(int(HELD_BACK * len(x)), 1)
        held, rest = order[:n_held], order[n_held:]
        network.weights = _descend(network, (x[rest], y[rest]), (x[held], y[held]), generator)
        return network

    def logits(self, x: Tensor) -> Tensor:
        """Return unnormalised log probabilities (n, classes)."""
        z = (x - self.shift) / self.scale
        hidden = torch.relu(z @ self.weights[0][:-1] + self.weights[0][-1])
        return hidden @ self.weights[1][:-1] + self.weights[1][-1]

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return probabilities, float64 (n, classes)."""
        with torch.inference_mode():
            logits = self.logits(torch.from_numpy(np.asarray(features, np.float32)))
            return torch.softmax(logits.double(), dim=1).numpy()


def _start(inputs: int, outputs: int, generator: torch.Generator) -> Tensor:
    weight = torch.randn((inputs + 1, outputs), generator=generator) * (2 / inputs) ** 0.5
    weight[-1] = 0
    return weight.requires_grad_()


def _descend(
    network: TwoLayer,
    rows: tuple[Tensor, Tensor],
    held: tuple[Tensor, Tensor],
    generator: torch.Generator,
) -> list[Tensor]:
    """Return the weights of the best epoch."""
    adam = torch.optim.Adam(network.weights, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    best, kept, since = float("inf"), network.weights, 0
    for _ in range(LONGEST_EPOCHS):
        for batch in torch.randperm(len(rows[0]), generator=generator).split(BATCH_ROWS):
            adam.zero_grad()
            cross_entropy(network.logits(rows[0][batch]), rows[1][batch]).backward()
            adam.step()
        with torch.no_grad():
            loss = cross_entropy(network.logits(held[0]), held[1]).item()
        since += 1
        if loss < best:
            best, since = loss, 0
            kept = [weight.detach().clone() for weight in network.weights]
        if since == PATIENCE_EPOCHS:
            break
    return kept
