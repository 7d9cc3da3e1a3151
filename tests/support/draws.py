"""Random numbers of the naive transcriptions, in the order and by the rules of the project.

A draw takes uniform numbers from a generator seeded like the project's: a unit is 1 where the
number is below its probability, and a state is the first whose cumulative probability exceeds it.
"""

from __future__ import annotations

import numpy as np
import torch


class Draws:
    """Draws for whole arrays of probabilities."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def uniform(self, shape) -> np.ndarray:
        return torch.rand(tuple(shape), generator=self.generator).numpy()

    def bernoulli(self, probabilities: np.ndarray) -> np.ndarray:
        """0 or 1, the shape of the probabilities."""
        return (self.uniform(probabilities.shape) < probabilities).astype(float)

    def spin(self, probabilities: np.ndarray) -> np.ndarray:
        """-1 or +1 with the given probabilities of +1."""
        return 2 * self.bernoulli(probabilities) - 1

    def categorical(self, probabilities: np.ndarray) -> np.ndarray:
        """States, from probabilities whose last axis is the states."""
        levels = self.uniform(probabilities.shape[:-1])
        states = np.zeros(levels.shape, dtype=int)
        for index, level in np.ndenumerate(levels):
            cumulative = 0.0
            for state, probability in enumerate(probabilities[index]):
                cumulative += probability
                states[index] = state
                if level < cumulative:
                    break
        return states
