"""The bar that the shipped model must clear, on writers it has not seen and, where it lies beside us, on the measuring set."""

from pathlib import Path

import pytest

from nlp.card import SETS, SHARED
from nlp.classifier import FOLDER, Reader
from nlp.measure import measure

HELD_OUT = {"intent_f1": 0.65, "category": 0.72, "category_top3": 0.90, "cause": 0.64, "cause_top3": 0.88}
MEASURED = {
    "dev_messages_real.jsonl": {"category": 0.70, "category_top3": 0.91, "cause": 0.73, "cause_top3": 0.91},
    "dev_messages_authored.jsonl": {"intent_f1": 0.80, "category": 0.86, "category_top3": 0.97, "cause": 0.72, "cause_top3": 0.93,
                                    "level_one_recall": 0.88},
}


@pytest.fixture(scope="module")
def shipped():
    return Reader.load()


@pytest.mark.parametrize("figure", HELD_OUT)
def test_the_model_knew_enough_of_writers_it_had_not_seen(shipped, figure):
    assert shipped.about.scores[figure] >= HELD_OUT[figure]


@pytest.mark.parametrize("name", [name for name in SETS if (SHARED / name).is_file()])
def test_the_model_clears_its_bar_on_the_measuring_set(shipped, name):
    found = measure(SHARED / name, shipped.read)
    assert {key: found[key] for key, bar in MEASURED[name].items() if found[key] < bar} == {}


def test_an_emergency_without_a_word_of_fraud_is_seen(shipped):
    reading = shipped.read(["客服让我开会议共享屏幕取消百万保障"])[0]
    assert reading.urgency == "I" and "fraud_now" in reading.flags and reading.needs_human


@pytest.mark.parametrize("harmless", [
    "气死我了", "你们会不会给我小鞋穿", "这房子是跳楼价吧", "我爷爷以前被骗过，我想学防骗", "315活动什么时候", "孩子的压岁钱怎么存",
])
def test_a_figure_of_speech_is_no_emergency(shipped, harmless):
    assert shipped.read([harmless])[0].urgency != "I"


def test_the_model_is_small_and_its_card_lies_beside_it():
    mine = ("weights.npz", "words.txt", "about.json", "pairs.npz", "sense.npz", "sense.txt")
    assert sum((FOLDER / name).stat().st_size for name in mine) < 10_000_000
    assert "writers held out" in Path(FOLDER / "card.md").read_text(encoding="utf-8")
