"""The embedding that ships inside its wheel: WordLlama, 256 dimensions, no download.

A static embedding: the mean of its tokens' vectors, so a passage costs a table look-up. It is the
default because it needs no service and no model file; it is weak on paraphrase, which is why words
are searched beside it.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import wordllama
from wordllama import WordLlama
from wordllama.inference import WordLlamaInference

from assistant.domain.filings import Vector

_DIMENSIONS = 256
_BATCH = 32  # texts; bounds the token matrix to about 20 MiB for passages of 2,000 characters


@dataclass(frozen=True)
class EmbeddedEmbedder:
    """Embeds on this machine, in this process."""

    model: WordLlamaInference

    @classmethod
    def load(cls) -> "EmbeddedEmbedder":
        """Read the weights from the wheel; about 0.3 s and 60 MiB, nothing is fetched."""
        folder = Path(wordllama.__file__).parent
        return cls(WordLlama.load(dim=_DIMENSIONS, cache_dir=folder, disable_download=True))

    @property
    def dimensions(self) -> int:
        """The length of every vector: 256."""
        return _DIMENSIONS

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return one vector a text, in order; a text without a known token gets zeros."""
        if not texts:
            return []
        matrix = self.model.embed(list(texts), norm=False, batch_size=_BATCH)
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        matrix = np.nan_to_num(matrix / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
        return [array("f", row.tobytes()) for row in matrix]
