"""A small model trained here shows that reading works; what the shipped model can do has its own bar in test_model.py."""

from functools import cache
from itertools import islice

import msgspec
import numpy as np
import pytest

from nlp import messages_corpus
from nlp.classifier import ModelError, Reader
from nlp.features import features
from nlp.heads import documents, matrix
from nlp.linear import unit
from nlp.lookup import Lookup
from nlp.sense import Sense
from nlp.signs import hear
from nlp.text import normalise
from nlp.train import fit, reader, untrained


@cache
def messages():
    """Every thirty-sixth, without reading the others."""
    lines = islice(messages_corpus.lines(messages_corpus.FOLDER), 0, None, 36)
    return [messages_corpus.parse(line, writer=path.stem) for path, _, line in lines]


@pytest.fixture(scope="module")
def sense():
    return Sense.load()


@pytest.fixture(scope="module")
def fitted(sense):
    return fit(messages(), documents([m.text for m in messages()], sense), steps=12)


@pytest.fixture(scope="module")
def small(fitted, sense):
    return reader(fitted, untrained(messages(), sense))


def test_one_message_reads_as_it_does_in_a_batch(small):
    texts = [m.text for m in messages()[:40]]
    assert [small.read([text])[0] for text in texts] == small.read(texts)


@pytest.mark.slow
def test_serving_sees_the_features_that_training_saw(fitted, sense):
    names = list(fitted.words.rows)
    lookup = Lookup(names, sense.terms)
    terms = dict(zip(lookup.of_term.tolist(), range(len(sense.terms)), strict=True))
    texts = [normalise(text) for text in [*(m.text for m in messages()), "", "龘", "卡\0卡", "𠮷野家"]]
    for text in texts:
        rows = lookup.read(text, hear(text)).tolist()
        mine = [names[row] for row in rows if row < len(names)]
        assert len(mine) == len(set(mine)) and set(mine) == {name for name in features(text) if name in fitted.words.rows}
        known = [terms[row] for row in rows if row in terms]
        summed = (sense.rows[known] * sense.scale[known, None]).sum(axis=0, keepdims=True)
        assert np.allclose(unit(summed)[0], sense.of(text), atol=1e-6)


def test_serving_scores_as_training_did(fitted, small, sense):
    texts = [m.text for m in messages()[:60]]
    plain = [normalise(text) for text in texts]
    served = small.scores(plain, [hear(text) for text in plain])
    x = matrix(documents(texts, sense), fitted.words)
    trained = np.hstack([x @ table[:-1] + table[-1] for table in fitted.tables.values()])
    assert np.abs(served - trained).max() < 0.15 * np.abs(trained).max()
    assert np.corrcoef(served.ravel(), trained.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("text", ["", " ", "。。。", "😀", "a", "龘" * 5, "钱" * 5000, "\x00\ufeff", "𠮷野家"])
def test_anything_a_customer_can_send_is_read(small, text):
    reading = small.read([text])[0]
    assert 0 <= reading.intent_confidence <= 1 and reading.urgency in ("I", "II", "III", "none")


def test_no_message_gives_no_reading(small):
    assert small.read([]) == []


def test_confidences_are_shares_and_the_best_come_first(small):
    for reading in small.read([m.text for m in messages()[:50]]):
        if reading.category:
            assert reading.category == reading.category_top3[0] and len(set(reading.category_top3)) == 3
            assert reading.cause == reading.cause_top3[0] and 0 < reading.category_confidence <= 1


def test_the_reasons_are_words_of_the_message(small):
    text = "信用卡年费凭什么扣我三百块，老人不懂"
    because = small.read([text], explain=True)[0].because
    assert {"intent", "category", "cause"} <= because.keys()
    assert all(word in normalise(text) for words in because.values() for word in words)
    assert small.read([text])[0].because == {}


def test_a_missing_model_says_how_to_make_one(tmp_path):
    with pytest.raises(ModelError, match="make train"):
        Reader.load(tmp_path)


def test_a_model_of_other_word_vectors_is_refused(small, fitted, sense, tmp_path):
    from nlp.train import save

    save(tmp_path, fitted, msgspec.structs.replace(small.about, sense="00000000"))
    with pytest.raises(ModelError, match="word vectors"):
        Reader.load(tmp_path)
