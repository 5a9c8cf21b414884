"""How much of the deposits that she names is insured: one bank and one person together, and nothing else added."""

from dataclasses import replace

import pytest

from nlp.retrieval import Candidate, Found
from tests import builders
from tests.bot.test_asides import hear, say

pytestmark = pytest.mark.words


@pytest.fixture
def asks(store, tmp_path):
    """Asks something for which the base rather has this entry."""
    house = builders.house(store, tmp_path, read=replace(builders.understanding(), acts=builders.Doing("ask")))

    def said(text: str, slug: str = "di-over-limit", score: float = 0.6) -> list[str]:
        found = Found(None, "", 0.1, (Candidate(slug, house.knowledge.entries[slug].theme, score),))
        finder = house.intake.understanding.finder
        finder.ask = finder.after = lambda *_, **__: found
        return [reply.text for reply in hear(house, text)]
    said.house = house
    return said


@pytest.mark.parametrize(("text", "words"), [
    ("我三张存单38万、25万、1.2万，都在你们行，超出多少",
     "加起来 64.2 万元，同一个人存在同一家银行：50 万元以内全额偿付，超出的 14.2 万元"),
    ("我有80万存一家银行倒闭了赔多少", "按您说的，80 万元，同一个人存在同一家银行：50 万元以内全额偿付，超出的 30 万元"),
    ("我在你家有三张存单每张四十万，超了吗", "加起来 120 万元"), ("我存你们行70万，超过50万的部分怎么赔", "超出的 20 万元"),
    ("我存了30万安全吗", "30 万元，同一个人存在同一家银行：连本带利合计不超过 50 万元"),
    ("刚好五十万存三年，利息超出的呢", "加上去会超一点"), ("我妈有八十万存你们行安全吗", "超出的 30 万元")])
def test_her_sum_is_reckoned_before_the_answer(asks, text, words):
    first, then = asks(text)
    assert words in first and then.startswith(asks.house.knowledge.entries["di-over-limit"].question)


@pytest.mark.parametrize(("text", "words", "slug"), [
    ("我在你们行存了40万，另一家银行30万，倒闭了赔多少", "按银行分开算", "di-many-accounts"),
    ("工行存了40万，农行30万，保多少", "按银行分开算", "di-many-accounts"),
    ("两家不同银行存了30万、40万，全赔吗", "按银行分开算", "di-many-accounts"),
    ("我存了四十万，老伴存了三十万，都在你们行，全保吗", "一人一份", "di-family")])
def test_what_the_law_counts_apart_is_not_added_together(asks, text, words, slug):
    first, then = asks(text)
    assert words in first and "加起来" not in first and "超出的" not in first
    assert then.startswith(asks.house.knowledge.entries[slug].question)


@pytest.mark.parametrize("text", [
    "存款保险50万以内全赔吗", "存款保险最高赔50万吗", "我有八十多万存你们行安全吗", "我存了50万利率多少", "买了20万理财保不保",
    "20万的保险能赔多少，存的", "存款保险赔多少", "每张四十万，存了好几张，赔多少", "三张各38万、25万，存你们这赔多少"])
def test_nothing_is_reckoned_of_what_is_no_deposit_or_not_clear(asks, text):
    assert "按您说的" not in "\n".join(asks(text))


@pytest.mark.parametrize(("text", "words"), [
    ("存单38万、25万、1.2万都在你们行，超出存款保险多少？", "超出的 14.2 万元"),
    ("我三张存单38万、25万、1.2万，超了多少", "超出的 14.2 万元"),
    ("我有五十六万喺你哋度，安唔安全", "超出的 6 万元"), ("存款30万放你们银行安全吗", "连本带利合计不超过 50 万元")])
@pytest.mark.parametrize(("slug", "score"), [("rights-safety", 0.6), ("di-over-limit", 0.1)])
def test_deposits_asked_about_plainly_are_reckoned_whatever_else_the_words_sound_like(asks, text, words, slug, score):
    asks.house.intake.understanding.acts.act = "file"
    first, then = asks(text, slug, score)
    assert words in first and then.startswith(asks.house.knowledge.entries["di-over-limit"].question)


@pytest.mark.parametrize("text", [
    "我存了38万在你们行被人转走了，能全赔吗", "买了20万理财，存单没有，亏了赔多少", "定期20万提前取扣多少"])
def test_who_was_wronged_hears_nothing_of_a_limit(asks, text):
    asks.house.intake.understanding.acts.act = "file"
    assert "按您说的" not in "\n".join(asks(text))


def test_another_subject_is_not_reckoned(asks):
    assert "按您说的" not in "\n".join(asks("定期20万提前取出来安全吗", "acct-early-withdraw"))


def test_after_the_answer_a_sum_alone_is_enough_and_the_entry_is_not_sent_twice(asks):
    say(asks.house, button="faq:di-over-limit")
    (only,) = asks("我有60万呢")
    assert "超出的 10 万元" in only
