"""A training run on disk: ages, checkpoint and history while it lasts, outputs when it is done."""

from __future__ import annotations

import hashlib
import logging
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor

from ebmflow.core.energy_model import Chains, ContrastiveModel
from ebmflow.errors import Interrupted, StorageError
from ebmflow.io.atomic import atomic_path, write_text
from ebmflow.io.checkpoint_file import forget_checkpoints, resume_from_checkpoint, save_checkpoint
from ebmflow.io.model_file import age_path, save_model
from ebmflow.io.table_file import write_table
from ebmflow.training.families.base import TrainingData
from ebmflow.training.monitor import held_out_scores
from ebmflow.training.recipe import Recipe
from ebmflow.training.update import TrainingState

log = logging.getLogger(__name__)
CHECKPOINT_SECONDS = 60.0
PROGRESS_SECONDS = 10.0
LEADING_COLUMNS = ["update", "seconds", "gradient_norm", "label_accuracy", "monitor"]


class TrainingRun:
    """Records a run in a folder of its own, so that it can be interrupted at any moment.

    Parameters
    ----------
    folder : Path
        Holds the checkpoint and the ages until the run is complete.
    digest : str
        Of recipe, dataset and seed; a checkpoint with another digest is discarded.
    metadata : dict
        Of the model files.
    monitor : torch.Generator
        Randomness of the monitored scores; reseeded for every row by the caller's stream.
    """

    def __init__(
        self,
        folder: Path,
        digest: str,
        recipe: Recipe,
        model: ContrastiveModel,
        held_out: TrainingData,
        metadata: dict[str, Any],
        make_monitor_stream: Any,
    ) -> None:
        self.folder, self.digest, self.recipe = folder, digest, recipe
        self.model, self.held_out, self.metadata = model, held_out, metadata
        self.make_monitor_stream = make_monitor_stream
        self.ages = recipe.ages.updates(recipe.updates)
        self.history: list[dict[str, Any]] = []
        self._elapsed_before = 0.0
        self._started = self._last_progress = self._last_checkpoint = time.monotonic()
        self._stop_requested = False

    # -- start ------------------------------------------------------------------------------------

    def resume(self, state: TrainingState) -> None:
        """Continue from the latest sound checkpoint, if there is one that fits."""
        if not self.folder.exists():
            return
        history = resume_from_checkpoint(self.folder, self.model, state, self.digest)
        if history is None:
            log.warning("Starting over: no checkpoint in %s can be used", self.folder)
            shutil.rmtree(self.folder)
            return
        self.history = history
        self._elapsed_before = self.history[-1]["seconds"] if self.history else 0.0
        log.info("Resuming after update %d", state.update)

    def request_stop(self, signum: int, frame: Any) -> None:
        """Handler of signals: save a checkpoint after this update; a second Ctrl-C ends at once."""
        self._stop_requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    # -- while training ---------------------------------------------------------------------------

    def after_update(self, state: TrainingState, gradient: dict[str, Tensor]) -> None:
        """Write what is due after an update: history row, age, progress line, checkpoint."""
        update, now = state.update, time.monotonic()
        if update % self.recipe.history_interval == 0 or update in (1, self.recipe.updates):
            self.history.append(self._history_row(update, gradient, now))
        if update in self.ages:
            save_model(
                age_path(self.folder / "ages", update),
                self.model,
                {**self.metadata, "update": update},
                _chain_codes(state.estimator) if self.recipe.ages.chains else None,
            )
        if now - self._last_progress > PROGRESS_SECONDS:
            self._last_progress = now
            self._log_progress(update, now)
        if self._stop_requested:
            self._save(state)
            raise Interrupted(
                f"update {update}", "the job was asked to stop", "", "run again to resume here"
            )
        if now - self._last_checkpoint > CHECKPOINT_SECONDS:
            self._last_checkpoint = now
            self._save_if_possible(state)

    def _save(self, state: TrainingState) -> None:
        save_checkpoint(self.folder, self.model, state, self.digest, self.history)

    def _save_if_possible(self, state: TrainingState) -> None:
        """A run that cannot save its state goes on: space may be free again at the next time."""
        try:
            self._save(state)
        except StorageError as error:
            log.warning("Training goes on without a checkpoint: %s", error)

    def _seconds(self, now: float) -> float:
        return self._elapsed_before + now - self._started

    def _history_row(self, update: int, gradient: dict[str, Tensor], now: float) -> dict[str, Any]:
        norms = {name: g.norm().item() for name, g in gradient.items()}
        total = sum(norm**2 for norm in norms.values()) ** 0.5
        generator = self.make_monitor_stream(update)
        scores = held_out_scores(self.model, self.held_out, self.recipe.trained_sweeps, generator)
        parameters = self.model.named_parameters().items()
        return {
            "update": update,
            "seconds": round(self._seconds(now), 3),
            "gradient_norm": total,
            **scores,
            **{f"gradient.{name}": norm for name, norm in norms.items()},
            **{f"norm.{name}": p.norm().item() for name, p in parameters},
        }

    def _log_progress(self, update: int, now: float) -> None:
        elapsed = now - self._started
        done = max(1, update)
        remaining = self._seconds(now) / done * (self.recipe.updates - update)
        last = self.history[-1] if self.history else {}
        log.info(
            "update %8d / %d  elapsed %7.0f s  remaining %7.0f s  gradient %.3g  accuracy %.3f",
            update,
            self.recipe.updates,
            elapsed,
            remaining,
            last.get("gradient_norm", float("nan")),
            last.get("label_accuracy", float("nan")),
        )

    # -- end --------------------------------------------------------------------------------------

    def finish(self, ages: Path, manifest: Path, history: Path) -> None:
        """Write the outputs, then forget the checkpoint."""
        ages.mkdir(parents=True, exist_ok=True)
        for update in self.ages:
            with atomic_path(age_path(ages, update)) as temporary:
                shutil.copyfile(age_path(self.folder / "ages", update), temporary)
        write_manifest(manifest, ages, self.ages)
        frame = pd.DataFrame(self.history)
        # A resumed history has lost the order of its columns.
        frame = frame[LEADING_COLUMNS + sorted(set(frame) - set(LEADING_COLUMNS))]
        write_table(history, frame, kind="history", metadata=self.metadata)
        forget_checkpoints(self.folder)


def _chain_codes(state: Any) -> dict[str, Tensor] | None:
    """Codes of persistent chains, where the state of the estimator is such."""
    return state.visible if isinstance(state, Chains) else None


def write_manifest(manifest: Path, ages: Path, updates: list[int]) -> None:
    """Write the list of ages with their checksums."""
    lines = ["update\tfile\tsha256"]
    for update in updates:
        path = age_path(ages, update)
        lines.append(f"{update}\t{path.name}\t{hashlib.sha256(path.read_bytes()).hexdigest()}")
    write_text(manifest, "\n".join(lines) + "\n")
