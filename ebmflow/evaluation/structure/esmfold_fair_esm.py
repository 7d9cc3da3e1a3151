"""ESMFold (Lin et al. 2023) through fair-esm, by a worker in an environment of its own.

`esm.esmfold.v1` cannot be imported on Python 3.11 and later, and needs openfold. So this process
draws sequences, forms batches and keeps results, as for the other predictors, and a worker process
folds: `workers/fold_fair_esm.py`, run by the interpreter of workflow/envs/esmfold-fair-esm.yaml.
"""

from __future__ import annotations

import atexit
import dataclasses
import functools
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from ebmflow.devices import no_device
from ebmflow.evaluation.structure.base import Prediction
from ebmflow.evaluation.structure.child_process import ChildDiedError, ChildProcess
from ebmflow.evaluation.structure.folding import FoldingModel, to_prediction
from ebmflow.evaluation.structure.weights import files_digest, loading_failed
from ebmflow.evaluation.structure.workers import fold_fair_esm
from ebmflow.registry import register

ENVIRONMENT = "workflow/envs/esmfold-fair-esm.yaml"
ADVICE = (
    f"make the environment of {ENVIRONMENT} (Python 3.9, openfold) and run with `--sdm conda`, or "
    "name its interpreter as `python:`; or use `kind: esmfold`, see docs/structure.md"
)
PROBE = (
    "import json, sys\nfrom importlib import metadata\nfound = {'Python': sys.version.split()[0]}\n"
    "for name in ('fair-esm', 'openfold', 'torch'):\n"
    "    try:\n        found[name] = metadata.version(name)\n"
    "    except metadata.PackageNotFoundError:\n        found[name] = 'unknown'\n"
    "print(json.dumps(found))"
)
PROBE_SECONDS = 120
TRIES = 2  # of a batch in which the worker dies
MOST_DEATHS = 4  # in a row; after them nothing more is tried


@register("predictor", "esmfold_fair_esm")
class FairESMFold(FoldingModel):
    """ESMFold through fair-esm, in Python 3.9; the score is mean pLDDT over C-alpha, 0 to 100.

    Details as for `esmfold`: ``ptm`` and ``plddt_atoms``.
    """

    weights: str = Field(
        "esmfold_3B_v1",
        description="Name of a published model, which torch's hub downloads once, together with "
        "its language model, and unpickles (code in such files would run), or a file NAME.pt, of "
        "which only tensors and the configuration are read; its language model still goes by name.",
    )
    python: str | None = Field(
        None,
        description="Interpreter that can import esm.esmfold.v1, by path or name; null: that of "
        f"{ENVIRONMENT} if Snakemake makes environments (`--sdm conda`).",
    )

    @property
    def interpreter(self) -> str:
        """Interpreter of the worker."""
        return self.python or sys.executable

    @property
    def needs_interpreter(self) -> bool:
        return self.python is None

    def in_environment(self, interpreter: str) -> FairESMFold:
        return self if self.python else self.model_copy(update={"python": interpreter})

    def _weights_identity(self) -> str:
        path = Path(self.weights)
        return f"file {files_digest([path])}" if path.is_file() else self.weights

    def on_gpu(self, device: str) -> bool:
        # The other environment has a torch of its own.
        return device == "cuda" or (device == "auto" and finds_gpu(self.interpreter))

    def _packages(self) -> dict[str, str]:
        found = versions(self.interpreter)
        return {name: found.get(name, "absent") for name in ("fair-esm", "openfold")}

    @property
    def files(self) -> list[Path]:
        return [Path(self.weights)]

    def unavailable(self, device: str) -> Prediction | None:
        try:
            answer = self._load(device).load()
        except OSError as error:
            reason = f"the interpreter {self.interpreter} cannot be started ({error.strerror})"
            return Prediction("unavailable", reason=f"{reason}: {ADVICE}")
        except ChildDiedError as death:
            return self._death_while_loading(death)
        said = " ".join(str(answer.get("said", "")).split())[:200]
        if answer.get("error") == "import":
            found = versions(self.interpreter).get("Python", "?")
            reason = f"Python {found} of {self.interpreter} cannot import esm.esmfold.v1 ({said})"
            return Prediction("unavailable", reason=f"{reason}: {ADVICE}")
        if answer.get("error") == "device":
            raise no_device(f"PyTorch of {self.interpreter}")
        if "error" in answer:
            error = MemoryError(said) if answer["error"] == "memory" else RuntimeError(said)
            return loading_failed(error, self.weights)
        return None

    def _death_while_loading(self, death: ChildDiedError) -> Prediction:
        if death.status == -signal.SIGKILL:
            return loading_failed(MemoryError(str(death)), self.weights)
        return Prediction("unavailable", reason=f"fair-esm could not be loaded, {death}: {ADVICE}")

    def _load(self, device: str) -> Worker:
        return worker(self.interpreter, self.weights, device)

    def _fold(
        self, loaded: Worker, sequences: Sequence[str], chunk: int | None
    ) -> list[Prediction]:
        """Fold a batch; one in which the worker dies is tried again, then given up."""
        for _ in range(TRIES):
            try:
                answer = loaded.fold(
                    sequences=list(sequences), chunk=chunk, recycles=self.recycles, pdb=self.pdb
                )
            except ChildDiedError as died:
                # What the kernel does to a process when the machine is out of memory.
                if died.status == -signal.SIGKILL:
                    raise MemoryError(str(died)) from None
                answer = {"error": "death", "said": str(died)}
                continue
            break
        if answer.get("error") == "memory":
            raise MemoryError(answer["said"])
        if "error" in answer:
            reason = " ".join(f"fair-esm failed: {answer['said']}".split())[:300]
            return [Prediction("failed", reason=reason)] * len(sequences)
        return [read_answer(one, trained=loaded.trained) for one in answer["results"]]


