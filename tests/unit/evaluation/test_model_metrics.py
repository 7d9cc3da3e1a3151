"""Metrics that look at the RBM itself, against formulas and a machine that is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from ebmflow.core.couplings.patterns import Patterns
from ebmflow.core.rbm import RBM
from ebmflow.evaluation.metrics.receptive_fields import neighbour_correlations
from ebmflow.io.model_file import save_model
from ebmflow.registry import component
from ebmflow.space import StateSpace
from ebmflow.stages.model_view import ModelView
from ebmflow.stages.network_view import network_view
from ebmflow.training.families.base import make_layer
from tests.support.metric_cases import inputs_of, rows_of, scores_of


def memory(pattern=(1, 1, -1, -1, 1, -1), units=40):
    """Spins whose couplings store one pattern (and its negative), without fields."""
    visible = {"data": make_layer("spin", len(pattern), 2, False)}
    stored = torch.tensor([pattern], dtype=torch.float32)
    coupling = Patterns({"data": stored}, torch.ones(1, units))
    return RBM(visible, make_layer("spin", units, 2, False), coupling, gauge="none")


STORED = [[1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 1]]


PID = component("gradient", "pattern_induced")()


def scores(name, model, rows=STORED, estimator=PID, chains=None, **options):
    data = rows_of(rows)
    machine = None if model is None else ModelView(model, estimator, chains)
    inputs = inputs_of(data, data, machine=machine)
    found = scores_of(component("metric", name)(**options), inputs)
    return {key: score.value for key, score in found.items()}


def test_stored_pictures_are_completed_and_others_are_not():
    assert set(scores("reconstruction", memory(), held=2).values()) == {0.0}
    other = scores("reconstruction", memory(), rows=[[1, 1, 1, 1, 1, 1]], held=2)
    assert other["reconstruction_distance", "paper"] == 0.5


def test_paper_keeps_given_sites_and_code_draws_them():
    found = scores("reconstruction", memory(), rows=[[1, 1, 1, 0, 1, 0]], held=3)
    # The given third site contradicts the memory, which two of three sites outvote.
    assert found["reconstruction_distance", "paper"] == 0.0
    assert found["reconstruction_distance", "code"] == pytest.approx(1 / 6)


def test_ground_state_is_the_lowest_of_all_joint_energies():
    model = memory(pattern=(1, -1, 1), units=3)
    weight = model.coupling.weights["data"].numpy()
    spins = list(itertools.product([-1, 1], repeat=3))
    lowest = min(-np.array(v) @ weight @ np.array(h) for v in spins for h in spins)
    assert ModelView(model).ground_energy == pytest.approx(lowest)


def test_a_memory_is_reached_by_chains_and_patterns():
    found = scores("accessibility", memory())
    assert found["method_accessibility", ""] == pytest.approx(1.0)
    assert found["gibbs_accessibility", "code"] > 0.9
    assert found["gibbs_accessibility", "paper"] <= found["gibbs_accessibility", "code"]


def test_the_method_reaches_what_its_negative_phase_consists_of():
    model = memory()
    wrong = torch.tensor([[0, 1, 0, 0, 1, 0]], dtype=torch.uint8)  # one spin off: 4 of 6 align
    stays = component("gradient", "persistent")(chains=1, centred=False)
    starts = component("gradient", "contrastive")(sweeps=1, centred=False)
    found = {
        name: scores("accessibility", model, estimator=estimator, chains=chains)
        for name, estimator, chains in (
            ("CD", starts, None),
            ("PCD", stays, {"data": wrong}),
            ("PCD without chains", stays, None),
            ("exact", component("gradient", "exact")(), None),
        )
    }
    reached = {name: one["method_accessibility", ""] for name, one in found.items()}
    assert reached["CD"] == pytest.approx(1.0)
    assert reached["PCD"] == pytest.approx(1.0)
    assert reached["PCD without chains"] is None
    assert reached["exact"] is None


def test_stripes_are_given_by_their_left_column():
    seen = {}

    class Spy(ModelView):
        def reconstruct(self, codes, given, sweeps, keep, seed):
            seen.update(
                {tuple(row): mask for row, mask in zip(codes.tolist(), given.tolist(), strict=True)}
            )
            return codes

    stripe, bar = (1, 1, 0, 0), (1, 0, 1, 0)
    data = rows_of([stripe, bar])
    inputs = inputs_of(data, data, machine=Spy(memory(pattern=(1, 1, -1, -1))))
    scores_of(component("metric", "reconstruction")(held=2, or_column=True), inputs)
    assert seen == {stripe: [True, False, True, False], bar: [True, True, False, False]}


def test_one_pattern_makes_one_singular_value():
    found = scores("weight_spectrum", memory(units=4), values=8)
    assert found["singular_value_1", ""] == pytest.approx((6 * 4) ** 0.5, rel=1e-5)
    assert found["singular_value_2", ""] == pytest.approx(0, abs=1e-5)
    assert found["singular_value_8", ""] is None


@pytest.mark.parametrize("name", ["reconstruction", "accessibility", "weight_spectrum"])
def test_other_models_have_no_such_scores(name):
    assert set(scores(name, None).values()) == {None}


def test_reconstruction_errors_are_averaged_over_rows_at_the_generation_time():
    class Network:
        def reconstruction_errors(self, codes, steps, seed):
            return 1.0 * codes[:, 0] * steps

    data = rows_of([[0, 1], [1, 1], [1, 0]])
    for rows, time, expected in ((500, 6, (4.0, 2.0, 3)), (2, None, None)):
        metric = component("metric", "reconstruction_error")(rows=rows)
        found = scores_of(metric, inputs_of(data, data, machine=Network(), time=time))
        score = found["reconstruction_error", "chaotic"]
        if expected is None:
            assert score.value is None
            assert "chaotic" in score.note
        else:
            assert (score.value, score.standard_error, score.n) == pytest.approx(expected)


def test_fields_are_structured_where_neighbouring_pixels_agree():
    # r of a gradient from left to right, -1, 0, 1 in each of three rows: 6 pairs above each other
    # with mean product 2/3, 6 side by side with 0; over the variance 2/3.
    gradient = np.tile([-1.0, 0.0, 1.0], 3)
    noise = np.random.default_rng(0).normal(size=(400, 28 * 28))
    assert neighbour_correlations(gradient[None], 3) == pytest.approx([0.5])
    assert np.abs(neighbour_correlations(noise, 28)).max() < 5 / np.sqrt(2 * 28 * 27)

    class Network:
        def receptive_fields(self):
            board = (np.indices((3, 3)).sum(0) % 2 - 0.5).ravel()  # neighbours differ
            return np.array([gradient, -gradient, board, np.ones(9)])

    data = rows_of([[0] * 9, [1] * 9])
    for width, expected in ((3, 0.5), (9, None), (4, None)):
        metric = component("metric", "receptive_fields")(width=width)
        score = scores_of(metric, inputs_of(data, data, machine=Network()))["structured_share", ""]
        assert score.value == expected
        assert (score.note == "") == (expected is not None)


@pytest.mark.parametrize(("kind", "there"), [("two_layer", True), ("unrestricted", False)])
def test_a_stored_network_is_seen_through_its_view(tmp_path, kind, there):
    options = {"kind": f"chaotic_{kind}", "labels": False}
    space = StateSpace("binary", 6, 2, 0)
    recipe = {key: value for key, value in options.items() if key != "kind"}
    family = component("model", options["kind"])(**recipe)
    model = family.build(space, None, torch.Generator().manual_seed(0))
    save_model(tmp_path / "age-3.safetensors", model, {"model": options, "space": list(space)})
    view = network_view(tmp_path, 3)
    assert (view is not None) == there
    if view is not None:
        errors = view.reconstruction_errors(np.eye(6, dtype=np.uint8), 5, seed=1)
        assert errors.shape == (6,)
        assert view.receptive_fields().shape[1] == 6
        assert ((errors > 0) & (errors <= 4)).all()
