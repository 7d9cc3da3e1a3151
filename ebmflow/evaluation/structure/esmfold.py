"""ESMFold (Lin et al. 2023) through transformers: pLDDT, pTM and coordinates from a sequence."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field

from ebmflow.devices import choose_device
from ebmflow.evaluation.structure.base import Prediction
from ebmflow.evaluation.structure.folding import FoldingModel, to_prediction
from ebmflow.evaluation.structure.weights import identity, loading_failed, version
from ebmflow.evaluation.structure.workers.fold_fair_esm import ALPHA, never_trained
from ebmflow.registry import register

if TYPE_CHECKING:
    import torch
    from transformers import EsmForProteinFolding

ATOM_KEYS = ("aatype", "atom37_atom_exists", "residx_atom37_to_atom14", "residue_index")


@register("predictor", "esmfold")
class ESMFold(FoldingModel):
    """ESMFold through transformers; the score is the mean pLDDT over C-alpha atoms, 0 to 100.

    Details: ``ptm``, predicted TM-score, 0 to 1; ``plddt_atoms``, mean pLDDT over all atoms (what
    fair-esm calls mean_plddt).
    """

    weights: str = Field(
        "facebook/esmfold_v1",
        description="Folder with a saved model (config.json and weights), or a name on the Hugging "
        "Face hub.",
    )
    revision: str | None = Field(None, description="Commit or tag on the hub; null: the newest.")

    def _weights_identity(self) -> str:
        return identity(self.weights, self.revision)

    def _packages(self) -> dict[str, str]:
        return {"transformers": version("transformers")}

    @property
    def files(self) -> list[Path]:
        return [Path(self.weights) / "config.json"]

    def unavailable(self, device: str) -> Prediction | None:
        where = str(choose_device(device))  # its error says nothing about weights
        try:
            load_esmfold(self.weights, self.revision, where)
        except Exception as error:
            return loading_failed(error, self.weights)
        return None

    def _load(self, device: str) -> LoadedFold:
        return load_esmfold(self.weights, self.revision, str(choose_device(device)))

    def _fold(
        self, loaded: LoadedFold, sequences: Sequence[str], chunk: int | None
    ) -> list[Prediction]:
        """Fold a padded batch."""
        import torch

        model = loaded.model
        model.trunk.set_chunk_size(chunk)
        residues, mask = encode(sequences, model.device)
        places = torch.arange(residues.shape[1], device=model.device).expand(len(sequences), -1)
        with torch.no_grad():
            output = model(residues, mask, position_ids=places, num_recycles=self.recycles)
        return [
            read_output(output, row, len(sequence), loaded, with_pdb=self.pdb)
            for row, sequence in enumerate(sequences)
        ]


class LoadedFold(NamedTuple):
    """A model in memory.

    Attributes
    ----------
    model : EsmForProteinFolding
    trained : bool
    """

    model: EsmForProteinFolding
    trained: bool


@functools.lru_cache(maxsize=1)  # eight gigabytes: one at a time
def load_esmfold(weights: str, revision: str | None, device: str) -> LoadedFold:
    """Load a model once per process.

    Raises
    ------
    Exception
        Of many kinds: if there are no weights, they are damaged, or of another kind of model.
    """
    import torch

    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from transformers import EsmForProteinFolding

    if Path(weights).is_dir() and not (Path(weights) / "config.json").is_file():
        raise OSError("the folder has no config.json")
    model, report = EsmForProteinFolding.from_pretrained(
        weights, revision=revision or "main", dtype=torch.float32, output_loading_info=True
    )
    # Half precision of the language model as its authors use it; processors are slow at it.
    model.esm.half() if device.startswith("cuda") else model.esm.float()
    model = model.to(device).eval()
    torch.backends.cuda.matmul.allow_tf32 = True
    return LoadedFold(model, not report["missing_keys"] and not never_trained(model))


def encode(sequences: Sequence[str], device: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return residue numbers and mask, both int64 of shape (B, longest); 0 where padded."""
    import torch
    from transformers.models.esm.openfold_utils import residue_constants

    numbers = residue_constants.restype_order_with_x
    longest = max(map(len, sequences))
    residues = torch.zeros(len(sequences), longest, dtype=torch.int64)
    mask = torch.zeros_like(residues)
    for row, sequence in enumerate(sequences):
        residues[row, : len(sequence)] = torch.tensor([numbers[letter] for letter in sequence])
        mask[row, : len(sequence)] = 1
    return residues.to(device), mask.to(device)


def read_output(
    output: Any, row: int, length: int, loaded: LoadedFold, *, with_pdb: bool
) -> Prediction:
    """Return the prediction of one sequence of a batch.

    pLDDT is multiplied by 100, as in PDB files of AlphaFold and in fair-esm. pTM is computed from
    the logits of this sequence alone: the model's own is one number for the whole batch.
    """
    from transformers.models.esm.openfold_utils.loss import compute_tm

    logits = output.ptm_logits[row : row + 1, :length, :length]
    ptm = float(compute_tm(logits, max_bin=31, no_bins=logits.shape[-1]))
    scores = 100 * output.plddt[row, :length].float().cpu().numpy()
    exists = output.atom37_atom_exists[row, :length].cpu().numpy() > 0
    coordinates = output.positions[-1, row, :length, ALPHA].float().cpu().numpy()
    details = {"ptm": ptm, "plddt_atoms": float(scores[exists].mean())}
    found = to_prediction(scores[:, ALPHA], coordinates, details, trained=loaded.trained)
    if not with_pdb or found.status == "failed":
        return found
    return dataclasses.replace(found, pdb=_pdb(output, row, length, loaded))


def _pdb(output: Any, row: int, length: int, loaded: LoadedFold) -> str:
    """Return a PDB file with pLDDT, 0 to 100, as B-factors."""
    one = {name: output[name][row : row + 1, :length] for name in ATOM_KEYS}
    one["positions"] = output.positions[:, row : row + 1, :length].float()
    one["plddt"] = 100 * output.plddt[row : row + 1, :length].float()
    return loaded.model.output_to_pdb(one)[0]
