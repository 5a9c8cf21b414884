"""What the finder keeps between starts never changes an answer, and is made anew when anything it came from changed."""

import numpy as np
import pytest
from msgspec.structs import replace

from knowledge.base import load
from nlp.finder_index import largest
from nlp.finder_scores import SHORTLIST
from nlp.retrieval import Finder, ways


@pytest.fixture(scope="module")
def few():
    return list(load().entries.values())[::9]


@pytest.mark.slow
def test_a_kept_index_answers_as_the_one_it_was_kept_from(few, tmp_path):
    path = tmp_path / "finder"
    made, kept = Finder(few, keep=path), Finder(few, keep=path)
    for entry in few:
        assert made.ask(entry.variants[0]) == kept.ask(entry.variants[0]) == Finder.ask(kept, entry.variants[0])


@pytest.mark.slow
def test_what_is_kept_answers_as_what_is_not(few, tmp_path):
    apart, kept = Finder(few), Finder(few, keep=tmp_path / "finder")
    for entry in few:
        for text in (entry.variants[-1], f"我想问一下，{entry.variants[0]}，他说不行"):
            assert apart.ask(text) == kept.ask(text)


@pytest.mark.slow
def test_after_a_first_look_the_nearest_are_those_of_all(tmp_path):
    entries = list(load().entries.values())[::3]
    scorer = Finder(entries, keep=tmp_path / "finder").scorer
    for one in scorer.prepare([ways(entry)[-1] for entry in entries[::7]]):
        seen = scorer.seen(one)
        of_all = one.words + np.maximum.reduceat(scorer.groups @ one.vector, scorer.group_starts)
        looked = seen.entries[(seen.measures[:, 0] + seen.measures[:, 2]).argsort()[:-6:-1]]
        assert len(seen.entries) == SHORTLIST and len({*looked.tolist()} & {*of_all.argsort()[:-6:-1].tolist()}) >= 4


@pytest.mark.slow
def test_a_changed_entry_is_found_by_its_new_words(few, tmp_path):
    path = tmp_path / "finder"
    Finder(few, keep=path)
    changed = [replace(few[0], question="月球石能抵押贷款吗"), *few[1:]]
    assert Finder(changed, keep=path).ask("月球石能抵押贷款吗").candidates[0].entry == few[0].id


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"cut off", b"\x93NUMPY\x01\x00"])
def test_a_spoilt_file_is_made_anew(few, tmp_path, content: bytes):
    Finder(few[:5], keep=tmp_path / "finder")
    spoilt = next(tmp_path.glob("finder/*/index.values.npy"))
    spoilt.write_bytes(content)
    assert Finder(few[:5], keep=tmp_path / "finder").ask(few[0].question).candidates[0].entry == few[0].id
    assert len(next(tmp_path.glob("finder/*/index.values.npy")).read_bytes()) > 1000


@pytest.mark.slow
def test_only_the_newest_index_is_kept(few, tmp_path):
    for count in (5, 6):
        Finder(few[:count], keep=tmp_path / "finder")
    assert len(list((tmp_path / "finder").iterdir())) == 1


def test_a_folder_that_cannot_be_written_costs_only_time(few, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    assert Finder(few[:5], keep=tmp_path / "file" / "finder").ask(few[0].question).candidates


@pytest.mark.parametrize("spread", [0, 1, 8])
def test_the_largest_are_the_largest(spread: int):
    scores = (np.random.default_rng(4).random(3000) ** spread).astype(np.float32)
    assert sorted(scores[largest(scores, 256)]) == sorted(np.sort(scores)[-256:])
