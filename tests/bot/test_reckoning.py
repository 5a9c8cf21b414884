"""Whoever tells on which day a right began that lapses is told which day is her last."""

from datetime import UTC, datetime

import pytest
import time_machine

from tests.bot.test_asides import say
from tests.bot.test_following import after_an_answer

NOON = datetime(2026, 12, 1, 4, tzinfo=UTC)  # in Shanghai, a Tuesday
INSURED, SEIZED = "ins-deposit-became", "fake-cash-objection"


@pytest.fixture
def told(store, tmp_path):
    """Says something after the answer `slug` was given, at noon of the first of December."""
    with time_machine.travel(NOON, tick=False):
        house = after_an_answer(store, tmp_path)

        def after(slug: str, *texts: str) -> str:
            say(house, button=f"faq:{slug}")
            return [say(house, text) for text in texts][-1]
        yield after


@pytest.mark.parametrize(("slug", "texts", "said"), [
    (INSURED, ["25号签的，合同写15天"], "按您说的 11 月 25 日算，犹豫期（从哪天起算看合同）到 12 月 10 日，还剩 9 天：今天就"),
    (INSURED, ["25号签的", "合同上是十五天"], "到 12 月 10 日，还剩 9 天"),
    (INSURED, ["16号签的，合同写15天"], "今天（12 月 1 日）是最后一天"),
    (INSURED, ["10号签的，合同写15天"], "到 11 月 25 日。犹豫期过了再退，一般只退现金价值"),
    (INSURED, ["上个月25号签的"], "今天是第 6 天。犹豫期（从哪天起算看合同）几天，看合同上写的"),
    (SEIZED, ["上周五没收的"], "申请鉴定的 3 个工作日到 12 月 2 日，还剩 1 天"),
])
def test_her_last_day_is_reckoned_from_what_she_tells(told, slug, texts, said):
    assert said in told(slug, *texts)


@pytest.mark.parametrize(("slug", "texts"), [
    (INSURED, ["我妈67了，不识字"]), (INSURED, ["昨天打的电话没人接"]), (INSURED, ["去年3月签的，去年3月2号签的"]),
    (INSURED, ["25号签的，合同写15天", "25号签的，写的15天"]), ("just-transferred", ["25号签的，合同写15天"]),
])
def test_nothing_is_reckoned_without_a_day_that_counts_nor_twice(told, slug, texts):
    assert "按您说的" not in told(slug, *texts)