class Worker:
    """The worker process with its model; a process that died is started anew when needed.

    Attributes
    ----------
    trained : bool
        Whether the parameters are others than those of a new model.
    """

    def __init__(self, interpreter: str, weights: str, device: str) -> None:
        self.child = ChildProcess(interpreter, Path(fold_fair_esm.__file__))
        self.options = {"weights": weights, "device": device}
        self.trained = False
        self.deaths = 0
        atexit.register(self.child.close)

    def load(self) -> dict[str, Any]:
        """Load the model, once in the life of a process; return the answer, an error perhaps."""
        if self.child.running:
            return {"trained": self.trained}
        answer = self.child.ask(do="load", **self.options)
        if "error" in answer:
            self.child.close()  # the next attempt starts afresh
        self.trained = answer.get("trained", False)
        return answer

    def fold(self, **request: Any) -> dict[str, Any]:
        """Fold; loads the model if the process is new. After many deaths in a row it only says so.

        Raises
        ------
        ChildDiedError
            If the process ends instead of answering.
        """
        if self.deaths >= MOST_DEATHS:
            said = f"its process ended {self.deaths} times in a row, so no more was tried"
            return {"error": "death", "said": said}
        try:
            answer = self.load()
            if "error" not in answer:
                answer = self.child.ask(do="fold", **request)
        except ChildDiedError as died:
            # A process killed for want of memory may do with smaller batches.
            self.deaths += died.status != -signal.SIGKILL
            raise
        self.deaths = 0
        return answer


@functools.lru_cache(maxsize=1)  # eight gigabytes: one at a time
def worker(interpreter: str, weights: str, device: str) -> Worker:
    """Return the worker of this process for some weights; it is started when first asked."""
    return Worker(interpreter, weights, device)


@functools.cache
def versions(interpreter: str) -> dict[str, str]:
    """Return the versions of Python and packages in an environment; empty if it is not there."""
    try:
        done = subprocess.run(
            [interpreter, "-c", PROBE], capture_output=True, text=True, timeout=PROBE_SECONDS
        )
        return json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}


@functools.cache
def finds_gpu(interpreter: str) -> bool:
    """Return whether torch of an environment finds a GPU; it does not where there is no torch."""
    asked = "import torch; print(torch.cuda.is_available())"
    try:
        done = subprocess.run(
            [interpreter, "-c", asked], capture_output=True, text=True, timeout=PROBE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == "True"


def read_answer(found: dict[str, Any], *, trained: bool) -> Prediction:
    """Return the prediction that an answer of the worker stands for."""
    scores = np.array(found["plddt"], dtype=np.float32)
    coordinates = np.array(found["coordinates"], dtype=np.float32)
    details = {"ptm": found["ptm"], "plddt_atoms": found["plddt_atoms"]}
    judged = to_prediction(scores, coordinates, details, trained=trained)
    return judged if judged.status == "failed" else dataclasses.replace(judged, pdb=found["pdb"])
