"""Fits the ranking of entries and the refusal threshold on questions held back, and publishes the error rates with them.

    python -m nlp.finder_fit EMBEDDED.npz     embeds what EMBEDDED.npz lacks (extra [semantic]), fits, writes nlp/model/
    python -m nlp.finder_fit                  without the extra: gate, themes and neighbours anew (six minutes);
                                              the word vectors and the ranking stay

What is held back: the vectors of words never saw the entry a question belongs to (the base is cut into two halves of entries), and
the search never saw the line that is asked (five folds of lines). The questions to refuse are cut into five folds too.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from knowledge.base import Entry, load
from nlp.finder_features import Ideas, cut, read_ideas
from nlp.finder_gate import SIGNS, Gate, signs
from nlp.finder_meaning import MODEL, Meaning
from nlp.finder_neighbours_fit import fit_neighbours
from nlp.finder_scores import MEASURES, Scorer, Seen, vectors_of
from nlp.finder_teach import Embed, plain_words, save, teach
from nlp.finder_texts import Embedded, asked_in_corpus, our_texts, questions
from nlp.finder_themes import ThemeReader, bag, settled
from nlp.finder_themes_fit import GENERAL, fit_themes, themed_bag
from nlp.retrieval import SYNONYMS, reply, ways

FOLDS = 5
REFUSED_AT_LEAST = 0.9
BY_SIGN, BY_TERM, FREE = 1.0, 3.0, 0.2  # how freely the gate may weigh its signs, the words themselves, and both
BY_ENTRY = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)  # tried weights of the answer's theme
ALIKE = 0.005  # shares so close are the same
GENERAL_GATE, OWN_GATE = 20.0, 0.3  # what a general question, and a way to ask, is worth to the gate beside a question to refuse
GENERAL_RANKING = 0.5  # and what all of them together are worth to the ranking


class Asked(msgspec.Struct):
    """One question of the fit: `entry` is its number, -1 when it has none (`answer`) or must be refused.

    `general`: written by people who had no entry in mind, and who gave it its theme.
    """

    text: str
    answer: bool
    entry: int
    theme: str
    seen: Seen
    fold: int
    near: np.ndarray  # what `Neighbours` of the other folds say
    general: bool = False


def held_back(entries: Sequence[Entry], embed: Embed | None) -> list[Asked]:
    """Every way to ask, seen by a search and by word vectors that never held it; without `embed` by those that are served."""
    ideas = read_ideas(SYNONYMS)
    replies = [reply(e) for e in entries]
    half = np.random.default_rng(7).permutation(len(entries)) % 2
    themed, said = dict(map(reversed, general())), {text for e in entries for text in ways(e)}
    outside = [(theme, text, True) for theme, text in questions("answer") if text not in said]
    outside += [("", text, True) for text in asked_in_corpus()]
    outside += [(kind, text, False) for kind, text in questions("refuse")]
    # The word vectors may not have seen these either, or the gate would learn to tell seen from unseen.
    apart = {text for _, text, _ in outside}
    words, frame = plain_words(), our_texts([])
    others = [text for text in frame if text not in apart]
    readers = [theme_reader(entries, ideas, left_out=fold) for fold in range(FOLDS)]
    part = {text: n % FOLDS for n, e in enumerate(entries) for text in ways(e)}
    part |= {text: k // 2 % FOLDS for k, (_, text, _) in enumerate(outside)}
    pool = from_people()
    parts, answered = np.array([part[text] for text in pool]), np.array(list(pool.values()))
    rows: list[Asked] = []
    for side in (0, 1):
        meaning = (teach([ways(e) for n, e in enumerate(entries) if half[n] != side], others, words, embed, frame=frame)
                   if embed else Meaning.load(MODEL))
        vectors = vectors_of([cut(text) for text in pool], meaning)
        around = [fit_neighbours(vectors[parts != fold], answered[parts != fold]) for fold in range(FOLDS)]
        for fold in range(FOLDS):
            kept = [[t for k, t in enumerate(ways(e)) if (k + n) % FOLDS != fold] for n, e in enumerate(entries)]
            scorer = Scorer.build(kept, replies, [e.theme for e in entries], meaning=meaning, reader=readers[fold], ideas=ideas)
            asked = [(t, True, n, themed.get(t, e.theme)) for n, e in enumerate(entries) if half[n] == side
                     for k, t in enumerate(ways(e)) if (k + n) % FOLDS == fold]
            asked += [(text, answer, -1, kind) for k, (kind, text, answer) in enumerate(outside)
                      if k % 2 == side and k // 2 % FOLDS == fold]
            for text, answer, entry, theme in asked:
                seen, mine = scorer.see(text), part[text]
                near = around[mine].near(seen.vector)
                rows.append(Asked(text, answer, entry, theme, seen, mine, near, text in themed))
    return rows


def theme_reader(entries: Sequence[Entry], ideas: Ideas, *, left_out: int | None = None) -> ThemeReader:
    """Taught by the ways to ask and the general questions, those of one fold left out."""
    asked = [(e.theme, text) for n, e in enumerate(entries) for k, text in enumerate(ways(e)) if (k + n) % FOLDS != left_out]
    themed, said = dict(map(reversed, general())), {text for e in entries for text in ways(e)}
    alone = [(theme, text) for theme, text in general() if text not in said]
    asked += [row for k, row in enumerate(alone) if k // 2 % FOLDS != left_out]
    return fit_themes([(themed.get(text, theme), themed_bag(text, ideas), GENERAL if text in themed else 1.0)
                       for theme, text in asked])


def general() -> list[tuple[str, str]]:
    """General questions with their theme: those that the office should answer (many became ways to ask an entry), then those that
    no entry answers yet."""
    return questions("answer") + questions("lacking")


def from_people() -> dict[str, bool]:
    """The questions that people wrote with no entry in mind, and whether the office should answer each."""
    return {**{text: False for _, text in questions("refuse")}, **{text: True for _, text in questions("answer")}}


def fit_ranking(rows: Sequence[Asked], themes: Sequence[str]) -> np.ndarray:
    """Weights of MEASURES under which the right entry, or for a general question the right theme, is likeliest.

    The ways to ask one entry were written to differ from each other, more than people's questions do, so a fit to them alone
    would give shared words no weight; the general questions, written apart, count as much as all of them together.
    """
    size = min(len(r.seen.entries) for r in rows)
    tables, rights, counts = [], [], []
    for row in rows:
        entries = row.seen.entries[:size]
        right = entries == row.entry if row.entry >= 0 else np.array([themes[n] == row.theme for n in entries])
        if row.answer and right.any():
            tables.append(row.seen.measures[:size])
            rights.append(right)
            counts.append(not row.general)
    table = np.stack(tables).astype(np.float64)
    right = np.stack(rights).astype(np.float64)
    own = np.array(counts)
    weight = np.where(own, (1 - GENERAL_RANKING) / max(own.sum(), 1), GENERAL_RANKING / max((~own).sum(), 1))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = table @ weights
        shares = np.exp(scores - scores.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        hit = (shares * right).sum(1) + 1e-12
        pull = shares - shares * right / hit[:, None]
        slope = np.einsum("i,ij,ijk->k", weight, pull, table)
        return float(-(weight * np.log(hit)).sum() + 1e-3 * weights @ weights), slope + 2e-3 * weights

    found = minimize(loss, np.ones(table.shape[2]), jac=True, method="L-BFGS-B", bounds=[(0, None)] * table.shape[2])
    return found.x.astype(np.float32)


def ranked(row: Asked, ranking: np.ndarray) -> tuple[Seen, np.ndarray]:
    scores = row.seen.measures @ ranking
    order = np.argsort(-scores, kind="stable")
    return row.seen.sorted(order), scores[order]


def fit_gate(rows: Sequence[Asked], ranking: np.ndarray, themes: np.ndarray) -> tuple[Gate, np.ndarray]:
    """The gate over all rows, and each row's chance from a gate that did not see its fold."""
    sorted_rows = [ranked(row, ranking) for row in rows]
    read = np.stack([signs(s, scores, themes[s.entries], row.near) for row, (s, scores) in zip(rows, sorted_rows, strict=True)])
    terms = DictVectorizer(dtype=np.float32)
    bags = terms.fit_transform([bag(row.seen.terms) for row in rows])
    answer = np.array([row.answer for row in rows])
    folds = np.array([row.fold for row in rows])
    worth = np.where([row.general for row in rows], GENERAL_GATE, np.where([row.entry >= 0 for row in rows], OWN_GATE, 1.0))
    middle, spread = read.mean(0), read.std(0) + 1e-6

    def train(pick: np.ndarray) -> Gate:
        table = sparse.hstack([(read[pick] - middle) / spread * BY_SIGN, bags[pick] * BY_TERM]).tocsr()
        model = LogisticRegression(C=FREE, class_weight="balanced", max_iter=2000).fit(table, answer[pick], worth[pick])
        weights = model.coef_[0]
        cut = len(SIGNS)
        by_term = dict(zip(terms.feature_names_, (weights[cut:] * BY_TERM).tolist(), strict=True))
        return Gate(ranking, weights[:cut] * BY_SIGN, middle, spread, by_term, float(model.intercept_[0]), 0.5)

    chances = np.zeros(len(rows))
    for fold in range(FOLDS):
        gate = train(folds != fold)
        for n in np.flatnonzero(folds == fold):
            chances[n] = gate.chance(read[n], gate.words(rows[n].seen.terms))
    gate = train(np.ones(len(rows), dtype=bool))
    gate.threshold = float(np.quantile(chances[~answer], REFUSED_AT_LEAST))
    return gate, chances


