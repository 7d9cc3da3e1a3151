"""Likelihoods and costs on disk: bounds hold the exact values, costs come from the same rows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ebmflow.core.exact import log_partition
from ebmflow.errors import ConfigError, DataError
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import read_frame, read_table
from ebmflow.sampling.held_states import held_states
from ebmflow.sampling.likelihood import log_unnormalised
from ebmflow.stages.estimate_costs import estimate_costs
from ebmflow.stages.estimate_likelihood import estimate_likelihood
from ebmflow.stages.train import train
from tests.support.datasets import write_toy

EFFORT = {"temperatures": 100, "chains": 400, "rungs": 4, "rounds": 60}
MACHINES = {
    "unconstrained": {"labels": False},
    "constrained": {"labels": False, "constraints": [{"kind": "linear"}]},
    "released": {"labels": False, "constraints": [{"kind": "linear", "released": 2}]},
    "labelled": {"labels": True},
}
FEW = [{"kind": "linear", "released": "one_per_vector", "rows_per_class": 2}]


def train_machine(folder, dataset, name, updates=150, ages=1, seed=0):
    options = dict({**MACHINES, "few": {"labels": False, "constraints": FEW}}[name])
    spec = {
        "model": {
            "kind": "rbm",
            "labels": options.pop("labels"),
            "hidden": {"units": 8},
            "coupling": {"kind": "dense", "initial_scale": 0.1},
        },
        # Chains that lag behind would leave valleys that no annealing finds.
        "gradient": {"kind": "exact"},
        "optimiser": {"kind": "adam", "learning_rate": 0.02},
        "regularisation": {"l2": 0.01},
        "batch_size": 200,
        "updates": updates,
        "ages": {"count": ages},
        **options,
    }
    train(
        dataset=dataset,
        ages=folder / name / "ages",
        manifest=folder / name / "manifest.tsv",
        history=folder / name / "history.parquet",
        checkpoint_dir=folder / name / "checkpoint",
        spec=spec,
        seed=seed,
        device="cpu",
    )


def estimate(folder, dataset, name, spec=EFFORT):
    estimate_likelihood(
        ages=folder / name / "ages",
        dataset=dataset,
        scores=folder / name / "likelihood.parquet",
        rows=folder / name / "rows.parquet",
        spec={"options": spec, "released": 2 if name == "released" else 0},
        run={"dataset": "toy", "model": name, "seed": 0},
        seed=0,
        device="cpu",
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("likelihood")
    dataset = write_toy(folder / "toy.parquet", rows=240)
    for name in MACHINES:
        train_machine(folder, dataset, name)
        estimate(folder, dataset, name)
    return folder, dataset


def scores_of(study, name):
    frame, _ = read_frame(study[0] / name / "likelihood.parquet", kind="scores")
    return frame


def value(frame, statistic, convention, reference="test", group="all"):
    chosen = frame[
        (frame.statistic == statistic)
        & (frame.convention == convention)
        & (frame.reference == reference)
        & (frame.group == group)
    ]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.mark.parametrize("name", MACHINES)
def test_both_estimates_agree_with_the_exact_partition_function(study, name):
    frame = scores_of(study, name)
    exact = value(frame, "log_partition", "exact", reference="").value
    model, _ = load_model(age_path(study[0] / name / "ages", 150))
    assert exact == pytest.approx(log_partition(model), abs=1e-6)
    for direction in ("forward", "reverse"):
        found = value(frame, "log_partition", direction, reference="")
        assert abs(found.value - exact) < 5 * found.standard_error + 0.02
        upper = value(frame, "log_likelihood", direction).value
        assert upper - value(frame, "log_likelihood", "exact").value == pytest.approx(
            exact - found.value, abs=1e-9
        )


@pytest.mark.parametrize("name", ["unconstrained", "labelled"])
def test_exact_likelihoods_are_those_of_the_data_distribution(study, name):
    """Sum over all 2^9 rows of exp(log_unnormalised - ln Z) is one, labels summed out."""
    model, _ = load_model(age_path(study[0] / name / "ages", 150))
    everything = model.visible["data"].all_configurations()
    exact = value(scores_of(study, name), "log_partition", "exact", reference="").value
    total = torch.logsumexp(log_unnormalised(model, everything), 0).item()
    assert total == pytest.approx(exact, abs=1e-4)


def test_rows_groups_and_sites(study):
    frame = scores_of(study, "unconstrained")
    columns, facts = read_table(study[0] / "unconstrained" / "rows.parquet", kind="row_likelihoods")
    data = read_dataset(study[1])
    assert np.array_equal(columns["label"], data.labels)
    log_z = facts["log_partition"]["exact"][0]
    for reference in ("train", "test"):
        for group, label in (("all", None), ("class_1", 1)):
            chosen = columns["split"] == reference
            if label is not None:
                chosen &= columns["label"] == label
            mean = columns["log_unnormalised"][chosen].mean() - log_z
            found = value(frame, "log_likelihood", "exact", reference, group)
            assert found.value == pytest.approx(mean)
            assert found.n == chosen.sum()
            error = columns["log_unnormalised"][chosen].std() / np.sqrt(chosen.sum())
            assert found.standard_error == pytest.approx(error)
            per_site = value(frame, "log_likelihood_per_site", "exact", reference, group)
            assert per_site.value == pytest.approx(mean / 9)


def test_released_machine_with_fitted_shares(study):
    """Its exact likelihood: a mixture of the machines of the four states of its two units."""
    frame = scores_of(study, "released")
    for convention in ("trained", "fitted"):
        shares = frame[(frame.statistic == "share_of_state") & (frame.convention == convention)]
        assert list(shares.group) == ["state 0 0", "state 0 1", "state 1 0", "state 1 1"]
        assert shares.value.sum() == pytest.approx(1)
    columns, facts = read_table(study[0] / "released" / "rows.parquet", kind="row_likelihoods")
    model, _ = load_model(age_path(study[0] / "released" / "ages", 150))
    data = read_dataset(study[1])
    parts, log_z, offsets = [], [], []
    for state in held_states(model, 2):
        parts.append(log_unnormalised(state.machine, torch.tensor(data.codes)).numpy())
        log_z.append(log_partition(state.machine))
        offsets.append(state.offset)
    densities = np.stack(parts, 1) - log_z
    trained = np.exp(np.array(log_z) + offsets - log_partition(model))
    values = frame[frame.statistic == "share_of_state"].groupby("convention").value.apply(list)
    assert values["trained"] == pytest.approx(trained.tolist(), abs=1e-4)
    mixture = np.log(np.exp(densities) @ values["fitted"])
    own = columns["log_unnormalised_shares_fitted"]
    own = own - facts["log_partition_shares_fitted"]["exact"][0]
    assert own == pytest.approx(mixture, abs=1e-3)
    # Fitted on training rows, where no other shares do better.
    training = columns["split"] == "train"
    before = np.log(np.exp(densities) @ trained)
    assert mixture[training].mean() >= before[training].mean()
    found = value(frame, "log_likelihood_shares_fitted", "exact", "train")
    assert found.value == pytest.approx(mixture[training].mean(), abs=1e-3)


def test_equilibrium_is_reported(study):
    frame = scores_of(study, "unconstrained").set_index("statistic")
    assert len(frame.loc["two_start_z"]) == 2
    assert (frame.loc["two_start_z"].value.abs() < 4).all()
    assert (frame.loc["two_start_z"].note == "").all()
    assert 0 < frame.loc["exchange_rate"].value <= 1
    assert frame.loc["autocorrelation_time"].value >= 0.4


def test_costs_of_erasure_and_disentanglement(study):
    folder, _ = study
    scores = folder / "costs.parquet"
    estimate_costs(
        unconstrained=folder / "unconstrained" / "rows.parquet",
        others={
            "partial_erasure": folder / "constrained" / "rows.parquet",
            "disentanglement": folder / "released" / "rows.parquet",
        },
        scores=scores,
        run={"dataset": "toy", "model": "unconstrained", "seed": 0},
    )
    frame, _ = read_frame(scores, kind="scores")
    own = value(scores_of(study, "unconstrained"), "log_likelihood", "exact").value
    for name, machine in (("partial_erasure", "constrained"), ("disentanglement", "released")):
        other = value(scores_of(study, machine), "log_likelihood", "exact").value
        exact = value(frame, name, "exact")
        assert exact.value == pytest.approx(own - other)
        assert value(frame, f"{name}_per_site", "exact").value == pytest.approx((own - other) / 9)
        fraction = value(frame, f"{name}_fraction", "exact").value
        assert fraction == pytest.approx((own - other) / abs(own))
        lower, upper = value(frame, name, "lower"), value(frame, name, "upper")
        slack = 5 * lower.standard_error + 0.05
        assert lower.value - slack < exact.value < upper.value + slack
    fitted = value(scores_of(study, "released"), "log_likelihood_shares_fitted", "exact").value
    found = value(frame, "disentanglement_shares_fitted", "exact").value
    assert found == pytest.approx(own - fitted)
    assert not frame.statistic.str.startswith("partial_erasure_shares").any()
    # Three prototypes: without the directions between them the machine must lose a lot.
    erased = value(frame, "partial_erasure", "exact")
    assert erased.value > 5 * erased.standard_error
    assert erased.value > 2 * abs(value(frame, "disentanglement", "exact").value)


def test_other_rows_are_refused(study, tmp_path):
    folder, _ = study
    other = write_toy(tmp_path / "toy.parquet", rows=60)
    train_machine(tmp_path, other, "released", updates=2)
    estimate(tmp_path, other, "released", {**EFFORT, "rounds": 2, "temperatures": 2, "chains": 8})
    with pytest.raises(DataError, match="other rows"):
        estimate_costs(
            unconstrained=folder / "unconstrained" / "rows.parquet",
            others={"disentanglement": tmp_path / "released" / "rows.parquet"},
            scores=tmp_path / "costs.parquet",
            run={},
        )


def test_models_without_energy_are_refused(tmp_path):
    dataset = write_toy(tmp_path / "toy.parquet", rows=60)
    train(
        dataset=dataset,
        ages=tmp_path / "chaotic" / "ages",
        manifest=tmp_path / "manifest.tsv",
        history=tmp_path / "history.parquet",
        checkpoint_dir=tmp_path / "checkpoint",
        spec={
            "model": {"kind": "chaotic_two_layer", "labels": False, "hidden_units": 5,
                      "target_time": 3.0},
            "gradient": {"kind": "random_start", "sweeps": 3, "centred": False},
            "updates": 1,
        },
        seed=0,
        device="cpu",
    )  # fmt: skip
    with pytest.raises(ConfigError, match="without energy"):
        estimate(tmp_path, dataset, "chaotic")


def test_likelihood_rises_over_the_estimated_ages(tmp_path):
    """Exact values at three of five ages; the rows are those of the last."""
    spec = {**EFFORT, "temperatures": 5, "chains": 10, "rounds": 4, "ages": 3}
    dataset = write_toy(tmp_path / "toy.parquet", rows=240)
    train_machine(tmp_path, dataset, "unconstrained", updates=40, ages=5)
    estimate(tmp_path, dataset, "unconstrained", spec)
    frame, _ = read_frame(tmp_path / "unconstrained" / "likelihood.parquet", kind="scores")
    chosen = frame.query(
        "statistic == 'log_likelihood' and convention == 'exact'"
        " and reference == 'train' and group == 'all'"
    )
    values = chosen.set_index("age")["value"]
    assert len(values) == 3
    assert values.index[-1] == 40
    assert values.is_monotonic_increasing
    _, facts = read_table(tmp_path / "unconstrained" / "rows.parquet", kind="row_likelihoods")
    assert facts["age"] == 40
