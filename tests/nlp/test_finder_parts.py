"""The parts of the finder alone: groups of ways to ask, and the reader of themes."""

import numpy as np
import pytest

from nlp.finder_entries import EntryReader
from nlp.finder_entries_fit import fit_entries
from nlp.finder_features import ideas_from
from nlp.finder_gate import TermWeights
from nlp.finder_groups import MOST, ROUGH, grouped, roughly
from nlp.finder_neighbours import SIGNS as NEIGHBOUR_SIGNS
from nlp.finder_neighbours import Neighbours
from nlp.finder_neighbours_fit import fit_neighbours
from nlp.finder_terms import Terms, looked_up
from nlp.finder_themes import ThemeReader
from nlp.finder_themes_fit import fit_themes, themed_bag
from nlp.linear import unit

IDEAS = ideas_from([])
ASKED = [("假币", "收到假钱怎么办"), ("假币", "假钱被没收"), ("假币", "怎么认假钱"), ("贷款", "房贷怎么提前还"),
         ("贷款", "贷款逾期了"), ("贷款", "房贷逾期怎么办")]


@pytest.fixture(scope="module")
def reader() -> ThemeReader:
    return fit_themes([(theme, themed_bag(text, IDEAS), 1.0) for theme, text in ASKED])


def test_a_question_is_read_as_of_the_theme_whose_words_it_uses(reader):
    said = reader.read([themed_bag("这张是假钱吗", IDEAS), themed_bag("房贷逾期", IDEAS)])
    assert said[:, :2].argmax(1).tolist() == [reader.number("假币"), reader.number("贷款")]
    assert np.allclose(np.exp(said[:, :2]).sum(1), 1, atol=1e-4)


def test_words_that_nobody_used_say_nothing_of_the_theme_and_change_no_neighbour(reader):
    lone = reader.read([themed_bag("房贷逾期", IDEAS)])[0]
    silent, beside = reader.read([themed_bag("zzz", IDEAS), themed_bag("房贷逾期", IDEAS)])
    assert np.array_equal(beside, lone) and np.array_equal(silent, reader.read([{}])[0])


def test_a_theme_that_was_not_taught_is_neither_likely_nor_impossible(reader):
    said = reader.read([themed_bag("房贷逾期", IDEAS)])[0]
    assert said[:2].min() < said[reader.number("新主题")] < said[:2].max()


def test_a_reader_is_the_same_when_read_back(reader, tmp_path):
    reader.save(tmp_path)
    again, asked = ThemeReader.load(tmp_path), [themed_bag(text, IDEAS) for _, text in ASKED]
    assert again.themes == reader.themes and np.allclose(again.read(asked), reader.read(asked))


@pytest.fixture(scope="module")
def entries() -> EntryReader:
    return fit_entries([(f"{theme}-{n % 3}", themed_bag(text, IDEAS)) for n, (theme, text) in enumerate(ASKED * 40)])


def test_a_question_is_read_as_asking_for_the_entry_whose_words_it_uses(entries, tmp_path):
    entries.save(tmp_path)
    for reader in (entries, EntryReader.load(tmp_path)):
        said = reader.read(themed_bag("我想知道怎么认假钱", IDEAS))
        assert reader.entries[said.argmax()] == "假币-2" and np.isclose(np.exp(said).sum(), 1, atol=1e-4)
        silent = reader.read(themed_bag("zzz", IDEAS))
        assert np.array_equal(silent, reader.read({})) and np.isfinite(silent).all()


def test_terms_read_the_same_by_the_dictionary_of_others():
    mine, shared = Terms({"a": 0, "b": 1, "lost": 2}), Terms({"b": 0, "x": 1, "a": 2})
    assert mine.within(shared).numbers(["a", "b", "x", "lost", "nowhere"]).tolist() == [0, 1, -1, -1, -1]


def test_weights_of_terms_are_the_same_by_the_dictionary_of_others():
    shared, terms = {"b": 0, "a": 1, "idea": 2}, {"a": 2, "b": 1, "lost": 1, "nowhere": 1}
    weights = TermWeights({"a": 0.5, "lost": -2.0, "idea": 9.0}, shared)
    bag = {"a": 0.5, "b": 0.25, "lost": 0.125, "nowhere": 1.0, "idea": 1.0}
    assert weights.of(looked_up(bag, len(terms), shared), terms) == 0.5 * 0.5 - 2.0 * 0.125


def test_a_text_that_was_looked_up_once_reads_as_its_bag(reader, entries):
    shared = Terms({term: n for n, term in enumerate(reversed(list(dict.fromkeys((*reader.terms.ids, *entries.terms.ids)))))})
    bags = [themed_bag(text, IDEAS) for text in ("这张是假钱吗", "房贷逾期", "zzz")]
    found = [looked_up(bag, len(bag), shared.ids) for bag in bags]
    themes, shares = reader.read(bags), [entries.read(bag) for bag in bags]
    reader.terms, entries.terms = reader.terms.within(shared), entries.terms.within(shared)
    assert np.array_equal(reader.read_found(found), themes)
    for one, share in zip(found, shares, strict=True):
        assert np.allclose(entries.read_found(one, np.array([2, 0])), share[[2, 0]])


def test_few_ways_stay_apart_and_many_are_gathered_by_what_they_mean():
    rng = np.random.default_rng(3)
    subjects = unit(rng.normal(size=(MOST, 24)))
    many = unit(np.repeat(subjects, 5, axis=0) + rng.normal(size=(MOST * 5, 24)) * 0.02)
    few = unit(rng.normal(size=(3, 24)))
    vectors, starts = grouped(np.vstack([few, many]), np.array([0, 3]))
    assert starts.tolist() == [0, 3] and np.allclose(vectors[:3], few, atol=1e-6)
    assert len(vectors) == 3 + MOST and (subjects @ vectors[3:].T).max(1).min() > 0.99


def test_a_first_look_sees_about_how_near_the_nearest_group_of_each_entry_is():
    rng = np.random.default_rng(5)
    groups = unit(rng.normal(size=(90, 64)) * np.linspace(3, 0.3, 64)).astype(np.float32)
    starts = np.cumsum([0, *range(1, 13)])
    look = roughly(groups, starts, most=1000)
    assert look["rough"].shape == (ROUGH, 12, 13) and roughly(groups, starts, most=100)["rough"].size == 0
    for question in groups[::7]:
        seen = np.einsum("d,dpe->pe", question @ look["axes"], look["rough"]).max(axis=0) + look["beyond"] @ question
        near = np.maximum.reduceat(groups @ question, starts)
        assert seen.argmax() == near.argmax() and np.abs(seen - near).mean() < 0.1


def test_the_nearer_kind_of_neighbours_is_told_and_survives_the_disk(tmp_path):
    rng = np.random.default_rng(1)
    kinds = np.arange(400) < 200
    vectors = unit(rng.normal(size=(400, 64)) + np.where(kinds, 3.0, -3.0)[:, None] * (np.arange(64) < 8)).astype(np.float32)
    fit_neighbours(vectors, kinds).save(tmp_path)
    around = Neighbours.load(tmp_path)
    for vector, answered in zip(vectors[::20], kinds[::20], strict=True):
        near = dict(zip(NEIGHBOUR_SIGNS, around.near(vector).tolist(), strict=True))
        mine, other = ("answered", "refused") if answered else ("refused", "answered")
        assert near[mine] > 0.98 and near[mine] >= near[f"{mine}_five"] > near[f"{other}_five"] >= 0
    assert around.near(np.zeros(64, dtype=np.float32)).shape == (4,)
