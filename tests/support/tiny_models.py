"""Small randomly initialised models in the formats of real ones, for tests of loading code."""

from __future__ import annotations

from pathlib import Path

import torch

FOLD = {
    "fp16_esm": False,
    "lddt_head_hid_dim": 16,
    "trunk": {
        "num_blocks": 2, "sequence_state_dim": 32, "pairwise_state_dim": 16,
        "sequence_head_width": 8, "pairwise_head_width": 8, "position_bins": 8,
        "max_recycles": 1, "chunk_size": None,
        "structure_module": {
            "sequence_dim": 32, "pairwise_dim": 16, "ipa_dim": 4, "resnet_dim": 16,
            "num_heads_ipa": 2, "num_qk_points": 2, "num_v_points": 2, "num_blocks": 2,
            "num_transition_layers": 1, "num_resnet_blocks": 1, "num_angles": 7,
        },
    },
}  # fmt: skip
ESM = {
    "vocab_size": 33, "mask_token_id": 32, "pad_token_id": 1, "hidden_size": 32,
    "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
    "max_position_embeddings": 1026, "position_embedding_type": "rotary", "token_dropout": True,
    "emb_layer_norm_before": False, "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0, "is_folding_model": True,
}  # fmt: skip


def save_esmfold(folder: Path, *, seed: int = 0, as_if_trained: bool = False) -> Path:
    """Save an ESMFold of 0.1 million parameters as `save_pretrained` does; return its folder.

    Parameters
    ----------
    as_if_trained : bool
        Move the parameters away from their initial values. The model still knows nothing, but it
        cannot be told from a trained one by looking at it.
    """
    from transformers import EsmConfig, EsmForProteinFolding

    torch.manual_seed(seed)
    model = EsmForProteinFolding(EsmConfig(**ESM, esmfold_config=FOLD))
    if as_if_trained:
        shake(model, seed)
    model.save_pretrained(folder)
    return folder


def shake(model: torch.nn.Module, seed: int) -> None:
    """Add noise to all parameters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter += 0.3 * noise.to(parameter.dtype)


def save_esm2(folder: Path, *, seed: int = 0, as_if_trained: bool = False) -> Path:
    """Save an ESM-2 of 0.03 million parameters as its authors publish theirs; return its file."""
    from argparse import Namespace

    from esm import ESM2, Alphabet

    layers, width, heads = 2, 32, 4
    torch.manual_seed(seed)
    model = ESM2(layers, width, heads, Alphabet.from_architecture("ESM-1b"))
    if as_if_trained:
        shake(model, seed)
    state = {
        f"encoder.{'' if name.startswith('lm_head') else 'sentence_encoder.'}{name}": value
        for name, value in model.state_dict().items()
        if not name.startswith("contact_head")
    }
    options = Namespace(
        encoder_layers=layers, encoder_embed_dim=width, encoder_attention_heads=heads,
        token_dropout=True,
    )  # fmt: skip
    path = folder / "esm2_tiny.pt"
    torch.save({"cfg": {"model": options}, "model": state}, path)
    regression = {"weight": torch.zeros(1, layers * heads), "bias": torch.zeros(1)}
    contacts = {f"contact_head.regression.{name}": value for name, value in regression.items()}
    torch.save({"model": contacts}, folder / "esm2_tiny-contact-regression.pt")
    return path
