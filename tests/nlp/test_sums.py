"""Which sums people name."""

import pytest

from nlp.sums import plain, sums, written


@pytest.mark.parametrize(("text", "yuan"), [
    ("我三张存单38万、25万、1.2万", [380_000, 250_000, 12_000]), ("38、25、1.2万", [380_000, 250_000, 12_000]),
    ("我有80万存一家银行", [800_000]), ("六十二万八", [628_000]), ("3万5千", [35_000]), ("25万3年", [250_000]), ("三千", [3000]),
    ("8千块", [8000]), ("一百二十万零五千", [1_205_000]), ("50万零3000", [503_000]), ("380,000元", [380_000]),
    ("500000元", [500_000]), ("存60w", [600_000]), ("1.5亿", [150_000_000]), ("2023年存的20万", [200_000]), ("2万2张", [20_000]),
    ("三萬塊", [30_000]),
    ("八十多万", [None]), ("几十万", [None]), ("十几万", [None]), ("三四十万", [None]), ("500000", [None]), ("每张四十万", [None]),
    ("三张存单存了5年", []), ("2026年1月3号", []), ("年利率2.5%", []), ("", [])])
def test_a_sum_is_read_as_people_write_it_and_not_where_it_is_only_said_roughly(text, yuan):
    assert [one.yuan for one in sums(plain(text))] == yuan


@pytest.mark.parametrize(("text", "times"), [
    ("三张存单每张四十万", 3), ("两个网点各存五十万", 2), ("两笔都是30万", 2), ("三张存单一共40万", 1), ("存了40万", 1)])
def test_so_many_of_one_sum_are_counted(text, times):
    assert [one.times for one in sums(plain(text))] == [times]


def test_a_sum_is_written_in_ten_thousands():
    assert [written(one) for one in (642_000, 500_000, 8000, 1_205_000)] == ["64.2 万元", "50 万元", "8000 元", "120.5 万元"]
