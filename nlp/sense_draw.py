"""Draws the classifier's small table of word vectors from the finder's; run by hand when the corpus has grown much.

    python -m nlp.sense_draw && make train
"""

from collections.abc import Sequence

import numpy as np

from nlp import messages_corpus
from nlp.finder_meaning import Meaning
from nlp.sense import FOLDER, Sense
from nlp.text import normalise

SIZE = 64


def draw(meaning: Meaning, texts: Sequence[str], *, size: int = SIZE) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Terms, eight-bit rows and scales of `meaning` in the `size` directions in which `texts` differ most."""
    wide = Sense(list(meaning.ids), meaning.rows, meaning.scale)
    places = np.stack([wide.of(normalise(text)) for text in texts])
    _, _, directions = np.linalg.svd(places - places.mean(axis=0), full_matrices=False)
    vectors = (meaning.rows * meaning.scale[:, None]) @ directions[:size].T
    scale = np.maximum(np.abs(vectors).max(axis=1), 1e-9) / 127
    return list(meaning.ids), np.round(vectors / scale[:, None]).astype(np.int8), scale.astype(np.float16)


def main() -> None:
    terms, rows, scale = draw(Meaning.load(), [m.text for m in messages_corpus.read()])
    np.savez_compressed(FOLDER / "sense.npz", rows=rows, scale=scale)
    (FOLDER / "sense.txt").write_text("\n".join(terms), encoding="utf-8")


if __name__ == "__main__":
    main()
