"""A pattern is tried only where it could begin; that must never hide a match."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.gate import Gate, openings
from nlp.signs import hear, lacks, numbers, patterns, value
from nlp.text import normalise
from tests import builders


@pytest.mark.slow
def test_the_gate_finds_what_searching_everything_finds():
    known = patterns()
    gate = Gate(known)
    for text in (normalise(m.text) for m in builders.corpus()[::5]):
        assert gate.found(text) == [name for name, pattern in known.items() if pattern.search(text)], text


@given(st.text(alphabet="ab1 c(", max_size=12))
def test_the_gate_is_right_for_every_turn_of_syntax_we_use(text):
    known = {p: re.compile(p) for p in (
        "ab|c", "(a|b1)?c", "[ab]{2}c", "a{0,2}1", "(?<!a)b", "a(?!b)", r"\d+a", "^ab", "a.c", "(ab|c)+1", "b$", r"c\(", "[^a]b",
        "^(?!.*a).*b", "^(?=.{0,3}$)(?!.*c).*(a|b)1|c a", "^(?!.*(1|c)).*[(|]|^[^a]b|bb", "^a(?!b)|^(?!b).*",
    )}
    assert Gate(known).found(text) == [name for name, pattern in known.items() if pattern.search(text)]


def test_an_opening_that_is_not_known_counts_as_any():
    assert "" in openings(".a") and "" in openings("a?.b")
    assert openings("(律师|法院)函") == {"律师", "法院"}


@pytest.mark.parametrize(("said", "meant"), [("78", 78), ("七十八", 78), ("十二", 12), ("二十", 20), ("一百多", 100), ("两", 2)])
def test_numbers_are_read_in_digits_and_in_words(said, meant):
    assert value(said) == meant


def test_ages_crowds_and_third_times_are_heard():
    assert "岁老" in numbers("我爸七十八岁了") and "岁小" in numbers("孩子才12岁")
    assert "人二十" in numbers("我们三十多户业主") and "人二十" not in numbers("我们五个人")
    assert "次三" in numbers("跑了五趟") and "次三" not in numbers("跑了两趟")


def test_a_flags_rule_and_what_calms_it_are_told_apart():
    heard = hear(normalise("新闻里说有人跳楼，我不想活？气死我了"))
    assert "self_harm" in heard.flags and "unreal" in heard.calm


def test_praise_must_say_something_that_praises():
    assert lacks("你们网点规矩真多,变着法儿为难人", "praise") and not lacks("办事麻利,谢谢", "praise")
    assert lacks("对上了年纪的人一点不友好", "praise") and not lacks("不好意思,给小刘点个赞", "praise")
    assert not lacks("随便什么", "complaint")
