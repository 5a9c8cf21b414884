"""Which day people name."""

from datetime import date

import pytest

from nlp.days import named, number, span

TODAY = date(2026, 12, 1)  # a Tuesday


@pytest.mark.parametrize(("text", "day"), [
    ("上个月25号签的", date(2026, 11, 25)), ("25号签的 交了5万", date(2026, 11, 25)), ("11月18日买的", date(2026, 11, 18)),
    ("十一月二十号办的", date(2026, 11, 20)), ("一号签的", TODAY), ("12月25号买的", date(2025, 12, 25)),
    ("上周五收走的", date(2026, 11, 27)), ("周五没收的", date(2026, 11, 27)), ("礼拜一收的", date(2026, 11, 30)),
    ("六天前签的", date(2026, 11, 25)), ("签了10天了", date(2026, 11, 21)),
    ("昨天收走的", date(2026, 11, 30)), ("大前天", date(2026, 11, 28)), ("刚才", TODAY),
    ("11.18签的", date(2026, 11, 18)), ("11-18 签", date(2026, 11, 18)),
    ("我是本月三日签的字，十二日才收到合同", date(2026, 11, 12)), ("3号签的 9号通知我", date(2026, 11, 3)),
    ("11月5日没到账", date(2026, 11, 5)), ("11月25日还没下班", date(2026, 11, 25)), ("上个月5日之后", date(2026, 11, 5)),
    ("11 月 25 日签的", date(2026, 11, 25)), ("这个周一", date(2026, 11, 30)),
    ("就上月18 人民路支行", date(2026, 11, 18)), ("上个月二十五 签的", date(2026, 11, 25)),
    ("琴日买的", date(2026, 11, 30)), ("前儿个签的", date(2026, 11, 29)), ("上個月25號簽的", date(2026, 11, 25)),
])
def test_a_day_is_heard_as_people_say_it(text, day):
    assert named(text, TODAY) == day


@pytest.mark.parametrize("text", ["合同写犹豫期15天", "3号窗口", "交了5.20万", "2月31号签的", "15天", "我不服", "",
                                  "1号线", "签了快一个月了", "两个礼拜前",
                                  "半个月前买的", "提了异议20日还没答复", "30日之内可以申请核查",
                                  "口头挂失5日后会失效吗", "写着3日之内申请",
                                  "下周三签", "下个月5号收到", "下个月15号", "每月5号交的", "一百二十天前签的",
                                  "上上周三", "10-15天内", "今日头条上看到的", "目前日子不好过",
                                  "利率11.5", "上个月二十几号签的", "上个月二十多号", "上个月十几号", "上个月二十来号",
                                  "上月五六号", "上个月二十三四号签的", "五六号吧",
                                  "涨了11.5%", "上月18块", "上个月3次", "上个月100块", "上月5万"])
def test_what_names_no_day_that_was_is_none(text):
    assert named(text, TODAY) is None


def test_the_month_before_january_is_december():
    assert named("上个月25号签的", date(2027, 1, 3)) == date(2026, 12, 25)


def test_numbers_and_spans_are_read_as_they_are_written():
    assert [number(one) for one in ("25", "二十五", "十五", "十", "两", "三十")] == [25, 25, 15, 10, 2, 30]
    said = ("合同写犹豫期15天", "说是十五天", "犹豫期是十五日", "十日内可退", "三天前买的", "三日签的", "没写")
    assert [span(one) for one in said] == [15, 15, 15, 10, None, None, None]
