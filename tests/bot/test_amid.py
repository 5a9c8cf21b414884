"""What is asked while a ticket or a call for a colleague is open: the base's answer or line first, and only then who handles it."""

from dataclasses import replace

import numpy as np
import pytest

from nlp.retrieval import Candidate, Found
from nlp.talks import ACTS
from tests import builders
from tests.bot.test_asides import hear, say, tickets, word

pytestmark = pytest.mark.words

TOPIC, OTHER = "cc-pushed-installment", "di-limit"
LINES = ["账单先按时还，别因争议逾期。", "造成损害的，银行不能证明自己没有过错，就要承担赔偿等责任。", "先打本行客服问清要带什么。"]


class Mostly:
    """Every message likeliest does this, and perhaps asks."""

    def __init__(self, act):
        self.act = act

    def shares(self, *_):
        return dict.fromkeys(ACTS, 0.0) | {"ask": 0.3} | {self.act: 0.7}


def doing(house, act):
    house.intake.understanding = replace(house.intake.understanding, acts=Mostly(act))


class Placed(builders.WordFinder):
    """What a test wants to be found, alone and after what was told; and how surely each line tells the last words."""

    alone = Found(None, "", 0.1, ())
    afterwards = Found(TOPIC, "", 0.6, (Candidate(TOPIC, "", 0.9),))
    sure = (("怎么赔", 1), ("还不还", 0))

    def ask(self, text, **more):
        return Found(TOPIC, "", 0.9, (Candidate(TOPIC, "", 0.95),)) if "，" in text or text == builders.QUESTION else self.alone

    def after(self, entry, text, **more):
        return self.afterwards

    def lines(self, entry, text):
        best = next((n for end, n in self.sure if text.endswith(end) and len(text) < 14), None)
        shares = np.array([0.02] * len(LINES) + [0.94])
        if best is not None:
            shares[best], shares[-1] = 0.94, 0.02
        return list(LINES), shares


@pytest.fixture
def house(store, tmp_path):
    """A visitor who was answered, and has an open ticket of the same matter."""
    finder = Placed(builders.knowledge().entries.values())
    made = builders.house(store, tmp_path, read=replace(builders.understanding(), finder=finder, acts=builders.Doing("ask")))
    say(made, builders.QUESTION)
    doing(made, "file")
    say(made, builders.COMPLAINT)
    say(made, button="done")
    say(made, button=f"faq:{TOPIC}")
    return made


@pytest.mark.parametrize("act", ["ask", "add"])
@pytest.mark.parametrize(("text", "line"), [
    ("那我这个月账单先还不还", 0), ("就是问怎么赔", 1), ("他们连我要贷八十万都知道 肯定是哪个员工卖的 怎么赔", 1)])
def test_a_line_of_her_matter_is_said_first(house, act, text, line):
    doing(house, act)
    words = say(house, text)
    assert words.startswith(LINES[line]) and word(house, "filing.question_noted", number=tickets(house)[0].number) not in words


@pytest.mark.parametrize("act", ["ask", "add"])
def test_the_line_is_said_where_the_words_alone_find_another_entry_unsurely(house, act):
    house.intake.understanding.finder.afterwards = Found(None, "", 0.4, (Candidate(OTHER, "", 0.4), Candidate(TOPIC, "", 0.3)))
    doing(house, act)
    assert say(house, "那我这个月账单先还不还").startswith(LINES[0])
    house.intake.understanding.finder.afterwards = Found(OTHER, "", 0.95, (Candidate(OTHER, "", 0.95),))
    assert LINES[0] not in say(house, "那一边贷款先还不还")


@pytest.mark.parametrize("act", ["ask", "add"])
def test_what_she_asks_besides_is_answered_and_not_only_noted(house, act):
    finder = house.intake.understanding.finder
    finder.alone = finder.afterwards = Found(OTHER, "", 0.95, (Candidate(OTHER, "", 0.95),))
    doing(house, act)
    assert house.knowledge.entries[OTHER].answer in say(house, "那我的钱存在你们这里保不保险呀？")


def test_what_tells_and_asks_nothing_is_added_as_before(house):
    doing(house, "add")
    assert say(house, "他们连我要贷八十万都知道") == word(house, "filing.appended", number=tickets(house)[0].number)


def test_how_long_it_takes_is_told_by_its_day_also_at_the_end_of_other_words(house):
    doing(house, "ask")
    (reply,) = hear(house, "那我自己先去营业厅买一个新号码用 这事要多久")
    assert tickets(house)[0].number in reply.text and "最迟" in reply.text


def test_what_no_line_tells_is_noted_with_what_she_may_read(house):
    finder = house.intake.understanding.finder
    finder.afterwards = Found(None, "", 0.6, (Candidate(TOPIC, "", 0.5), Candidate(OTHER, "", 0.4)))
    doing(house, "add")
    (reply,) = hear(house, "他是不是已经调走到别的网点啦？")
    assert reply.text == word(house, "filing.question_noted", number=tickets(house)[0].number)
    assert f"faq:{OTHER}" in [button.data for row in reply.buttons for button in row]


@pytest.mark.parametrize(("text", "said"), [("就是问怎么赔", LINES[1]), ("我在这里等着他", None)])
def test_who_called_for_a_colleague_is_answered_where_a_line_tells_it(store, tmp_path, text, said):
    finder = Placed(builders.knowledge().entries.values())
    made = builders.house(store, tmp_path, read=replace(builders.understanding(), finder=finder, acts=builders.Doing("ask")))
    say(made, builders.QUESTION)
    say(made, button="human")
    (call,) = tickets(made)
    assert say(made, text) == (said or word(made, "ask.passed_on", number=call.number))


def test_a_line_that_is_only_near_is_said_as_no_more_and_her_question_noted(house):
    finder = house.intake.understanding.finder
    finder.afterwards = Found(None, "", 0.6, (Candidate(OTHER, "", 0.5), Candidate(TOPIC, "", 0.1)))
    likely = [0.02] * (len(LINES) - 1)
    finder.lines = lambda entry, text: (list(LINES), np.array([0.45 if entry == OTHER else 0.1, *likely, 0.5]))
    doing(house, "add")
    (reply,) = hear(house, "他是不是已经调走到别的网点啦？")
    (made,) = tickets(house)
    headed = word(house, "ask.brief", question=house.knowledge.entries[OTHER].question, line=LINES[0])
    assert reply.text == word(house, "filing.question_near", line=headed, number=made.number) and "调走" in made.facts
