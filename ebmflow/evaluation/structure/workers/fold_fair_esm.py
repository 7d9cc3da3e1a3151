"""Folds with fair-esm's ESMFold in an interpreter that can import it, for `esmfold_fair_esm.py`.

A JSON object a line comes in, one goes out. Python 3.9 runs this: nothing newer, no ebmflow. It
lies in a folder of its own, as the folder of a program comes first where Python looks for modules.

    {"do": "load", "weights": NAME or FILE.pt, "device": "auto"}        -> {"trained": true}
    {"do": "fold", "sequences": [...], "chunk": 128 or null, "recycles": null, "pdb": false}
                                                                        -> {"results": [...]}

What goes wrong is answered too:
    {"error": "import" | "device" | "memory" | "other", "said": "..."}
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys

ALPHA = 1  # place of the C-alpha atom among the atoms of a residue, in both atom orders
PDB_KEYS = (
    "aatype", "atom37_atom_exists", "residx_atom37_to_atom14", "residue_index", "plddt",
    "chain_index",
)  # fmt: skip
# What published files hold besides tensors: a configuration. Nothing else is unpickled.
CONFIGURATION = {
    "omegaconf.dictconfig": ("DictConfig",),
    "omegaconf.listconfig": ("ListConfig",),
    "omegaconf.base": ("ContainerMetadata", "Metadata"),
    "omegaconf.nodes": ("AnyNode", "BooleanNode", "FloatNode", "IntegerNode", "StringNode"),
    "esm.esmfold.v1.esmfold": ("ESMFoldConfig",),
    "esm.esmfold.v1.trunk": ("FoldingTrunkConfig", "StructureModuleConfig"),
    "argparse": ("Namespace",),
    "collections": ("defaultdict",),
    "typing": ("Any", "Optional", "Union"),
    "builtins": ("dict", "list", "int", "float", "str", "bool"),
}


def main():
    """Answer requests until there are none."""
    # Libraries write to standard output; the answers have it to themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    folder = Folder()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(folder, request.pop("do"))(**request)
        except Exception as error:
            answer = {"error": kind_of(error), "said": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


class Folder:
    """The model, once it is loaded."""

    def __init__(self):
        self.model = None

    def load(self, weights, device):
        """Load a model; returns whether it was ever trained."""
        try:
            import torch

            # Named in full: fair-esm's short names for it download the one published model only.
            pretrained = importlib.import_module("esm.esmfold.v1.pretrained")
        except Exception as error:  # on Python 3.11 a ValueError, where openfold is missing another
            raise ImportError(f"{type(error).__name__}: {error}") from error
        present = torch.cuda.is_available()
        if device == "auto":
            device = "cuda" if present else "cpu"
        if device == "cuda" and not present:
            return {"error": "device", "said": "no CUDA device"}
        with trusted_configuration(torch):
            model = pretrained._load_model(weights)
        # Half precision of the language model as its authors use it; processors are slow at it.
        model.esm.half() if device.startswith("cuda") else model.esm.float()
        torch.backends.cuda.matmul.allow_tf32 = True
        self.model = model.eval().to(device)
        return {"trained": not never_trained(model)}

    def fold(self, sequences, chunk, recycles, pdb):
        """Fold a padded batch; returns numbers per sequence."""
        import torch

        failed = None
        try:
            self.model.set_chunk_size(chunk)
            with torch.no_grad():
                output = self.model.infer(sequences, num_recycles=recycles)
            return {
                "results": [
                    self.read(output, row, len(sequence), pdb)
                    for row, sequence in enumerate(sequences)
                ]
            }
        except (RuntimeError, MemoryError) as error:
            failed = f"{type(error).__name__}: {error}"
            shortage = kind_of(error)
        # Outside the handler, where the traceback no longer holds the tensors of the attempt.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return {"error": shortage, "said": failed}

    def read(self, output, row, length, pdb):
        """Return what the batch says about one sequence, without its padding."""
        scores = output["plddt"][row, :length].float().cpu()
        exists = output["atom37_atom_exists"][row, :length].cpu() > 0
        return {
            "plddt": scores[:, ALPHA].tolist(),
            "plddt_atoms": float(scores[exists].mean()),
            "ptm": float(output["ptm"][row]),
            "coordinates": output["positions"][-1, row, :length, ALPHA].float().cpu().tolist(),
            "pdb": self.to_pdb(output, row, length) if pdb else None,
        }

    def to_pdb(self, output, row, length):
        """Return a PDB file; a batch as it is would end in residues that are padding."""
        one = {name: output[name][row : row + 1, :length] for name in PDB_KEYS if name in output}
        one["positions"] = output["positions"][:, row : row + 1, :length].float()
        return self.model.output_to_pdb(one)[0]


def trusted_configuration(torch):
    """Let torch read the configuration in files of weights, where it must be allowed to."""
    if not hasattr(torch.serialization, "safe_globals"):
        return contextlib.nullcontext()
    found = []
    for module, names in CONFIGURATION.items():
        with contextlib.suppress(ImportError):
            loaded = importlib.import_module(module)
            found.extend(
                (getattr(loaded, name), f"{module}.{name}")
                for name in names
                if hasattr(loaded, name)
            )
    return torch.serialization.safe_globals(found)


def never_trained(model):
    """Return whether a model has only the parameters it was initialised with.

    Every layer normalisation starts with all weights equal to one, and no training leaves them so.
    """
    scales = [
        module.weight
        for module in model.modules()
        if type(module).__name__.endswith("LayerNorm") and module.weight is not None
    ]
    return bool(scales) and all(bool((scale == 1).all()) for scale in scales)


# What libraries say when memory is short but the exception has no class of its own.
SHORTAGE = ("out of memory", "can't allocate memory", "alloc_failed")


def is_shortage(error):
    """Return whether an exception means that memory was short, on a GPU or not."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in text for sign in SHORTAGE)


def kind_of(error):
    """Return the kind of an error, as the answers name it."""
    if isinstance(error, ImportError):
        return "import"
    return "memory" if is_shortage(error) else "other"


if __name__ == "__main__":
    main()
