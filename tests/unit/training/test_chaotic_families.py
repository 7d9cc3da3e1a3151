"""Options of chaotic generators: what is refused, and with which words."""

from __future__ import annotations

import pytest
import torch

from ebmflow.errors import ConfigError, DataError
from ebmflow.io.model_file import load_model, save_model
from ebmflow.registry import component
from ebmflow.space import StateSpace
from ebmflow.training.families.base import TrainingData


def family(**options):
    return component("model", "chaotic_two_layer")(**options)


def test_labels_need_labelled_data():
    with pytest.raises(ConfigError, match="the dataset has no labels"):
        family(labels=True).check("binary", labelled=False)
    family(labels=False).check("binary", labelled=False)


def test_steps_longer_than_the_time_constant_are_refused():
    with pytest.raises(ConfigError, match=r"model.time_step: found 2.0; expected at most time_con"):
        family(time_step=2.0, time_constant=1.5).check("binary", labelled=True)


def test_both_phases_must_be_equally_long():
    options = family(time_step=0.5, target_time=20.0)
    options.check_sweeps(40)
    with pytest.raises(ConfigError, match="20 sweeps in the free phase, 40 in the clamped one"):
        options.check_sweeps(20)


def test_real_data_outside_the_range_of_the_units_are_refused():
    rows = TrainingData(torch.tensor([[0.5, 255.0]]), None, torch.ones(1))
    with pytest.raises(DataError, match="values up to 255 in size; expected values between -1 an"):
        family(labels=False).build(StateSpace("real", 2, 0, 0), rows, torch.Generator())


@pytest.mark.parametrize("kind", ["exact", "pattern_induced"])
def test_energy_based_gradients_cannot_train_them(kind):
    with pytest.raises(ConfigError, match=f"recipe, gradient: '{kind}' .*expected"):
        component("gradient", kind)().check(family(), labelled=True)


def test_model_files_keep_the_fixed_couplings(tmp_path):
    """A loaded model follows the trajectory of the saved one, whatever the file's reader draws."""
    options, space = family(hidden_units=7), StateSpace("categorical", 4, 3, 2)
    model = options.build(space, None, torch.Generator().manual_seed(5))
    start = model.random_chains(3, torch.Generator().manual_seed(1))
    facts = {"model": {"kind": options.kind, **options.model_dump()}, "space": list(space)}
    save_model(tmp_path / "model.safetensors", model, facts)
    loaded, _ = load_model(tmp_path / "model.safetensors")
    ends = [m.advance(start, 30, torch.Generator()) for m in (model, loaded)]
    assert torch.equal(ends[0].visible["data"], ends[1].visible["data"])
    other = options.build(space, None, torch.Generator().manual_seed(6))
    assert not torch.equal(other.advance(start, 30, torch.Generator()).hidden, ends[0].hidden)
