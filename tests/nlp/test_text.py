"""However a customer types it, the same message reads the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text import ideas, normalise, tokens


@pytest.mark.parametrize(("written", "read"), [
    ("信用卡還款", "信用卡还款"),
    ("ＡＴＭ吞了３００元", "atm吞了300元"),
    ("转帐没到帐", "转账没到账"),
    ("我的xyk被盗刷", "我的信用卡被盗刷"),
    ("信 用 卡 年 费", "信用卡年费"),
    ("垃圾！！！！！！", "垃圾!!"),
    ("卡\u200b被\ufeff吞", "卡被吞"),
    ("气人😡", "气人 怒"),
    ("好的👌谢谢", "好的谢谢"),
    ("手机登陆不上", "手机登录不上"),
    ("我嘅钱畀人呃咗", "我的钱被人骗了"), ("張卡俾人碌咗點算", "张卡被人刷了怎么办"),
    ("佢哋冇畀返我", "他们没有还给我"), ("张卡冇咗", "张卡不见了"),
    ("有个差佬打嚟，话我洗黑钱，叫我过数", "有个警察打来,说我洗黑钱,叫我转账"), ("有人扮差佬打电话嚟", "有人冒充警察打电话来"),
    ("转钱去安全户口", "转钱去安全账户"), ("我冇畀钱佢，已经收咗线", "我没有给钱他,已经挂了电话"),
])
def test_what_a_customer_writes_in_many_ways_reads_as_one(written, read):
    assert normalise(written) == read


@pytest.mark.parametrize("innocent", ["买了一把紫砂壶", "这张单子", "申请了贷款", "iphone 15 pro max", "领取前要签字", "玉米有虫",
                                      "机器比人强", "呃,我想问", "唔,对的", "打电话我没接到", "户口本带了", "户口在老家",
                                      "超过数百元", "通过数字人民币", "经过数次", "从而家里人", "给我个投诉电话", "回收线上的",
                                      "好多日子", "打电话我欠多少"])
def test_a_right_word_is_never_taken_for_a_misspelling(innocent):
    assert normalise(innocent) == innocent


@pytest.mark.parametrize(("said", "meant"), [
    ("佢话系存款,而家话系保险", "他说是存款,现在说是保险"), ("存折遭我搞落了", "存折遭我弄丢了"),
    ("交都交了退得脱不", "交都交了能退吗"),
    ("五十六万喺你哋度,安唔安全", "五十六万在你们度,安不安全"), ("睇唔明", "看不懂"), ("讲短啲", "讲短点")])
def test_a_dialect_is_read_as_what_it_says(said, meant):
    assert normalise(said) == meant


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing_more(text):
    once = normalise(text)
    assert normalise(once) == normalise(normalise(once))


def test_words_are_cut_in_order_and_nothing_but_spaces_is_lost():
    assert tokens("信用卡年费太高") == ["信用卡", "年费", "太高"]
    assert tokens("iphone 15 pro") == ["iphone", "15", "pro"]


def test_a_word_of_the_office_is_found_under_its_ideas():
    assert "借记卡" in ideas()["储蓄卡"] and "收费" in ideas()["年费"]
