"""A double of `esm.esmfold.v1.pretrained`: loads and folds as the real one, on made-up numbers.

Names of weights and sequences say what shall go wrong; see `load` and `FakeFold.infer`.
"""

from __future__ import annotations

import os
import signal

import torch

ATOMS, ATOMS14 = 37, 14
print("fair-esm prints to standard output")


def _load_model(weights):
    if weights == "absent":
        raise RuntimeError("HTTP Error 404: no such model")
    if weights == "too_large":
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 12.00 GiB")
    if weights == "deadly":
        os.kill(os.getpid(), signal.SIGSEGV)
    return FakeFold(trained=weights != "untrained")


class FakeFold(torch.nn.Module):
    """Numbers that depend on the sequence; memory for FAKE_MEMORY rows times columns."""

    def __init__(self, trained):
        super().__init__()
        self.esm = torch.nn.Linear(2, 2).half()
        self.norm = torch.nn.LayerNorm(2)
        self.norm.weight.data += float(trained)
        self.chunk = None

    def set_chunk_size(self, chunk):
        self.chunk = chunk

    def infer(self, sequences, num_recycles=None):
        print("so does folding")
        assert self.esm.weight.dtype == torch.float32  # processors are slow at half precision
        longest = max(map(len, sequences))
        wanted = len(sequences) * min(longest, self.chunk or longest)
        never = any(sequence.startswith("TTT") for sequence in sequences)
        if never or wanted > int(os.environ.get("FAKE_MEMORY", "100000")):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        for sequence in sequences:
            if sequence.startswith("WWW"):
                os._exit(3)
            if sequence.startswith("HHH"):
                os.kill(os.getpid(), signal.SIGKILL)
            if sequence.startswith("MMM"):
                raise ValueError("sequence refused")
        # Padding is full of numbers that must not be looked at.
        output = {
            "plddt": torch.full((len(sequences), longest, ATOMS), 1000.0),
            "atom37_atom_exists": torch.ones(len(sequences), longest, ATOMS),
            "ptm": torch.tensor([1 / (1 + len(one)) for one in sequences]),
            "positions": torch.full((8, len(sequences), longest, ATOMS14, 3), 1000.0),
            "aatype": torch.zeros(len(sequences), longest, dtype=torch.int64),
        }
        for row, sequence in enumerate(sequences):
            letters = torch.tensor([float(ord(letter)) for letter in sequence])
            inside = (row, slice(len(sequence)))
            output["plddt"][inside] = letters[:, None] - 1.0
            output["plddt"][inside][:, 1] = letters + float(num_recycles or 0)
            output["atom37_atom_exists"][inside][:, 5:] = 0
            output["positions"][(-1, *inside)] = letters[:, None, None].repeat(1, ATOMS14, 3)
            if sequence.startswith("YYY"):
                output["positions"][(-1, *inside)] = torch.nan
        return output

    def output_to_pdb(self, output):
        count = output["aatype"].shape[1]
        return [f"REMARK chunk {self.chunk}\nREMARK {count} residues\nEND\n"]
