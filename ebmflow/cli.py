"""The command `ebmflow`: thin callers of the functions that the workflow's rules call.

Imports stand inside the functions, so that `ebmflow --help` answers at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ebmflow import __version__

DESCRIPTION = "Energy-based generators for labelled biological data."
EPILOG = "The whole pipeline is run by snakemake (or `make run`); these commands do single steps."


# Widths of step, item, label, rows and sites; notes are as long as they are.
COUNTS_LINE = "{:<9} {:<24} {:<12} {:>9} {:>7}  {}"


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status is 0, 1 after a readable error, 2 for a wrong command."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    from ebmflow.errors import EbmflowError

    try:
        return options.run(options) or 0
    except EbmflowError as error:
        print(f"ebmflow {options.verb}: {error}", file=sys.stderr)
        return getattr(error, "exit_status", 1)
    except KeyboardInterrupt:
        print(f"ebmflow {options.verb}: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output, `head` say, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        print(f"ebmflow {options.verb}: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("ebmflow", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"ebmflow {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    for add in (
        _add_check,
        _add_compare,
        _add_train,
        _add_sample,
        _add_predict,
        _add_score,
        _add_fold,
        _add_convert,
        _add_verify,
    ):
        add(verbs)
    return parser


def _verb(verbs: Any, name: str, run: Callable, help_text: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(run=run)
    return parser


def _path(parser: argparse.ArgumentParser, flag: str, help_text: str, **more: Any) -> None:
    parser.add_argument(flag, type=Path, metavar="PATH", help=help_text, **more)


def _device(parser: argparse.ArgumentParser) -> None:
    choices = ("auto", "cpu", "cuda")
    parser.add_argument("--device", choices=choices, default="auto", help="default: auto")


def _seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="default: 0")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 1 or more")
    return int(text)


@contextmanager
def _output(path: Path | None):
    """A text stream: standard output, or a file that appears only when it is complete."""
    if path is None:
        yield sys.stdout
        return
    from ebmflow.io.atomic import atomic_path

    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8") as stream:
        yield stream


def _print(lines: Iterable[str], path: Path | None) -> None:
    with _output(path) as stream:
        for line in lines:
            print(line, file=stream)


# -- check ----------------------------------------------------------------------------------------


def _add_check(verbs: Any) -> None:
    parser = _verb(verbs, "check", _check, "Read all settings and say what will happen.")
    text = "study file, laid over config/config.yaml; more are laid over it, as by --configfile"
    parser.add_argument("studies", type=Path, nargs="*", metavar="STUDY", help=text)
    _path(parser, "--dataset", "prepare this dataset file alone, and show its counts table")
    _path(parser, "--keep", "with --dataset: keep the prepared files in this folder")
    _path(parser, "--mirror", "folder searched before the internet")


def _check(options: argparse.Namespace) -> None:
    if options.dataset:
        _check_dataset(options)
        return
    from ebmflow.config.summary import describe
    from ebmflow.config.workflow import read_plan

    _print(describe(read_plan(*options.studies)), None)


def _check_dataset(options: argparse.Namespace) -> None:
    import tempfile

    from ebmflow.config.definitions import Definitions
    from ebmflow.config.stage_settings import dataset_specs
    from ebmflow.stages.prepare import prepare

    config, path = Definitions([]).dataset_file(options.dataset)
    print(COUNTS_LINE.format("step", "item", "label", "rows", "sites", "note"))
    with tempfile.TemporaryDirectory() as temporary, _errors_in(path):
        prepare(
            name=path.stem,
            specs=dataset_specs(path.stem, config),
            folder=options.keep or Path(temporary),
            mirror=options.mirror,
            threads=os.cpu_count() or 1,
            tell=_print_count,
        )


@contextmanager
def _errors_in(path: Path):
    """Name the dataset file in errors of stages, which know its settings only."""
    from ebmflow.errors import EbmflowError

    try:
        yield
    except EbmflowError as error:
        file, comma, key = error.where.partition(", ")
        if file != "dataset":
            raise
        where = f"{path}{comma}{key}"
        raise EbmflowError(where, error.found, error.expected, error.action) from error


def _print_count(count: Any) -> None:
    """One line of the counts table, at once: a later step may take long."""
    rows = "" if count.rows is None else f"{count.rows:.8g}"
    cells = (count.step, count.item, count.label or "", rows, count.sites or "", count.note)
    print(COUNTS_LINE.format(*cells).rstrip(), flush=True)


# -- compare ---------------------------------------------------------------------------------------


def _add_compare(verbs: Any) -> None:
    text = "Set what a study has made so far against the numbers and claims of its papers."
    parser = _verb(verbs, "compare", _compare, text)
    text = "study file, as for snakemake --configfile; results/ is that of this folder"
    parser.add_argument("studies", type=Path, nargs="*", metavar="STUDY", help=text)
    text = "as for snakemake: scale=0.02"
    parser.add_argument("--config", nargs="+", default=[], metavar="KEY=VALUE", help=text)
    _path(parser, "--output", "table to write; default: standard output")


def _compare(options: argparse.Namespace) -> None:
    from ebmflow.config import stage_settings, targets
    from ebmflow.config.workflow import read_plan
    from ebmflow.stages.compare_papers import paper_table

    plan = read_plan(*options.studies, settings=options.config)
    scores = targets.paths(targets.tables(plan), *targets.SCORE_RULES)
    wanted = (scores, targets.paper_tables(plan))
    found = [[path for path in paths if Path(path).is_file()] for paths in wanted]
    logging.info("%d of %d tables are there", sum(map(len, found)), sum(map(len, wanted)))
    table = paper_table(*found, stage_settings.compare_papers(plan).spec)
    _print([table.to_csv(sep="\t", index=False).rstrip("\n")], options.output)


# -- train ----------------------------------------------------------------------------------------


def _add_train(verbs: Any) -> None:
    parser = _verb(verbs, "train", _train, "Train one recipe on one prepared dataset.")
    _path(parser, "--dataset", "results/datasets/NAME.parquet", required=True)
    _path(parser, "--recipe", "config/models/NAME.yaml", required=True)
    _path(parser, "--output", "folder for ages/, manifest.tsv and history.parquet", required=True)
    _seed(parser)
    _device(parser)


def _train(options: argparse.Namespace) -> None:
    from ebmflow.config.definitions import Definitions
    from ebmflow.config.stage_settings import training_spec
    from ebmflow.stages.train import train

    recipe = Definitions([]).recipe_file(options.recipe, options.dataset.stem)
    train(
        dataset=options.dataset,
        ages=options.output / "ages",
        manifest=options.output / "manifest.tsv",
        history=options.output / "history.parquet",
        checkpoint_dir=options.output / "checkpoints",
        spec=training_spec(recipe),
        seed=options.seed,
        device=options.device,
    )


# -- sample, predict ------------------------------------------------------------------------------


def _model(parser: argparse.ArgumentParser) -> None:
    text = "folder of a training run, or one .safetensors file"
    _path(parser, "--model", text, required=True)
    parser.add_argument("--age", default="last", help="number of updates; default: last")
    _path(parser, "--output", "file to write; default: standard output")
    _seed(parser)
    _device(parser)


def _add_sample(verbs: Any) -> None:
    parser = _verb(verbs, "sample", _sample, "Generate rows with a trained model.")
    _model(parser)
    parser.add_argument("--label", help="label to generate for; default: the model chooses")
    parser.add_argument("-n", type=_positive, default=10, metavar="N", help="rows; default: 10")
    parser.add_argument("--sweeps", type=_positive, help="default: as many as in training")
    formats = ("fasta", "tsv")
    parser.add_argument("--format", choices=formats, default="fasta", help="default: fasta")


def _sample(options: argparse.Namespace) -> None:
    from ebmflow.stages import single_model

    stored = single_model.open_model(options.model, options.age, options.device)
    codes, labels = single_model.generate_rows(
        stored, options.label, options.n, sweeps=options.sweeps, seed=options.seed
    )
    lines = {"fasta": single_model.fasta_lines, "tsv": single_model.tsv_lines}[options.format]
    _print(lines(stored, codes, labels), options.output)


def _add_predict(verbs: Any) -> None:
    parser = _verb(verbs, "predict", _predict, "Predict the labels of sequences or aligned rows.")
    _model(parser)
    _path(parser, "--rows", "FASTA file, aligned as the training data or not", required=True)
    text = "place rows anew, even if they fit the columns of the training data"
    parser.add_argument("--unaligned", action="store_true", help=text)
    text = "aligned.parquet and filtered.parquet of the training data; default: those of the study"
    _path(parser, "--family", f"folder with {text}")


def _predict(options: argparse.Namespace) -> None:
    from ebmflow.data.readers.fasta import FastaReader
    from ebmflow.stages import single_model
    from ebmflow.stages.fit_rows import family_of, fit_rows

    stored = single_model.open_model(options.model, options.age, options.device)
    folder = options.family or family_of(options.model, stored.facts.get("dataset"))
    fitted = fit_rows(
        FastaReader().read(options.rows),
        stored.alphabet,
        stored.model.visible["data"].sites,
        folder,
        unaligned=options.unaligned,
        threads=os.cpu_count() or 1,
    )
    probabilities = single_model.predict_rows(stored, fitted.records, options.seed)
    _print(single_model.prediction_lines(stored, fitted, probabilities), options.output)


# -- score, verify --------------------------------------------------------------------------------


def _add_score(verbs: Any) -> None:
    parser = _verb(verbs, "score", _score, "Score generated rows with one metric.")
    _path(parser, "--samples", "table written by the rule sample", required=True)
    _path(parser, "--dataset", "results/datasets/NAME.parquet", required=True)
    _path(parser, "--models", "folder of ages, for metrics that need energies")
    parser.add_argument("--metric", required=True, help="name of a metric, such as spectrum")
    _path(parser, "--output", "Parquet file to write; the same as .tsv beside it", required=True)
    _seed(parser)


def _score(options: argparse.Namespace) -> None:
    from ebmflow import registry
    from ebmflow.stages.score import score

    registry.component("metric", options.metric, file="command line", key="--metric")
    place = {"dataset": options.dataset.stem, "model": "", "seed": options.seed, "sampling": ""}
    score(
        samples=options.samples,
        dataset=options.dataset,
        scores=options.output,
        spec={"metric": {"kind": options.metric}},
        run=place,
        seed=options.seed,
        models=options.models,
    )


def _add_fold(verbs: Any) -> None:
    parser = _verb(verbs, "fold", _fold, "Judge sequences by their predicted structure.")
    text = "FASTA file; headers may say label=NAME, as those of `ebmflow sample` do"
    _path(parser, "--sequences", text, required=True)
    parser.add_argument(
        "--predictor", required=True, help="a kind, or in YAML a kind with options: '{kind: ...}'"
    )
    _path(parser, "--output", "file to write; default: standard output")
    _device(parser)


def _fold(options: argparse.Namespace) -> None:
    from ebmflow.config.single import read_predictor
    from ebmflow.stages.fold_file import fold_file

    predictor = read_predictor(options.predictor)
    _print(fold_file(options.sequences, predictor, options.device), options.output)


def _add_convert(verbs: Any) -> None:
    text = "Convert model files of rbms, annaDCA and adabmDCA to ours, and ours to the first two."
    parser = _verb(verbs, "convert", _convert, text)
    parser.add_argument("source", type=Path, metavar="SOURCE", help="file to read")
    parser.add_argument("target", type=Path, metavar="TARGET", help="file to write")
    formats = ("ebmflow", "rbms", "annadca", "adabmdca")
    text = "whose format the source has"
    parser.add_argument("--from", dest="source_format", choices=formats, required=True, help=text)
    text = "default: ebmflow"
    parser.add_argument(
        "--to", dest="target_format", choices=formats[:3], default="ebmflow", help=text
    )
    parser.add_argument("--alphabet", help="protein, dna, rna, or the other's letters in order")
    parser.add_argument("--update", type=int, help="age in the source; default: the last")


def _convert(options: argparse.Namespace) -> None:
    from ebmflow.stages.convert import convert

    names = ("source", "source_format", "target", "target_format", "alphabet", "update")
    convert(**{name: getattr(options, name) for name in names})


def _add_verify(verbs: Any) -> None:
    parser = _verb(verbs, "verify", _verify, "Compare results with their manifest.")
    default = Path("results/summary/manifest.tsv")
    text = f"table written by a study; default: {default}"
    parser.add_argument(
        "manifest", type=Path, nargs="?", default=default, metavar="MANIFEST", help=text
    )


def _verify(options: argparse.Namespace) -> int:
    from ebmflow.stages.write_manifest import read_manifest, verify_manifest

    wrong = verify_manifest(options.manifest)
    total = len(read_manifest(options.manifest))
    _print([*wrong, f"{total - len(wrong)} of {total} files are as they were written"], None)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