def themes_said(rows: Sequence[Asked], gate: Gate, themes: np.ndarray) -> np.ndarray:
    """The number of the theme that is given for each question; `themes` are the entries'."""
    return np.array([settled(row.seen.themes, themes[ranked(row, gate.ranking)[0].entries[0]], gate.by_entry) for row in rows])


def fit_by_entry(rows: Sequence[Asked], gate: Gate, names: Sequence[str], themes: np.ndarray) -> float:
    """The largest weight of the answer's theme under which nearly as many general questions get theirs as under the best."""
    said = [row for row in rows if row.general and row.theme in names]
    right = np.array([names.index(row.theme) for row in said])
    found = {}
    for gate.by_entry in BY_ENTRY:
        found[gate.by_entry] = float((themes_said(said, gate, themes) == right).mean())
    return max(weight for weight, share in found.items() if share > max(found.values()) - ALIKE)


def report(entries: Sequence[Entry], rows: Sequence[Asked], gate: Gate, chances: np.ndarray, themes: np.ndarray, *,
           apart: bool) -> str:
    """`apart`: the word vectors had not seen the entries that are asked for; else nothing is said of how these are found."""
    names = sorted({e.theme for e in entries})
    tried = [r for r in rows if r.entry >= 0]
    orders = [ranked(r, gate.ranking)[0].entries for r in tried]
    first = np.mean([o[0] == r.entry for o, r in zip(orders, tried, strict=True)])
    three = np.mean([r.entry in o[:3] for o, r in zip(orders, tried, strict=True)])
    theme = np.mean([entries[o[0]].theme == entries[r.entry].theme for o, r in zip(orders, tried, strict=True)])
    answer = np.array([r.answer for r in rows])
    own = np.array([r.entry >= 0 for r in rows])
    general = np.array([r.general for r in rows])
    asked = answer & ~own & ~general
    named = [r for r in rows if r.general]
    by_entry = np.mean([entries[ranked(r, gate.ranking)[0].entries[0]].theme == r.theme for r in named])
    by_theme = np.mean([names[n] == r.theme for n, r in zip(themes_said(named, gate, themes), named, strict=True)])
    kinds = sorted({r.theme for r in rows if not r.answer})
    own_rows = (
        f"| right entry first | {first:.3f} |", f"| right entry in the first three | {three:.3f} |",
        f"| right theme first | {theme:.3f} |",
    )
    lines = [
        "# Finding the maintained answer: figures of the last fit", "",
        f"{len(entries)} entries, {own.sum()} ways to ask, {general.sum()} general questions, "
        f"{(~answer).sum()} questions to refuse.",
        "Each question was held back from the search" + (" and its entry from the word vectors" if apart else "; the word vectors "
        "are those of an earlier fit and have seen most ways to ask, so that nothing is said here of how an entry is found "
        "(`figures.md` does)") + "; see `nlp/finder_fit.py`.", "",
        "| measure | value |", "|---|---|",
        *(own_rows if apart else ()),
        f"| right theme first, general questions, by the entry | {by_entry:.3f} |",
        f"| right theme, general questions, as it is given | {by_theme:.3f} |",
        f"| threshold of the chance to answer | {gate.threshold:.3f} |",
        *((f"| ways to ask wrongly refused | {(chances[own] < gate.threshold).mean():.3f} |",) if apart else ()),
        f"| general questions wrongly refused | {(chances[general] < gate.threshold).mean():.3f} |",
        f"| corpus messages that ask, refused (some rightly) | {(chances[asked] < gate.threshold).mean():.3f} |",
        f"| questions to refuse wrongly answered | {(chances[~answer] >= gate.threshold).mean():.3f} |",
    ]
    for kind in kinds:
        of = np.array([not r.answer and r.theme == kind for r in rows])
        lines.append(f"| … of kind {kind} ({of.sum()}) | {(chances[of] >= gate.threshold).mean():.3f} |")
    asking, who = (own, "ways to ask") if apart else (general, "general questions")
    lines += ["", f"| threshold | {who} wrongly refused | wrongly answered |", "|---|---|---|"]
    lines += [f"| {at:.2f} | {(chances[asking] < at).mean():.3f} | {(chances[~answer] >= at).mean():.3f} |"
              for at in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)]
    lines += ["", "Weights of the measures: "
              + ", ".join(f"{name} {w:.2f}" for name, w in zip(MEASURES, gate.ranking, strict=True)) + ".", ""]
    return "\n".join(lines)


