"""Recorded sweeps: when a recording serves, when sweeps run one by one, and (on a GPU) equality."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from ebmflow.core.energy_model import Chains
from ebmflow.core.kernels import gpu, graphs
from ebmflow.registry import component
from ebmflow.training.gradients.base import Batch
from ebmflow.training.graphed import GraphedEstimator
from tests.support.machines import make_rbm


class Played:
    """A recording without a GPU: runs the work on copies, as a graph does."""

    made = 0

    def __init__(self, run, chains, generator):
        Played.made += 1
        self.run = run

    def __call__(self, chains):
        return graphs.map_tensors(torch.Tensor.clone, self.run(chains))


class Waits:
    """Work that turns out to wait for the device."""

    def __init__(self, run, chains, generator):
        raise graphs.NotRecordable("called a synchronizing operation")


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setattr(Played, "made", 0)
    model = graphs.GraphedModel(make_rbm("potts"))
    model.recordings.recorder = Played
    return model


def chains_of(model, rows=6):
    return model.random_chains(rows, torch.Generator().manual_seed(1))


def test_one_recording_serves_until_something_differs(model):
    generator, label = torch.Generator().manual_seed(2), frozenset({"label"})
    for _ in range(3):
        model.advance(chains_of(model), 2, generator, clamp=label)
    assert Played.made == 1
    for rows, sweeps, clamp in ((7, 2, label), (6, 3, label), (6, 2, frozenset())):
        model.advance(chains_of(model, rows), sweeps, generator, clamp=clamp)
    assert Played.made == 4
    # Training changes parameters in place; new tensors need a new recording.
    model.hidden.field.add_(1.0)
    model.advance(chains_of(model), 2, generator, clamp=label)
    assert Played.made == 4
    model.hidden.field = model.hidden.field.clone()
    model.advance(chains_of(model), 2, generator, clamp=label)
    assert Played.made == 5
    assert model.recordings.refused is None


def test_results_are_the_models(model):
    plain = make_rbm("potts")
    ends = [
        m.advance(chains_of(plain), 4, torch.Generator().manual_seed(3)) for m in (model, plain)
    ]
    assert torch.equal(ends[0].visible["data"], ends[1].visible["data"])
    assert torch.equal(ends[0].hidden, ends[1].hidden)


def test_ever_new_shapes_run_one_by_one(model):
    generator = torch.Generator().manual_seed(2)
    for rows in range(1, graphs._MOST_GRAPHS + 1):
        model.advance(chains_of(model, rows), 1, generator)
    with pytest.warns(RuntimeWarning, match="more than 8 shapes"):
        end = model.advance(chains_of(model, 50), 1, generator)
    assert end.visible["data"].shape[0] == 50
    assert Played.made == graphs._MOST_GRAPHS


def test_work_that_waits_runs_one_by_one_and_says_so(model):
    model.recordings.recorder = Waits
    generator = torch.Generator().manual_seed(2)
    with pytest.warns(RuntimeWarning, match="cannot be recorded: called a synchronizing"):
        model.advance(chains_of(model), 1, generator)
    model.advance(chains_of(model), 1, generator)  # says it once
    assert "synchronizing" in model.recordings.refused


def test_many_sweeps_run_one_by_one(model):
    with pytest.warns(RuntimeWarning, match="sweeps done step by step: 1001 sweeps"):
        model.advance(chains_of(model, 1), 1001, torch.Generator())
    assert Played.made == 0


@pytest.mark.parametrize(("said", "wanted"), [(None, False), ("0", False), ("1", True)])
def test_users_can_have_neither_recordings_nor_kernels(monkeypatch, said, wanted):
    monkeypatch.setattr(gpu, "_able", lambda device: True)
    if said is not None:
        monkeypatch.setenv(gpu.PLAIN_VARIABLE, said)
    device = torch.device("cuda")
    tensor = SimpleNamespace(device=device, dtype=torch.float32, requires_grad=False)
    assert gpu.serves(tensor) is not wanted
    assert isinstance(graphs.graphed(make_rbm(), device), graphs.GraphedModel) is not wanted


def test_nothing_is_recorded_on_a_cpu():
    plain = make_rbm()
    assert graphs.graphed(plain, torch.device("cpu")) is plain
    assert isinstance(graphs.graphed(plain, torch.device("cuda")), graphs.GraphedModel)


def batch_of(model, rows):
    visible = model.random_chains(rows, torch.Generator().manual_seed(1)).visible
    visible = {group: codes.to(model.hidden.field.device) for group, codes in visible.items()}
    weights = torch.ones(rows, device=model.hidden.field.device)
    return Batch(visible, weights, visible, weights)


def estimates(model, estimator, generator, kind):
    """Three estimates in a row, state handed on."""
    gradient, state = component("gradient", kind)(sweeps=2), None
    used = estimator(gradient)
    state = used.init(model, batch_of(model, 6), generator)
    for _ in range(3):
        made = used.estimate(model, batch_of(model, 6), state, generator)
        state = made.state
    return made.gradients, used


@pytest.mark.parametrize("kind", ["fast_and_functional", "persistent"])
def test_recorded_gradients_are_the_estimators(kind):
    model = make_rbm("potts")

    def played(gradient):
        used = GraphedEstimator(gradient, model)
        used.recordings.recorder = Played
        return used

    ours, used = estimates(model, played, torch.Generator().manual_seed(3), kind)
    plain, _ = estimates(model, lambda g: g, torch.Generator().manual_seed(3), kind)
    assert [list(gradient) for gradient in ours] == [list(gradient) for gradient in plain]
    for name, value in plain[0].items():
        assert torch.equal(ours[0][name], value)
    assert len(used.recordings._made) == 1


def test_sweeps_are_recorded_where_estimates_cannot_be(monkeypatch):
    """Missing labels make positive phases of ever new sizes; chains are as many as ever."""
    model = make_rbm("potts")
    used = GraphedEstimator(component("gradient", "fast_and_functional")(sweeps=2), model)
    used.recordings.recorder = Played
    used._swept.recordings.recorder = Played
    monkeypatch.setattr(Played, "made", 0)
    generator, batch = torch.Generator().manual_seed(2), batch_of(model, 6)

    def estimate(rows):
        more = batch_of(model, rows)
        odd = batch._replace(positive=more.visible, positive_weights=more.weights)
        used.estimate(model, odd, None, generator)

    for rows in range(1, 9):
        estimate(rows)
    with pytest.warns(RuntimeWarning, match="gradients done step by step: more than 8"):
        estimate(9)
    estimate(10)
    assert len(used._swept.recordings._made) == 2  # labels clamped, data clamped
    assert used._swept.recordings.refused is None


@pytest.mark.gpu
@pytest.mark.parametrize("kind", ["fast_and_functional", "persistent", "contrastive"])
def test_replayed_gradients_are_the_estimators(kind):
    model = make_rbm("potts", sites=9, units=40).to("cuda")
    ends = []
    for estimator in (lambda g: g, lambda g: GraphedEstimator(g, model)):
        ends.append(estimates(model, estimator, torch.Generator("cuda").manual_seed(3), kind))
    assert ends[1][1].recordings.refused is None
    for name, value in ends[0][0][0].items():
        torch.testing.assert_close(ends[1][0][0][name], value, rtol=1e-5, atol=1e-6)


@pytest.mark.gpu
@pytest.mark.parametrize(("data", "hidden"), [("potts", "bernoulli"), ("spin", "spin")])
@pytest.mark.parametrize("clamp", [frozenset(), frozenset({"label"}), frozenset({"data"})])
def test_replays_are_the_sweeps_run_one_by_one(data, hidden, clamp):
    """Two updates in a row: the generator must stand where it would have stood."""
    model = make_rbm(data, hidden, sites=9, units=40).to("cuda")
    ends = []
    for machine in (model, graphs.GraphedModel(model)):
        generator = torch.Generator("cuda").manual_seed(7)
        chains = model.random_chains(100, generator)
        for _ in range(3):
            chains = machine.advance(chains, 5, generator, clamp=clamp)
        ends.append((chains, model.random_chains(5, generator)))
    assert machine.recordings.refused is None
    for one, other in zip(*ends, strict=True):
        for group in one.visible:
            assert torch.equal(one.visible[group], other.visible[group])


@pytest.mark.gpu
def test_replays_follow_parameters_changed_in_place():
    model = make_rbm("bernoulli", sites=9, units=40).to("cuda")
    machine, generator = graphs.GraphedModel(model), torch.Generator("cuda").manual_seed(7)
    machine.advance(model.random_chains(100, generator), 2, generator)
    model.visible["data"].field.fill_(1e4)
    end = machine.advance(model.random_chains(100, generator), 2, generator)
    assert end.visible["data"].all()


@pytest.mark.gpu
def test_work_that_waits_is_found_out():
    class Reads:
        def __init__(self, model):
            self.model = model

        def __getattr__(self, name):
            return getattr(self.model, name)

        def advance(self, chains, sweeps, generator, **options):
            end = self.model.advance(chains, sweeps, generator, **options)
            return end if end.visible["data"].sum().item() >= 0 else chains

    model = make_rbm("bernoulli", sites=9, units=40).to("cuda")
    machine, generator = graphs.GraphedModel(Reads(model)), torch.Generator("cuda").manual_seed(7)
    with pytest.warns(RuntimeWarning, match="cannot be recorded"):
        end = machine.advance(model.random_chains(10, generator), 2, generator)
    assert isinstance(end, Chains)
