"""The quiz: five questions for this reader, one at a time, each with its explanation and source, then the score."""

import random
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from bot.flows import letters, quiz_words
from bot.flows.letters import LETTERS
from bot.flows.quiz_words import SCAMS
from bot.messages import Button, rows
from bot.turn import Turn
from knowledge.tables import Question
from tickets.deadlines import shanghai_day
from tickets.exams import PUBLIC, STAFF, shuffled
from tickets.models import Attempt

LENGTH = 5
STAYS_OPEN = timedelta(hours=2)
"""So long a typed letter is taken for the answer; the buttons live on."""
SCAM_THEMES = ("anti_fraud", "illegal_fundraising", "personal_info", "aml")
SWINDLE = re.compile("借|骗|陌生|短信|替人|替老板|帮忙|来历不")
"""Of the questions on money laundering those that a swindler may bring about: an account lent, money taken in for others."""
ANY_THEME = "any"
"""In a button, whose data has no room for nothing."""


def begin(turn: Turn, wanted: str = "") -> None:
    """Draw five questions that suit the reader. `wanted` is the code or name of a theme or an audience, and narrows them."""
    if wanted in audiences(turn):
        return choose_audience(turn, wanted)
    theme = "" if wanted == ANY_THEME else wanted
    drawn = draw(turn, theme)
    if not drawn:
        return turn.say(turn.word("quiz.none"))
    attempt = Attempt(chat_id=turn.chat.id, staff_id=turn.chat.staff_id, started_at=turn.at, questions=_laid_out(drawn))
    turn.session.add(attempt)
    turn.session.flush()
    turn.remember(quiz=attempt.id, quiz_theme=theme or None, picked=None, filing=None)
    _show(turn, attempt, 0)


def asked_for(turn: Turn, words: str) -> None:
    """`/quiz 老年人`, `/quiz 防骗`: as the words name it; without any, what the menu promises, the tricks of swindlers."""
    wish = quiz_words.heard(words + "题") if words else None
    if wish is None or wish.kind != "quiz":
        return begin(turn, words or SCAMS)
    _grant(turn, wish)


def spoken(turn: Turn) -> bool:
    """What is said of the quiz instead of pressing. False: the words are about something else, as far as this talk shows."""
    wish = quiz_words.heard(turn.text)
    if wish is None:
        return False
    asked = None if turn.state.get("filing") else open_question(turn)
    if asked is None and not wish.named:
        return False
    match wish.kind:
        case "pass" if asked is not None:
            _settle(turn, *asked, turn.knowledge.quiz[asked[0].questions[asked[1]]["id"]], picked=[])
        case "pass":
            begin(turn)
        case "stop" if asked is not None and not wish.sent:
            turn.remember(quiz=None, picked=None)
            turn.say(turn.word("quiz.stopped"), buttons=rows(turn.button("menu.back", "menu")))
        case "quiz":
            _grant(turn, wish)
        case _:
            return False
    return True


def _grant(turn: Turn, wish: quiz_words.Wish) -> None:
    if wish.audience == STAFF and STAFF not in audiences(turn):
        return turn.say(turn.word("staff.not_staff"))
    if wish.audience and wish.theme and wish.audience in audiences(turn):
        turn.chat.audience = wish.audience
        begin(turn, wish.theme)
    elif wish.audience:
        choose_audience(turn, wish.audience)
    else:
        begin(turn, wish.theme)


def _laid_out(drawn: Iterable[Question]) -> list[dict[str, Any]]:
    dice = random.SystemRandom()
    return [{"id": q.id, "order": shuffled(q, dice), "answer": None, "right": None} for q in drawn]


def draw(turn: Turn, theme: str) -> list[Question]:
    """Questions written for this audience first; what is missing to five comes from those for everybody."""
    dice, seen = random.SystemRandom(), fit(turn)
    own = [q for q in seen if turn.chat.audience in q.audience and _themed(turn, q, theme)]
    public = [q for q in seen if PUBLIC in q.audience and q not in own and _themed(turn, q, theme)]
    if not own and not public and theme:
        return draw(turn, "")
    drawn = dice.sample(own, min(LENGTH, len(own)))
    return drawn + dice.sample(public, min(LENGTH - len(drawn), len(public)))


