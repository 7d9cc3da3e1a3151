"""The report and the figure stages on a made-up study: complete, safe, self-contained."""

from __future__ import annotations

import base64
import io
import itertools
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from ebmflow.errors import CheckpointError
from ebmflow.evaluation.metrics.base import Score
from ebmflow.evaluation.tables import score_frame, score_rows
from ebmflow.io.table_file import read_table, write_table
from ebmflow.stages import report_pictures
from ebmflow.stages.figure_file import save_figure
from ebmflow.stages.write_report import write_report
from tests.support import report_study as made

HOSTILE = "<script>alert('x')</script>\"&"


class Written(NamedTuple):
    results: Path
    tables: list[Path]
    figures: list[Path]
    page: str


class Tags(HTMLParser):
    """All tags with attributes, and the text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Tables of two seeds, figures of the first, and the report."""
    results = tmp_path_factory.mktemp("study") / "results"
    tables = made.write_study_tables(results, seeds=(0, 1))
    figures = made.write_study_figures(results, "lattice", "label_ff")
    report = results / "report.html"
    study = made.study_of(results, (0, 1))
    write_report(tables=tables, figures=figures, report=report, study=study)
    return Written(results, tables, figures, report.read_text())


def test_every_figure_stage_writes_both_formats(written: Written) -> None:
    names = {path.stem for path in written.figures}
    assert names == {
        "quality", "accuracy", "training", "confusion", "projection", "logos",
        "structure", "novelty",
    }  # fmt: skip
    for path in written.figures:
        assert path.read_bytes().startswith(b"<?xml")
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_genotypes_get_allele_frequencies(written: Written, tmp_path: Path) -> None:
    from ebmflow.stages.plot_frequencies import plot_frequencies
    from ebmflow.stages.summarise_sites import summarise_sites

    logos, svg = tmp_path / "logos.parquet", tmp_path / "frequencies.svg"
    summarise_sites(
        dataset=written.results / "datasets/ancestry.parquet",
        samples=written.results / "samples/ancestry/label_ff/seed-0/per_label.parquet",
        logos=logos,
        spec={"split": "train"},
    )
    plot_frequencies(logos=logos, svg=svg, png=svg.with_suffix(".png"), spec={"title": "SNPs"})
    assert svg.read_bytes().startswith(b"<?xml")


def test_figures_are_the_same_bytes_again(written: Written, tmp_path: Path) -> None:
    from ebmflow.stages.plot_training import plot_training

    place = "lattice/label_ff/seed-0"
    svg, png = tmp_path / "x.svg", tmp_path / "x.png"
    history = written.results / f"models/{place}/history.parquet"
    plot_training(history=history, svg=svg, png=png, spec={})
    kept = written.results / f"figures/{place}/training.svg"
    assert svg.read_bytes() == kept.read_bytes()
    assert png.read_bytes() == kept.with_suffix(".png").read_bytes()


