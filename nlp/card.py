"""The model's card: what it was trained on, what it can do with writers it has not seen, and how far to trust its confidence."""

from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from math import nan
from pathlib import Path
from time import perf_counter

import numpy as np

from nlp.classifier import FOLDER, Reader
from nlp.measure import measure, reliability
from nlp.messages_corpus import CATEGORIES, Message

SHARED = Path(__file__).parents[2] / "shared" / "eval"
SETS = ("dev_messages_real.jsonl", "dev_messages_authored.jsonl")
FIGURES = (
    ("intent_f1", "intent macro-F1"), ("intent_accuracy", "intent accuracy"), ("category", "category accuracy"),
    ("category_top3", "category top-3"), ("category_f1", "category macro-F1, first pair only"), ("cause", "cause accuracy"),
    ("cause_top3", "cause top-3"), ("cause_f1", "cause macro-F1, first pair only"), ("level_one_recall", "level I recall"),
    ("level_one_false", "level I false alarms"), ("flags_precision", "flags precision"), ("flags_recall", "flags recall"),
)


def write(folder: Path, judged, messages: Sequence[Message]) -> None:
    """`card.md` and `confusion.png` beside the model that is already in `folder`."""
    reader = Reader.load(folder)
    _picture(folder / "confusion.png", judged)
    sets = {"writers held out": judged.scores}
    sets |= {name.removesuffix(".jsonl"): measure(SHARED / name, reader.read) for name in SETS if (SHARED / name).is_file()}
    parts = [_head(reader, messages), _table(sets), _classes(judged), _reliability(judged), _cost(folder, reader, messages)]
    for kept in ("ablation.md", "figures.md"):  # measured by other commands; figures.md stands last, `make figures` renews it
        if (FOLDER / kept).is_file():
            parts.append((FOLDER / kept).read_text(encoding="utf-8"))
    (folder / "card.md").write_text("\n".join(parts), encoding="utf-8")


def _head(reader: Reader, messages: Sequence[Message]) -> str:
    writers = Counter(m.writer for m in messages)
    intents = Counter(m.intent for m in messages)
    return "\n".join((
        "# The classifier's card",
        "",
        f"Model {reader.about.version}, corpus fingerprint `{reader.about.corpus}`: {len(messages)} messages by "
        f"{len(writers)} writers ({', '.join(f'{name} {count}' for name, count in sorted(writers.items()))}); "
        f"{', '.join(f'{name} {count}' for name, count in intents.most_common())}.",
        "",
        "Linear heads over words, characters, the office's ideas (`knowledge/dictionary.txt`), turns of speech",
        "(`knowledge/signs.toml`) and word vectors.",
        "Written by `make train`. \"Writers held out\": no message of the writer was in training.",
        "",
    ))


def _table(sets: dict[str, dict[str, float]]) -> str:
    rows = ["## Scores", "", "| figure | " + " | ".join(sets) + " |", "|---|" + "---:|" * len(sets)]
    rows.append("| messages | " + " | ".join(f"{found['n']:.0f}" for found in sets.values()) + " |")
    for key, name in FIGURES:
        shown = [f"{found[key]:.3f}" if found.get(key, nan) == found.get(key, nan) else "–" for found in sets.values()]
        rows.append(f"| {name} | " + " | ".join(shown) + " |")
    return "\n".join((*rows, ""))


def _by_class(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, float, float, int]]:
    rows = []
    for label in sorted({true for true, _ in pairs}):
        hit = sum(true == said == label for true, said in pairs)
        said_ = sum(said == label for _, said in pairs)
        true_ = sum(true == label for true, _ in pairs)
        rows.append((label, hit / said_ if said_ else 0.0, hit / true_, true_))
    return rows