def fit(turn: Turn) -> list[Question]:
    """Questions whose rule still holds today; the staff's own only for linked colleagues."""
    today, staff = shanghai_day(turn.at), turn.chat.staff_id is not None
    return [q for q in turn.knowledge.quiz.values()
            if (q.valid_until is None or q.valid_until >= today) and (q.audience != (STAFF,) or staff)]


def _themed(turn: Turn, question: Question, theme: str) -> bool:
    if theme == SCAMS:
        said = "".join((question.text, question.explanation, *question.options))
        return question.theme in SCAM_THEMES and (question.theme != "aml" or SWINDLE.search(said) is not None)
    kind = turn.knowledge.taxonomy.theme.get(question.theme)
    return not theme or theme in (question.theme, kind.name if kind else "")


def audiences(turn: Turn) -> list[str]:
    """The audiences that have questions of their own; 员工 is for colleagues."""
    used = {name for question in fit(turn) for name in question.audience}
    return [code for code in turn.knowledge.taxonomy.audience if code in used and (code != STAFF or turn.chat.staff_id is not None)]


def ask_audience(turn: Turn) -> None:
    names = turn.knowledge.taxonomy.audience
    buttons = [Button(names[code].name, f"audience:{code}") for code in audiences(turn)]
    turn.say(turn.word("quiz.audience"), buttons=rows(*buttons, width=3))


def choose_audience(turn: Turn, code: str) -> None:
    """From now on questions, and answers where a version exists, are those for this audience. A quiz that is being played
    goes on with the questions that are left."""
    if code not in audiences(turn):
        return turn.say(turn.word("error.button_gone"))
    turn.chat.audience = code
    turn.say(turn.word("quiz.audience_chosen", audience=turn.knowledge.taxonomy.audience[code].name))
    asked = open_question(turn)
    if asked is None or asked[1] == 0:
        return begin(turn, turn.state.get("quiz_theme", "") if asked else "")
    attempt, place = asked
    done = attempt.questions[:place]
    fresh = [q for q in draw(turn, turn.state.get("quiz_theme", "")) if q.id not in {row["id"] for row in done}]
    attempt.questions = done + _laid_out(fresh[:len(attempt.questions) - place])
    turn.remember(picked=None)
    if place < len(attempt.questions):
        return _show(turn, attempt, place)
    _next(turn, attempt, place)


def _show(turn: Turn, attempt: Attempt, place: int) -> None:
    row = attempt.questions[place]
    question = turn.knowledge.quiz.get(row["id"])
    if question is None:  # the question was taken out of the bank meanwhile
        return _next(turn, attempt, place)
    options = [f"{LETTERS[n]}. {question.options[index]}" for n, index in enumerate(row["order"])]
    key = "quiz.multiple" if question.kind == "multiple" else "quiz.single"
    text = turn.word(key, place=place + 1, total=len(attempt.questions), text=question.text) + "\n\n" + "\n".join(options)
    turn.remember(exam=None)
    turn.say(text, buttons=letters.buttons(turn, f"quiz-answer:{attempt.id}:{place}", len(row["order"]),
                                           many=question.kind == "multiple"))


