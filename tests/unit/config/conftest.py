"""A folder of small definitions that tests change."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from ebmflow.config.definitions import Definitions
from ebmflow.config.plan import Plan
from ebmflow.config.resolve import resolve

DATASETS = {
    "family": {
        "title": "A family",
        "source": {"kind": "files", "sequences": "family.fasta", "reader": "fasta"},
        "alphabet": "protein",
        "labels": {"kind": "regex", "pattern": "fold=(\\w+)"},
        "weights": {"identity_threshold": 0.8, "strict": True, "balance_classes": True},
        "split": {"kind": "random"},
    },
    "pictures": {
        "title": "Pictures",
        "source": {"kind": "files", "sequences": "x.parquet", "reader": "parquet"},
        "alphabet": "binary",
        "picture": [4, 4],
        "split": {"kind": "random"},
    },
}
MODELS = {
    "labelled": {
        "title": "With labels",
        "cite": "A paper",
        "model": {"kind": "rbm", "hidden": {"units": 4}},
        "gradient": {"kind": "fast_and_functional", "sweeps": 5},
        "updates": 100,
    },
    "plain": {
        "title": "Without labels",
        "model": {"kind": "rbm", "hidden": {"units": 4}, "labels": False},
        "gradient": {"kind": "persistent", "sweeps": 5},
        "updates": 100,
    },
}
SAMPLINGS = {"per_label": {"title": "By label"}, "free": {"clamp": []}}
STUDY = {
    "title": "A study",
    "runs": [{"datasets": ["family"], "models": ["labelled", "plain"], "seeds": [0, 1]}],
    "samplings": ["per_label"],
    "metrics": ["spectrum", {"kind": "entropy"}],
}


class Files:
    """Definitions in a folder; attributes are the contents, `resolve` writes and reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.datasets: dict[str, Any] = copy.deepcopy(DATASETS)
        self.models: dict[str, Any] = copy.deepcopy(MODELS)
        self.samplings: dict[str, Any] = copy.deepcopy(SAMPLINGS)
        self.study: dict[str, Any] = copy.deepcopy(STUDY)

    def resolve(self) -> Plan:
        for section in ("datasets", "models", "samplings"):
            (self.folder / section).mkdir(exist_ok=True)
            for name, content in getattr(self, section).items():
                (self.folder / section / f"{name}.yaml").write_text(yaml.safe_dump(content))
        return resolve(self.study, "study.yaml", Definitions([self.folder]))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
