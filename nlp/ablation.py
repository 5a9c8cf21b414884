"""What each ingredient of the classifier is worth: it is left out, and the same strangers are read again.

    python -m nlp.ablation      some minutes; writes nlp/model/ablation.md, which the card quotes
"""

import sys
from collections.abc import Callable, Sequence

import numpy as np
from tqdm import tqdm

from nlp import heads as learn
from nlp import messages_corpus, train
from nlp.classifier import FOLDER
from nlp.messages_corpus import Message
from nlp.sense import Sense

COLUMNS = ("intent_f1", "category", "cause", "level_one_recall", "flags_recall", "flags_precision")


def without(kinds: str) -> Callable[[learn.Documents], learn.Documents]:
    """Documents that do not show the kinds of feature named by their signs; s is the sense."""
    def cut(docs: learn.Documents) -> learn.Documents:
        names = [[name for name in doc if name[0] not in kinds] for doc in docs.names]
        return learn.Documents(names, np.zeros_like(docs.sense) if "s" in kinds else docs.sense)
    return cut


TRIED = """\
Tried and taken out, since they changed nothing beyond the noise or made it worse: category and cause decoded together (it cost a
cause in forty on both development sets), word pairs, the last clause on its own, first and last words,
runs of four characters, pairs of ideas, the sound of characters (pinyin), training on damaged copies, support vectors and naive
Bayes beside or instead of the regression, a kernel or a small network for emergencies, the office's words in the segmenter, the
flags' rules as features (they only raise flags). The righting of homophones (`nlp/spelling.py`) changes nothing in clean text and
halves what they cost: `make robustness`."""
INGREDIENTS = {
    "everything": without(""), "without words": without("w"), "without characters": without("c"), "without ideas": without("i"),
    "without signs": without("r"), "without word vectors": without("s"), "words only": without("cirs"),
}


def held_out(messages: Sequence[Message], docs: learn.Documents, sense: Sense, calm: learn.Documents | None) -> dict[str, float]:
    """Scores on writers not seen, at confidences as they come."""
    place = train.parts(messages)
    truths, said = [], []
    for fold in range(train.FOLDS):
        seen, out = np.flatnonzero(place != fold), np.flatnonzero(place == fold)
        fitted = train.fit([messages[i] for i in seen], docs.only(seen), calm=calm)
        raw = learn.score(learn.matrix(docs.only(out), fitted.words), np.hstack(list(fitted.tables.values())))
        asked = train.reader(fitted, train.untrained(messages, sense))
        said += asked.judge([messages[i].text for i in out], raw)
        truths += [train.truth(messages[i]) for i in out]
    return train.scores(truths, said)


def main() -> int:
    sense = Sense.load()
    messages = messages_corpus.read()
    docs, calm = learn.documents([m.text for m in messages], sense), train.calm_questions(sense)
    if calm is None:
        raise RuntimeError("our whole corpus has calm questions beside it")
    rows = ["## What each ingredient is worth", "",
            f"Writers held out, corpus `{messages_corpus.fingerprint(messages)}` ({len(messages)} messages).", "",
            "| | " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " |", "|---|" + "---:|" * len(COLUMNS)]
    trials = {name: (cut(docs), cut(calm)) for name, cut in INGREDIENTS.items()} | {"without calm questions": (docs, None)}
    with tqdm(total=len(trials), desc="ablation", disable=None) as bar:
        for name, (shown, quiet) in trials.items():
            found = held_out(messages, shown, sense, quiet)
            rows.append(f"| {name} | " + " | ".join(f"{found[column]:.3f}" for column in COLUMNS) + " |")
            bar.update()
    rows += ["", TRIED, ""]
    (FOLDER / "ablation.md").write_text("\n".join(rows), encoding="utf-8")
    print("\n".join(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
