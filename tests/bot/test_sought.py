"""What the base has for her words, where the words leave something out."""

from dataclasses import replace

import pytest

from nlp.retrieval import Candidate, Found
from tests import builders
from tests.bot.test_asides import say

pytestmark = pytest.mark.words


@pytest.fixture
def inherits(store, tmp_path):
    """Asks something for which the base surely has the inheritance."""
    house = builders.house(store, tmp_path, read=replace(builders.understanding(), acts=builders.Doing("ask")))
    finder = house.intake.understanding.finder
    found = Found("acct-inherit", house.knowledge.entries["acct-inherit"].theme, 0.8, (Candidate("acct-inherit", "", 0.8),))
    finder.ask = finder.after = lambda *_, **__: found
    return house


@pytest.mark.parametrize(("texts", "living"), [
    (["把我妈的存款取出来要什么"], True), (["取出我妈存款要什么手续"], True), (["我妈走了，把她的存款取出来要什么"], False),
    (["老汉过身了，存款咋取"], False), (["遗产里的存款怎么取"], False),
    (["我妈走不动，存款我去取出来要什么"], True)])
def test_nobodys_mother_is_called_dead_by_us(inherits, texts, living):
    said = [say(inherits, text) for text in texts][-1]
    assert inherits.knowledge.entries["acct-agent" if living else "acct-inherit"].question in said


def test_after_the_answer_on_an_inheritance_the_death_need_not_be_named_again(inherits):
    say(inherits, button="faq:acct-inherit")
    assert inherits.knowledge.entries["acct-agent"].question not in say(inherits, "那她的存款取出来要什么")