def test_a_failing_figure_leaves_nothing_behind(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.text(0.5, 0.5, r"$\nonsense{$")
    with pytest.raises(ValueError, match="nonsense"):
        save_figure(figure, tmp_path / "a.svg", tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_projection_axes_come_from_training_rows_only(written: Written, tmp_path: Path) -> None:
    """Spoiled held-out rows move themselves, not the training rows."""
    from ebmflow.io.table_file import write_table
    from ebmflow.stages.project import project

    dataset = written.results / "datasets/ancestry.parquet"
    samples = written.results / "samples/ancestry/label_ff/seed-0/per_label.parquet"
    columns, facts = read_table(dataset, kind="dataset")
    test = columns["split"] == "test"
    columns["codes"] = np.where(test[:, None], 1, columns["codes"]).astype(np.uint8)
    spoiled = tmp_path / "spoiled.parquet"
    keep = {key: facts[key] for key in ("alphabet", "label_names")}
    write_table(spoiled, columns, kind="dataset", metadata=keep)
    tables = []
    for source in (dataset, spoiled):
        path = tmp_path / f"{source.stem}.projection.parquet"
        project(dataset=source, samples=samples, projection=path, spec={})
        tables.append(read_table(path, kind="projection")[0])
    train = tables[0]["split"] == "train"
    np.testing.assert_allclose(tables[0]["pc_1"][train], tables[1]["pc_1"][train], atol=1e-10)
    moved = tables[0]["split"] == "test"
    assert not np.allclose(tables[0]["pc_1"][moved], tables[1]["pc_1"][moved])


# -- the page --------------------------------------------------------------------------------------


def test_page_asks_nothing_of_the_network(written: Written) -> None:
    tags = Tags(written.page)
    for _, attributes in tags.tags:
        for name in ("src", "href", "action", "poster", "srcset", "data"):
            address = attributes.get(name)
            assert address is None or address.startswith(("data:", "#")), address
    style = written.page.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    policy = next(one for one in tags.all("meta") if one.get("http-equiv"))
    assert policy["content"].startswith("default-src 'none'")


def test_page_is_accessible(written: Written) -> None:
    tags = Tags(written.page)
    html = tags.all("html")[0]
    assert html["lang"] == "en"
    assert all(len(image["alt"]) > 20 for image in tags.all("img"))
    assert len(tags.all("table")) == len(tags.all("caption"))
    assert all(heading.get("scope") in ("col", "row") for heading in tags.all("th"))
    identifiers = [one["id"] for _, one in tags.tags if "id" in one]
    assert len(identifiers) == len(set(identifiers))
    anchors = [one["href"][1:] for one in tags.all("a") if one["href"].startswith("#")]
    assert set(anchors) <= set(identifiers)
    levels = [int(tag[1]) for tag, _ in tags.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_figure_of_the_first_seed_is_embedded_with_a_caption(written: Written) -> None:
    tags = Tags(written.page)
    assert len(tags.all("img")) == len(written.figures)
    assert len(tags.all("figcaption")) == len(written.figures)
    assert written.page.count("Look for:") == len(written.figures)
    addresses = {one["src"].split(",", 1)[1] for one in tags.all("img")}
    first = base64.b64encode(written.figures[0].read_bytes()).decode()
    assert first in addresses


def test_downloads_hold_the_best_samples(written: Written) -> None:
    links = {
        one["download"]: one["href"] for one in Tags(written.page).all("a") if "download" in one
    }
    name = "lattice_label_ff_seed-0_per_label_fold_A.fasta"
    text = base64.b64decode(links[name].split(",", 1)[1]).decode()
    headers = [line for line in text.splitlines() if line.startswith(">")]
    columns, _ = read_table(
        written.results / "samples/lattice/label_ff/seed-0/per_label.parquet", kind="samples"
    )
    good = (columns["label"] == 0) & (columns["predicted"] == 0)
    assert len(headers) == len(np.unique(columns["codes"][good], axis=0))
    energies = [float(header.split("free_energy=")[1]) for header in headers]
    assert energies == sorted(energies)
    assert energies[0] == pytest.approx(columns["free_energy"][good].min(), abs=1e-3)
    # genotypes are offered as tables only
    assert "ancestry_label_ff_seed-0_per_label_AFR.tsv" in links
    assert not any(one.endswith(".fasta") and one.startswith("ancestry") for one in links)


def test_missing_things_are_listed_with_reasons(written: Written) -> None:
    text = "\n".join(Tags(written.page).text)
    missing = text.split("What is missing, and why")[1].split("Provenance")[0]
    assert "no sequences" in missing  # skipped stage of the study
    assert "no pairs" in missing  # score without value
    assert "3 too_long" in missing  # sequences without prediction


def test_recipes_and_provenance_are_told(written: Written) -> None:
    text = "\n".join(Tags(written.page).text)
    for word in ("arXiv:2307.06797", "eq. 4", "the two phases are summed", "0123abcd", "2.13.0"):
        assert word in text
    assert "2 seeds" in text


def test_leakage_and_warnings_stand_in_plain_sight(written: Written) -> None:
    before, _, folded = written.page.partition("<summary>From raw files")
    assert "2 held-out rows (20.0%) have a training row above 80 % identity." in before
    assert "Warning. split: no test row of &lt;b&gt;" in before
    assert "too many gaps" in folded


def test_everything_from_outside_is_escaped(written: Written, tmp_path: Path) -> None:
    study = made.study_of(written.results)
    study["title"] = HOSTILE
    study["datasets"] = {"lattice": {"title": HOSTILE, "cite": HOSTILE, "about": HOSTILE}}
    study["models"]["label_ff"] = {
        **study["models"]["label_ff"],
        "title": HOSTILE,
        "deviations": [HOSTILE],
        "recipe": {"kind": HOSTILE},
    }
    study["skipped"] = [{"stage": HOSTILE, "dataset": "", "model": "", "reason": HOSTILE}]
    study["provenance"] = {HOSTILE: HOSTILE}
    report = tmp_path / "report.html"
    tables = [path for path in written.tables if "seed-1" not in str(path)]
    write_report(tables=tables, figures=[], report=report, study=study)
    page = report.read_text()
    assert "<script>alert" not in page
    assert len(Tags(page).all("script")) == 1
    assert "\n".join(Tags(page).text).count(HOSTILE) >= 8


def test_hostile_labels_stay_text(tmp_path: Path) -> None:
    results = tmp_path / "results"
    labels = [HOSTILE, "b"]
    dataset = results / "datasets/x.parquet"
    samples = results / "samples/x/m/seed-0/p.parquet"
    made.write_dataset_table(dataset, labels, made.PROTEIN, 12)
    made.write_samples_table(samples, labels, made.PROTEIN, 12)
    report = results / "report.html"
    write_report(tables=[samples, dataset], figures=[], report=report, study={})
    page = report.read_text()
    assert "<script>alert" not in page
    assert any(HOSTILE in part for part in Tags(page).text)


def test_costs_of_constraints_stand_in_nats_and_percent(tmp_path: Path) -> None:
    results = tmp_path / "results"
    dataset = results / "datasets/x.parquet"
    made.write_dataset_table(dataset, ["a", "b"], "01", 12)
    place = {"dataset": "x", "model": "free", "seed": 0, "sampling": "", "metric": "cost"}
    place |= {"reference": "test", "age": 9, "time": -1, "group": "all"}
    found = [
        Score(f"partial_erasure_{what}", bound, value, 0.01, 5)
        for what, values in (("per_site", (0.2, 0.3)), ("fraction", (0.1, 0.15)))
        for bound, value in zip(("lower", "upper"), values, strict=True)
    ]
    costs = results / "costs/x/free/seed-0/scores.parquet"
    write_table(costs, score_frame(score_rows(found, **place)), kind="scores")
    report = results / "report.html"
    study = {"runs": [{"dataset": "x", "model": "free", "seed": 0}]}
    write_report(tables=[costs, dataset], figures=[], report=report, study=study)
    text = [part.strip() for part in Tags(report.read_text()).text]
    start = text.index("What constraints cost")
    row = [part for part in text[start:] if part][6:12]
    assert row == ["partial erasure", "free", "0.25", "0.2 to 0.3", "12.5 %", "10.0 % to 15.0 %"]


def test_an_empty_study_still_makes_a_page(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    write_report(tables=[], figures=[], report=report, study={})
    assert "Nothing: every stage that the study asks for ran" in report.read_text()


def test_page_is_the_same_again(written: Written, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    study = json.loads(json.dumps(made.study_of(written.results, (0, 1))))
    write_report(tables=written.tables, figures=written.figures, report=again, study=study)
    assert again.read_text() == written.page


def test_large_vector_pictures_give_way_to_pixels(tmp_path: Path) -> None:
    folder = tmp_path / "figures/d"
    folder.mkdir(parents=True)
    svg, png = folder / "accuracy.svg", folder / "accuracy.png"
    svg.write_bytes(b"<svg/>")
    png.write_bytes(b"\x89PNG small")
    assert report_pictures.read_picture(svg).address.startswith("data:image/svg+xml")
    svg.write_bytes(b" " * (report_pictures.VECTOR_LIMIT + 1))
    assert report_pictures.read_picture(svg).address.startswith("data:image/png")
    other = folder / "accuracy.pdf"
    other.write_bytes(b"%PDF")
    with pytest.raises(CheckpointError, match="no picture"):
        report_pictures.read_picture(other)


def test_pictures_of_a_heavy_page_have_few_colours(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "figures/d/m/seed-0"
    folder.mkdir(parents=True)
    svg, png = folder / "training.svg", folder / "training.png"
    rng = np.random.default_rng(0)
    pixels = np.full((90, 120, 3), 255, np.uint8)
    pixels[20:60, 30:80] = rng.integers(0, 40, (40, 50, 3)) + 100  # shades of grey, 40 ** 3 of them
    Image.fromarray(pixels).save(png)
    svg.write_bytes(b"<svg/>" + b" " * 9000)
    (light,) = report_pictures.read_pictures([svg, png])
    assert light.address.startswith("data:image/svg+xml")
    monkeypatch.setattr(report_pictures, "PAGE_LIMIT", 9000)
    (heavy,) = report_pictures.read_pictures([svg, png])
    content = base64.b64decode(heavy.address.removeprefix("data:image/png;base64,"))
    assert len(content) < 9000
    assert (heavy.width, heavy.height) == (120, 90)
    shown = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), int)
    assert np.abs(shown - pixels).max() <= 32
    svg.write_bytes(b"<svg/>")  # smaller than any pixels
    png.write_bytes(png.read_bytes() + b" " * 9000)
    (small,) = report_pictures.read_pictures([svg])
    assert small.address.startswith("data:image/svg+xml")


def test_scores_of_a_stand_in_are_never_drawn(written: Written, tmp_path: Path) -> None:
    from ebmflow.stages.fold import fold
    from ebmflow.stages.plot_structure import plot_structure

    structures, svg = tmp_path / "results/structures/lattice/label_ff/seed-0/p.parquet", "x.svg"
    fold(
        samples=written.results / "samples/lattice/label_ff/seed-0/per_label.parquet",
        dataset=written.results / "datasets/lattice.parquet",
        structures=structures,
        spec={"predictor": {"kind": "fake"}},
        seed=0,
        cache=tmp_path / "cache",
    )
    plot_structure(structures=structures, svg=tmp_path / svg, png=tmp_path / "x.png", spec={})
    report = tmp_path / "report.html"
    run = {"dataset": "lattice", "model": "label_ff", "seed": 0}
    write_report(tables=[structures], figures=[], report=report, study={"runs": [run]})
    text = "\n".join(Tags(report.read_text()).text)
    assert "stub" in text.split("What is missing, and why")[1]
    assert "Folding:" not in text
