"""Properties of chaotic generators that no formula of the paper states."""

from __future__ import annotations

import math

import pytest
import torch

from ebmflow.core.energy_model import ContrastiveModel, EnergyModel
from ebmflow.errors import EbmflowError
from ebmflow.registry import component
from ebmflow.space import StateSpace

KINDS = ("chaotic_unrestricted", "chaotic_two_layer", "chaotic_three_layer")
SPACES = {
    "binary": StateSpace("binary", 6, 2, 3),
    "categorical": StateSpace("categorical", 4, 5, 3),
    "real": StateSpace("real", 6, 0, 3),
}


def build(kind: str, space: StateSpace, seed: int = 0, **options):
    generator = torch.Generator().manual_seed(seed)
    model = component("model", kind)(**options).build(space, None, generator)
    for parameter in model.named_parameters().values():
        values = 0.5 * torch.randn(parameter.shape, generator=generator)
        # Couplings inside a population are symmetric, as training keeps them.
        square = values.ndim == 2 and values.shape[0] == values.shape[1]
        parameter.copy_((values + values.T) / 2 if square else values)
    model.refresh()
    return model


def random_batch(space: StateSpace, rows: int, seed: int = 1) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    data = torch.randint(max(space.states, 2), (rows, space.sites), generator=generator)
    if space.kind == "real":
        data = 2 * torch.rand((rows, space.sites), generator=generator) - 1
    label = torch.randint(space.classes, (rows, 1), generator=generator)
    codes = data if space.kind == "real" else data.to(torch.uint8)
    return {"data": codes, "label": label.to(torch.uint8)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_every_architecture_serves_every_state_space(kind, space):
    model = build(kind, space)
    batch = random_batch(space, 7)
    generator = torch.Generator().manual_seed(2)
    chains = model.advance(model.random_chains(7, generator), 20, generator)
    codes = model.codes(chains)
    assert isinstance(model, ContrastiveModel)
    assert not isinstance(model, EnergyModel)
    assert {g: c.shape for g, c in codes.items()} == {g: c.shape for g, c in batch.items()}
    assert {g: c.dtype for g, c in codes.items()} == {g: c.dtype for g, c in batch.items()}
    positive = model.data_statistics(batch, torch.ones(7), generator)
    negative = model.chain_statistics(chains, torch.ones(7))
    gradient = model.gradient(positive, negative, centred=True)
    shapes = {name: p.shape for name, p in model.named_parameters().items()}
    assert {name: g.shape for name, g in gradient.items()} == shapes


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_clamped_codes_are_read_back_and_survive_the_run(space):
    model = build("chaotic_two_layer", space)
    batch = random_batch(space, 7)
    generator = torch.Generator().manual_seed(2)
    chains = model.clamp(model.random_chains(7, generator), batch)
    after = model.advance(chains, 30, generator, clamp=frozenset({"data", "label"}))
    for group, codes in model.codes(after).items():
        torch.testing.assert_close(codes, batch[group], atol=1e-6, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_free_run_is_a_function_of_its_start_and_leaves_it_alone(kind):
    model = build(kind, SPACES["binary"])
    start = model.random_chains(5, torch.Generator().manual_seed(3))
    copies = [t.clone() for t in (*start.visible.values(), start.hidden)]
    runs = [model.advance(start, 25, torch.Generator().manual_seed(s)) for s in (0, 1)]
    assert torch.equal(runs[0].visible["data"], runs[1].visible["data"])
    assert torch.equal(runs[0].hidden, runs[1].hidden)
    for before, now in zip(copies, (*start.visible.values(), start.hidden), strict=True):
        assert torch.equal(before, now)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_may_be_interrupted(kind):
    """Recording at intermediate times, as sampling plans do, must not change the trajectory."""
    model = build(kind, SPACES["categorical"])
    start = model.random_chains(5, torch.Generator().manual_seed(3))
    generator = torch.Generator()
    whole = model.advance(start, 12, generator)
    parts = model.advance(model.advance(start, 5, generator), 7, generator)
    for group in whole.visible:
        torch.testing.assert_close(parts.visible[group], whole.visible[group], atol=1e-5, rtol=0)


def test_a_released_group_moves_on_from_a_finite_current():
    model = build("chaotic_two_layer", SPACES["binary"])
    generator = torch.Generator().manual_seed(2)
    chains = model.clamp(model.random_chains(7, generator), random_batch(SPACES["binary"], 7))
    held = chains.visible["data"].clone()
    assert held.isinf().all()
    after = model.advance(chains, 200, generator)
    assert after.visible["data"].isfinite().all()
    assert (after.visible["data"].sign() != held.sign()).any()


def test_random_couplings_have_the_gain_asked_for():
    space = StateSpace("binary", 300, 2, 0)
    for gain_is, deviation in (("variance", 2**0.5), ("standard_deviation", 2.0)):
        model = build("chaotic_unrestricted", space, labels=False, gain=2.0, gain_is=gain_is)
        couplings = model.named_buffers()["random.data.data"]
        # 90,000 entries: the sample deviation scatters by deviation / sqrt(180,000).
        assert couplings.std().item() == pytest.approx(deviation, abs=5 * deviation / 424)
        assert not torch.allclose(couplings, couplings.T)


@pytest.mark.parametrize(("gain", "chaotic"), [(0.25, False), (3.0, True)])
def test_only_strong_random_couplings_make_chaos(gain, chaotic):
    """Trajectories from nearly equal starts part in the chaotic phase and meet below it."""
    space = StateSpace("real", 300, 0, 0)
    family = component("model", "chaotic_unrestricted")
    options = family(labels=False, gain=gain, gain_is="standard_deviation")
    model = options.build(space, None, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    start = model.advance(model.random_chains(4, generator), 200, generator)
    near = start._replace(visible={"data": start.visible["data"] + 1e-3})
    ends = [model.advance(c, 500, generator).visible["data"] for c in (start, near)]
    distance = (ends[1] - ends[0]).norm(dim=1) / math.sqrt(300)
    assert distance.min() > 0.1 if chaotic else distance.max() < 1e-5


@pytest.mark.parametrize("self_coupling", [True, False])
def test_training_keeps_inner_couplings_symmetric(self_coupling):
    space = SPACES["binary"]
    model = build("chaotic_unrestricted", space, self_coupling=self_coupling)
    generator = torch.Generator().manual_seed(4)
    for centred in (False, True):
        positive = model.data_statistics(random_batch(space, 9), torch.rand(9), generator)
        chains = model.advance(model.random_chains(9, generator), 20, generator)
        negative = model.chain_statistics(chains, torch.ones(9))
        gradient = model.gradient(positive, negative, centred=centred)
        for name in ("weight.data", "weight.label"):
            assert torch.equal(gradient[name], gradient[name].T)
            assert bool(gradient[name].diagonal().any()) is self_coupling
        assert gradient["weight.data.label"].shape == (6, 3)
    diagonal = model.named_buffers()["random.data.data"].diagonal()
    assert bool(diagonal.any()) is self_coupling


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_repetitions(kind):
    """A row of weight 3 counts as three rows, in every moment."""
    space = SPACES["categorical"]
    model = build(kind, space)
    batch = random_batch(space, 4)
    generator = torch.Generator().manual_seed(2)
    chains = model.advance(model.random_chains(4, generator), 20, generator)
    weights = torch.tensor([1.0, 3.0, 2.0, 1.0])
    rows = torch.tensor([0, 1, 1, 1, 2, 2, 3])
    repeated = type(chains)({g: v[rows] for g, v in chains.visible.items()}, chains.hidden[rows])
    once = model.chain_statistics(chains, weights)
    again = model.chain_statistics(repeated, torch.ones(7))
    for left, right in ((once.mean, again.mean), (once.product, again.product)):
        for key in left:
            torch.testing.assert_close(left[key], right[key], atol=1e-6, rtol=0)
    visible = model.data_statistics(batch, weights, generator).mean["label"]
    expected = model.visible["label"].expand(batch["label"])[rows].mean(0)
    torch.testing.assert_close(visible, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_centred_step_moves_drives_by_centred_activities(kind):
    """At the clamped means the drives move by the difference of means alone, whatever A does."""
    space = SPACES["binary"]
    model = build(kind, space)
    generator = torch.Generator().manual_seed(4)
    positive = model.data_statistics(random_batch(space, 9), torch.ones(9), generator)
    chains = model.advance(model.random_chains(9, generator), 20, generator)
    negative = model.chain_statistics(chains, torch.ones(9))
    means = {p: mean.unsqueeze(0) for p, mean in positive.mean.items()}

    def drives():
        model.refresh()
        return {p: model._drive_of_held(p, means).reshape(-1).clone() for p in model.sizes}

    before = drives()
    for name, change in model.gradient(positive, negative, centred=True).items():
        model.named_parameters()[name].add_(change)
    for p, drive in drives().items():
        moved = positive.mean[p] - negative.mean[p]
        torch.testing.assert_close(drive - before[p], moved, atol=1e-5, rtol=0)


def test_predicted_label_shares_are_a_distribution_that_follows_the_label_field():
    model = build("chaotic_two_layer", SPACES["binary"])
    data = random_batch(SPACES["binary"], 9)["data"]
    model.named_parameters()["field.label"].copy_(torch.tensor([-20.0, 20.0, -20.0]))
    model.refresh()
    shares = model.predict_labels(data, 60, torch.Generator().manual_seed(1))
    torch.testing.assert_close(shares.sum(-1), torch.ones(9))
    assert (shares[:, 1] > 0.99).all()


def test_temperatures_are_refused():
    model = build("chaotic_two_layer", SPACES["binary"])
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(
        EbmflowError, match=r"inverse temperature .* found 0\.5; expected 1\b.*no energy"
    ):
        model.advance(model.random_chains(2, generator), 1, generator, beta=0.5)


def test_hidden_units_bring_back_what_the_formula_says():
    # After many steps nothing is left of random starts: Eqs 4 and 5 at rest, one layer held.
    model = build("chaotic_two_layer", SPACES["binary"], labels=False, hidden_units=7)
    data = random_batch(SPACES["binary"], 5)["data"]
    found = model.reconstruct(data, 600, torch.Generator().manual_seed(4))
    seen = data.to(torch.get_default_dtype()) * 2 - 1
    trained = model.weights["data", "hidden"]
    upward = (model.couplings["hidden", "data"] + trained.T) / math.sqrt(6)
    downward = (model.couplings["data", "hidden"] + trained) / math.sqrt(7)
    hidden = torch.tanh(seen @ upward.T + model.fields["hidden"])
    expected = torch.tanh(hidden @ downward.T + model.fields["data"])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(EbmflowError, match="without hidden units"):
        build("chaotic_unrestricted", SPACES["binary"]).reconstruct(
            data, 1, torch.Generator().manual_seed(0)
        )
