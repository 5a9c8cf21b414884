"""Questions that ask the same stand together, those that only sound alike do not."""

import pytest

from tickets import gaps
from tickets.models import Gap


@pytest.mark.parametrize(("one", "two"), [
    ("ETC 发票怎么开", "怎么开 ETC 的发票啊"), ("请问ＥＴＣ发票在哪开", "ETC 发票怎么开"),
    ("网点附近停车收费吗", "网点附近停车场收不收费")])
def test_the_same_question_in_other_words(one, two):
    assert gaps.alike(gaps.marks(one), gaps.marks(two)) >= gaps.ALIKE


@pytest.mark.parametrize(("one", "two"), [
    ("信用卡怎么还款", "借记卡怎么还款"), ("车位怎么申请", "食堂几点开门"), ("怎么办", "什么")])
def test_another_question(one, two):
    assert gaps.alike(gaps.marks(one), gaps.marks(two)) < gaps.ALIKE


def test_new_questions_join_the_open_group_that_asks_the_same(store):
    with store.write() as session:
        session.add_all([Gap(text="ETC 发票怎么开"), Gap(text="食堂几点开门"), Gap(text="怎么开 ETC 的发票啊")])
        assert not session.query(Gap).filter(Gap.group_key.is_not(None)).count() and gaps.any_loose(session)
        assert gaps.group(session) == 3
    with store.write() as session:
        session.add(Gap(text="请问ETC发票在哪开"))
        session.flush()
        gaps.group(session)
        keys = [gap.group_key for gap in session.query(Gap).order_by(Gap.id)]
        assert keys[0] == keys[2] == keys[3] != keys[1] and not gaps.any_loose(session)