def _classes(judged) -> str:
    both = list(zip(judged.truths, judged.readings, strict=True))
    complaints = [(t, r) for t, r in both if t.intent == "complaint"]
    flags = sorted({flag for t in judged.truths for flag in t.flags})
    text = ["## By class, writers held out", ""]
    for title, pairs in (
        ("Intent", [(t.intent, r.intent) for t, r in both]),
        ("Category", [(t.category, r.category) for t, r in complaints]),
        ("Cause", [(t.cause, r.cause) for t, r in complaints]),
    ):
        text += [f"| {title} | precision | recall | n |", "|---|---:|---:|---:|"]
        text += [f"| {label} | {p:.2f} | {r:.2f} | {n} |" for label, p, r, n in _by_class(pairs)] + [""]
    text += ["| Flag | precision | recall | n |", "|---|---:|---:|---:|"]
    for flag in flags:
        hit = sum(flag in t.flags and flag in r.flags for t, r in both)
        said, true = sum(flag in r.flags for _, r in both), sum(flag in t.flags for t, _ in both)
        text.append(f"| {flag} | {hit / max(1, said):.2f} | {hit / true:.2f} | {true} |")
    return "\n".join((*text, "", "![confusion](confusion.png)", ""))


def _reliability(judged) -> str:
    both = list(zip(judged.truths, judged.readings, strict=True))
    complaints = [(t, r) for t, r in both if t.intent == "complaint"]
    text = ["## Confidence", "", "Of what was said with so much confidence, so much was right (writers held out).", "",
            "| head | confidence | mean said | right | n |", "|---|---|---:|---:|---:|"]
    for head, rows in (
        ("intent", [(r.intent_confidence, r.intent == t.intent) for t, r in both]),
        ("category", [(r.category_confidence, r.category in {t.category, *(a for a, _ in t.also)}) for t, r in complaints]),
        ("cause", [(r.cause_confidence, r.cause in {t.cause, *(b for _, b in t.also)}) for t, r in complaints]),
    ):
        sure, right = np.array([s for s, _ in rows]), np.array([ok for _, ok in rows])
        for low, mean, share, count in reliability(sure, right):
            text.append(f"| {head} | {low:.1f}–{low + 0.2:.1f} | {mean:.2f} | {share:.2f} | {count} |")
    bar = judged.about.abstain_below
    text += ["", f"Below a category confidence of {bar:.2f} fewer than half were right: there a person decides.", ""]
    return "\n".join(text)


def _cost(folder: Path, reader: Reader, messages: Sequence[Message]) -> str:
    texts = [m.text for m in messages[:: max(1, len(messages) // 400)]]
    spent = []
    for text in texts:
        start = perf_counter()
        reader.read([text])
        spent.append(perf_counter() - start)
    size = sum(path.stat().st_size for path in folder.iterdir() if path.suffix in (".npz", ".txt", ".json"))
    return "\n".join((
        "## Cost", "",
        f"{size / 1e6:.1f} MB on disk. One message through all heads took {np.median(spent) * 1e3:.2f} ms "
        f"(median of {len(texts)}, on the machine that trained; `make bench` measures it beside jieba).", "",
    ))


def _picture(path: Path, judged) -> None:
    """Needs matplotlib, a development dependency; without it the card goes without the picture."""
    if not find_spec("matplotlib"):
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    table = np.zeros((len(CATEGORIES), len(CATEGORIES)))
    for t, r in zip(judged.truths, judged.readings, strict=True):
        if t.intent == "complaint" and r.category:
            table[CATEGORIES.index(t.category), CATEGORIES.index(r.category)] += 1
    share = table / np.maximum(1, table.sum(axis=1, keepdims=True))
    figure, axes = pyplot.subplots(figsize=(7, 6), dpi=90)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(CATEGORIES)), CATEGORIES, rotation=70, ha="right", fontsize=7)
    axes.set_yticks(range(len(CATEGORIES)), CATEGORIES, fontsize=7)
    for row, column in np.argwhere(table > 0):
        axes.text(column, row, int(table[row, column]), ha="center", va="center", fontsize=6,
                  color="white" if share[row, column] > 0.5 else "black")
    axes.set_xlabel("said")
    axes.set_ylabel("true")
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
