"""Saves a tiny ESMFold of fair-esm's own classes, and what it predicts; run by Python 3.9.

    python tiny_fair_esmfold.py FOLDER

FOLDER becomes a TORCH_HOME in which torch finds the published names, so that nothing is patched.
"""

import json
import sys
from argparse import Namespace
from pathlib import Path

import esm
import torch
from omegaconf import OmegaConf

SEQUENCES = ["ACDEFGHIKLMN", "WYA", "KKKKKRRRRRDDDDDEEEEEA"]
LAYERS, WIDTH, HEADS = 2, 32, 4
TRUNK = {
    "_name": "FoldingTrunkConfig", "num_blocks": 2, "sequence_state_dim": 32,
    "pairwise_state_dim": 16, "sequence_head_width": 8, "pairwise_head_width": 8,
    "position_bins": 8, "dropout": 0, "layer_drop": 0, "cpu_grad_checkpoint": False,
    "max_recycles": 1, "chunk_size": None,
    "structure_module": {
        "c_s": 32, "c_z": 16, "c_ipa": 4, "c_resnet": 16, "no_heads_ipa": 2, "no_qk_points": 2,
        "no_v_points": 2, "dropout_rate": 0.0, "no_blocks": 2, "no_transition_layers": 1,
        "no_resnet_blocks": 1, "no_angles": 7, "trans_scale_factor": 10, "epsilon": 1e-8,
        "inf": 1e5,
    },
}  # fmt: skip


def shake(model, seed):
    """Move parameters away from their initial values."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter += (0.1 * noise).to(parameter.dtype)


def save_language_model(folder):
    """Save an ESM-2 under the name of the one that ESMFold loads."""
    torch.manual_seed(0)
    model = esm.ESM2(LAYERS, WIDTH, HEADS, esm.Alphabet.from_architecture("ESM-1b"))
    shake(model, 1)
    state = {
        "encoder." + ("" if name.startswith("lm_head") else "sentence_encoder.") + name: value
        for name, value in model.state_dict().items()
        if not name.startswith("contact_head")
    }
    options = Namespace(
        encoder_layers=LAYERS, encoder_embed_dim=WIDTH, encoder_attention_heads=HEADS,
        token_dropout=True,
    )  # fmt: skip
    name = "esm2_t36_3B_UR50D"
    torch.save({"cfg": {"model": options}, "model": state}, folder / (name + ".pt"))
    contacts = {
        "contact_head.regression.weight": torch.zeros(1, LAYERS * HEADS),
        "contact_head.regression.bias": torch.zeros(1),
    }
    torch.save({"model": contacts}, folder / (name + "-contact-regression.pt"))


def main(home):
    """Save both models and the predictions."""
    folder = home / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    save_language_model(folder)
    from esm.esmfold.v1.esmfold import ESMFold

    settings = OmegaConf.create({"lddt_head_hid_dim": 16, "trunk": TRUNK})
    model = ESMFold(settings).eval()
    shake(model, 2)
    state = {
        name: value for name, value in model.state_dict().items() if not name.startswith("esm.")
    }
    torch.save({"cfg": {"model": settings}, "model": state}, folder / "esmfold_3B_v1.pt")
    fresh = esm.pretrained.esmfold_v1().eval()
    fresh.esm.float()
    expected = {"sequences": SEQUENCES, "plddt": [], "ptm": []}
    for sequence in SEQUENCES:  # one at a time
        output = fresh.infer([sequence])
        expected["plddt"].append(output["plddt"][0, :, 1].tolist())
        expected["ptm"].append(float(output["ptm"][0]))
    (home / "expected.json").write_text(json.dumps(expected))


main(Path(sys.argv[1]))