def fit(embed: Embed | None, folder: Path = MODEL) -> str:
    entries = sorted((e for e in load().entries.values() if not e.staff_only), key=lambda e: e.id)
    rows = held_back(entries, embed)
    names = sorted({e.theme for e in entries})
    themes = np.array([names.index(e.theme) for e in entries])
    ranking = fit_ranking(rows, [e.theme for e in entries]) if embed else Gate.load(MODEL).ranking
    gate, chances = fit_gate(rows, ranking, themes)
    gate.by_entry = fit_by_entry(rows, gate, names, themes)
    meaning = Meaning.load(MODEL)
    if embed:
        meaning = teach([ways(e) for e in entries], our_texts(entries), plain_words(), embed, frame=our_texts([]))
        save(meaning, folder)
    people = from_people()
    fit_neighbours(vectors_of([cut(text) for text in people], meaning), np.array(list(people.values()))).save(folder)
    theme_reader(entries, read_ideas(SYNONYMS)).save(folder)
    gate.save(folder)
    text = report(entries, rows, gate, chances, themes, apart=embed is not None)
    (folder / "finder.md").write_text(text, encoding="utf-8")
    return text


if __name__ == "__main__":
    print(fit(Embedded(Path(sys.argv[1])) if len(sys.argv) > 1 else None))
