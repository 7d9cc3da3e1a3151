"""ESM-2 (Lin et al. 2023) through fair-esm: how plausible a sequence is, and where it lies.

Pseudo-log-likelihood (Salazar et al. 2020): the mean over residues of ln p(residue | all others),
each residue masked in turn, L passes of the model. The one-pass score takes ln p of each residue
from a single pass that sees the residue itself: about L times cheaper, higher, and good for ranking
only; it has another name wherever it appears.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field

from ebmflow.devices import choose_device
from ebmflow.evaluation.structure.base import Prediction, Predictor, Request
from ebmflow.evaluation.structure.batching import by_length, within_memory
from ebmflow.evaluation.structure.weights import files_digest, loading_failed, version
from ebmflow.evaluation.structure.workers.fold_fair_esm import never_trained
from ebmflow.registry import register

if TYPE_CHECKING:
    import torch
    from esm import ESM2 as Network
    from esm import Alphabet

ENDS = 2  # tokens before and after a sequence
UNKNOWN = "X"


@register("language_model", "esm2")
class ESM2(Predictor):
    """ESM-2 through fair-esm; scores are nats per residue, X not counted, 0 at most.

    Also an embedding of each sequence: the mean over residues of the last layer.
    """

    letters = "ACDEFGHIKLMNPQRSTVWYX"

    weights: str = Field(
        "esm2_t12_35M_UR50D",
        description="Name of a published ESM-2 model, which torch's hub downloads and unpickles "
        "(code in such a file would run), or a file NAME.pt whose name begins with esm2, with "
        "NAME-contact-regression.pt beside it, of which only tensors and options are read.",
    )
    exact: bool = Field(
        False,
        description="Score by the exact pseudo-log-likelihood, a pass for every residue, besides "
        "the one-pass score.",
    )
    max_length: int = Field(1022, ge=1, description="Longer sequences get status `too_long`.")
    tokens: int = Field(4096, ge=1, description="Residues in a batch, padding included.")

    @property
    def score_name(self) -> str:
        """The exact score and its surrogate never share a name."""
        return "pseudo_log_likelihood" if self.exact else "one_pass_log_likelihood"

    def fingerprint(self) -> str:
        path = Path(self.weights)
        # A published name stands for the same parameters for ever.
        which = f"file {files_digest([path])}" if path.is_file() else self.weights
        passes = "exact" if self.exact else "one pass"
        return f"ESM-2 {which}, {passes}, fair-esm {version('fair-esm')}"

    @property
    def files(self) -> list[Path]:
        return [Path(self.weights)]

    def unavailable(self, device: str) -> Prediction | None:
        where = str(choose_device(device))  # its error says nothing about weights
        try:
            load_esm2(self.weights, where)
        except Exception as error:
            return loading_failed(error, self.weights)
        return None

    def batches(self, requests: Sequence[Request]) -> list[list[int]]:
        return by_length([len(request.sequence) + ENDS for request in requests], self.tokens)

    def predict(
        self, requests: Sequence[Request], *, device: str = "cpu", threads: int = 1
    ) -> list[Prediction]:
        loaded = load_esm2(self.weights, str(choose_device(device)))
        short = [one.sequence for one in requests if len(one.sequence) <= self.max_length]
        judge = functools.partial(self._judge, loaded)
        judged = iter(within_memory(judge, short, None, _gives_up) if short else [])
        return [
            next(judged) if len(one.sequence) <= self.max_length else Prediction("too_long")
            for one in requests
        ]

    def _judge(
        self, loaded: LoadedESM2, sequences: Sequence[str], rows: int | None
    ) -> list[Prediction]:
        """Judge a padded batch; `rows` limits how many masked copies are computed at once."""
        found = []
        for sequence, (one_pass, embedding) in zip(
            sequences, single_pass(loaded, sequences), strict=True
        ):
            scores, details = one_pass, {}
            if self.exact:
                most = rows or max(1, self.tokens // (len(sequence) + ENDS))
                scores = masked_scores(loaded, sequence, most)
                details = {"one_pass_log_likelihood": mean_known(one_pass, sequence)}
            status = "ok" if loaded.trained else "untrained"
            value = mean_known(scores, sequence)
            if value != value:
                found.append(Prediction("failed", reason="no finite score"))
                continue
            found.append(
                Prediction(
                    status, value, scores.cpu().numpy(), details, embedding=embedding.cpu().numpy()
                )
            )
        return found


class LoadedESM2(NamedTuple):
    """A model in memory, with its tokens."""

    model: Network
    alphabet: Alphabet
    trained: bool

    def encode(self, sequences: Sequence[str]) -> torch.Tensor:
        """Return tokens with start, end and padding, int64 of shape (B, longest + 2)."""
        _, _, tokens = self.alphabet.get_batch_converter()([("", one) for one in sequences])
        return tokens.to(next(self.model.parameters()).device)

    def log_probabilities(self, tokens: torch.Tensor, **options: Any) -> tuple[torch.Tensor, Any]:
        """Return ln p of every token at every place, (B, T, 33), and all that the model gave."""
        import torch

        with torch.no_grad():
            output = self.model(tokens, return_contacts=False, **options)
        return output["logits"].float().log_softmax(dim=-1), output


@functools.lru_cache(maxsize=1)
def load_esm2(weights: str, device: str) -> LoadedESM2:
    """Load a model once per process.

    Raises
    ------
    Exception
        Of many kinds: if there is no such file or name, no network, or another kind of content.
    """
    import torch
    from esm import ESM2 as Network
    from esm import pretrained

    # Files of ESM-2 hold a namespace of options, which torch loads only by permission.
    with torch.serialization.safe_globals([argparse.Namespace]):
        model, alphabet = pretrained.load_model_and_alphabet(weights)
    if not isinstance(model, Network):
        raise ValueError(f"holds a model of class {type(model).__name__}, not ESM2")
    model = model.to(device).eval()
    return LoadedESM2(model, alphabet, not never_trained(model))


def single_pass(
    loaded: LoadedESM2, sequences: Sequence[str]
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield, for each sequence, ln p of its residues, shape (L,), and its embedding."""
    tokens = loaded.encode(sequences)
    last = loaded.model.num_layers
    scores, output = loaded.log_probabilities(tokens, repr_layers=[last])
    chosen = scores.gather(2, tokens[..., None])[..., 0]
    for row, sequence in enumerate(sequences):
        inside = slice(1, len(sequence) + 1)
        yield chosen[row, inside], output["representations"][last][row, inside].float().mean(dim=0)


def masked_scores(loaded: LoadedESM2, sequence: str, rows: int) -> torch.Tensor:
    """Return ln p(residue | the others), shape (L,); `rows` masked copies at a time."""
    import torch

    tokens = loaded.encode([sequence])
    parts = []
    for first in range(0, len(sequence), rows):
        places = torch.arange(first + 1, min(first + rows, len(sequence)) + 1, device=tokens.device)
        copies = tokens.repeat(len(places), 1)
        here = torch.arange(len(places), device=tokens.device)
        copies[here, places] = loaded.alphabet.mask_idx
        scores, _ = loaded.log_probabilities(copies)
        parts.append(scores[here, places, tokens[0, places]])
    return torch.cat(parts)


def mean_known(scores: torch.Tensor, sequence: str) -> float:
    """Return the mean over residues other than X."""
    known = [place for place, letter in enumerate(sequence) if letter != UNKNOWN]
    return float(scores[known].mean())


def _gives_up(sequence: str) -> Prediction:
    return Prediction("oom", reason=f"{len(sequence)} residues")