def take(turn: Turn, attempt_id: int, place: int, choice: str) -> None:
    """A pressed letter. With several right answers, letters collect until 「提交」. A button of an earlier round chooses nothing in
    this one."""
    attempt = turn.session.get(Attempt, attempt_id) if turn.state.get("quiz") == attempt_id else None
    if attempt is None or attempt.chat_id != turn.chat.id or not 0 <= place < len(attempt.questions) \
            or attempt.questions[place]["answer"] is not None:
        return turn.say(turn.word("error.button_gone"))
    row = attempt.questions[place]
    question = turn.knowledge.quiz.get(row["id"])
    if question is None:
        return _next(turn, attempt, place)
    if choice != "ok" and not 0 <= int(choice) < len(row["order"]):
        return turn.say(turn.word("error.button_gone"))
    if question.kind == "multiple" and choice != "ok":
        picked = set(turn.state.get("picked") or []) ^ {int(choice)}
        turn.remember(picked=sorted(picked))
        return turn.say(turn.word("quiz.picked", letters=letters.named(picked)), buttons=letters.buttons(
            turn, f"quiz-answer:{attempt.id}:{place}", len(row["order"]), many=True, picked=picked))
    _settle(turn, attempt, place, question,
            picked=turn.state.get("picked") or [] if question.kind == "multiple" else [int(choice)])


def open_question(turn: Turn) -> tuple[Attempt, int] | None:
    """The quiz that is being played in this chat, and the place of the question that waits for an answer."""
    attempt = turn.session.get(Attempt, turn.state["quiz"]) if turn.state.get("quiz") else None
    if attempt is None or attempt.chat_id != turn.chat.id or turn.at - attempt.started_at > STAYS_OPEN:
        return None
    rows = enumerate(attempt.questions)
    place = next((n for n, row in rows if row["answer"] is None and row["id"] in turn.knowledge.quiz), None)
    return None if place is None else (attempt, place)


def typed(turn: Turn) -> bool:
    """A letter instead of a press, while a question is open. False: the words choose nothing, the conversation goes on."""
    asked = open_question(turn)
    if asked is None:
        return False
    attempt, place = asked
    row = attempt.questions[place]
    question = turn.knowledge.quiz[row["id"]]
    if question.kind == "multiple" and turn.state.get("picked") and turn.text.strip("。！! ") in letters.DONE:
        take(turn, attempt.id, place, "ok")
        return True
    if turn.text.strip("。！! ") in letters.PASSED:
        _settle(turn, attempt, place, question, picked=[])
        return True
    picked = letters.picked(turn.text, [question.options[n] for n in row["order"]], judge=question.kind == "true_false")
    if picked is None:
        return False
    if not picked or (len(picked) > 1 and question.kind != "multiple"):
        turn.say(turn.word("quiz.one_of", letters="、".join(LETTERS[:len(row["order"])])))
    elif question.kind == "multiple" and len(picked) == 1:
        take(turn, attempt.id, place, str(picked[0]))
    else:
        _settle(turn, attempt, place, question, picked=picked)
    return True


def _settle(turn: Turn, attempt: Attempt, place: int, question: Question, *, picked: list[int]) -> None:
    """Right or wrong, with the reason; then the next question."""
    row = attempt.questions[place]
    given = sorted(row["order"][n] for n in picked)
    right = given == sorted(question.answer)
    attempt.questions = [{**r, "answer": given, "right": right} if n == place else r for n, r in enumerate(attempt.questions)]
    turn.remember(picked=None)
    answer = "、".join(LETTERS[n] for n, index in enumerate(row["order"]) if index in question.answer)
    key = "quiz.right" if right else "quiz.wrong" if given else "quiz.passed"
    turn.say(turn.word(key, answer=answer, explanation=question.explanation, source=question.source))
    _next(turn, attempt, place)


def _next(turn: Turn, attempt: Attempt, place: int) -> None:
    if place + 1 < len(attempt.questions):
        return _show(turn, attempt, place + 1)
    attempt.finished_at = turn.at
    attempt.score = sum(bool(row["right"]) for row in attempt.questions)
    turn.remember(quiz=None)
    theme = turn.state.get("quiz_theme") or ANY_THEME
    key = "quiz.perfect" if attempt.score == len(attempt.questions) else "quiz.score"
    turn.say(turn.word(key, score=attempt.score, total=len(attempt.questions)),
             buttons=rows(turn.button("quiz.again", f"quiz-theme:{theme}"), turn.button("quiz.others", "audiences"),
                          turn.button("menu.back", "menu")))

