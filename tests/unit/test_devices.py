"""What the setting `device` means, and what is said where it cannot be met."""

from __future__ import annotations

import pytest

from ebmflow.devices import choose_device
from ebmflow.errors import ConfigError
from ebmflow.evaluation.language_models.esm2 import ESM2
from ebmflow.evaluation.structure.base import Predictor
from ebmflow.evaluation.structure.esmfold import ESMFold


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ConfigError, match="finds no CUDA device; expected cpu or auto"):
        choose_device("cuda")
    assert choose_device("auto").type == "cpu"
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert choose_device("auto").type == choose_device("cuda").type == "cuda"


@pytest.mark.parametrize("predictor", [ESMFold(weights="nowhere"), ESM2(weights="nowhere")])
def test_a_gpu_that_is_not_there_is_no_matter_of_weights(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ConfigError, match="finds no CUDA device"):
        predictor.unavailable("cuda")
