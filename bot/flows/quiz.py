"""The quiz: five questions for this reader, one at a time, each with its explanation and source, then the score."""

import random
from datetime import timedelta

from bot.flows import letters
from bot.flows.letters import LETTERS
from bot.messages import Button, rows
from bot.turn import Turn
from knowledge.tables import Question
from tickets.exams import PUBLIC, STAFF, shuffled
from tickets.models import Attempt

LENGTH = 5
STAYS_OPEN = timedelta(hours=2)
"""So long a typed letter is taken for the answer; the buttons live on."""


def begin(turn: Turn, wanted: str = "") -> None:
    """Draw five questions that suit the reader. `wanted` is the code or name of a theme or an audience, and narrows them."""
    if wanted in audiences(turn):
        return choose_audience(turn, wanted)
    drawn = draw(turn, wanted)
    if not drawn:
        return turn.say(turn.word("quiz.none"))
    dice = random.SystemRandom()
    attempt = Attempt(chat_id=turn.chat.id, staff_id=turn.chat.staff_id, started_at=turn.at, questions=[
        {"id": q.id, "order": shuffled(q, dice), "answer": None, "right": None} for q in drawn])
    turn.session.add(attempt)
    turn.session.flush()
    turn.remember(quiz=attempt.id, picked=None, filing=None)
    _show(turn, attempt, 0)


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
    today, staff = turn.at.date(), turn.chat.staff_id is not None
    return [q for q in turn.knowledge.quiz.values()
            if (q.valid_until is None or q.valid_until >= today) and (q.audience != (STAFF,) or staff)]


def _themed(turn: Turn, question: Question, theme: str) -> bool:
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
    """From now on questions, and answers where a version exists, are those for this audience."""
    if code not in audiences(turn):
        return turn.say(turn.word("error.button_gone"))
    turn.chat.audience = code
    turn.say(turn.word("quiz.audience_chosen", audience=turn.knowledge.taxonomy.audience[code].name))
    begin(turn)


def _show(turn: Turn, attempt: Attempt, place: int) -> None:
    row = attempt.questions[place]
    question = turn.knowledge.quiz.get(row["id"])
    if question is None:  # the question was taken out of the bank meanwhile
        return _next(turn, attempt, place)
    letters = [f"{LETTERS[n]}. {question.options[index]}" for n, index in enumerate(row["order"])]
    key = "quiz.multiple" if question.kind == "multiple" else "quiz.single"
    text = turn.word(key, place=place + 1, total=len(attempt.questions), text=question.text) + "\n\n" + "\n".join(letters)
    picks = [Button(LETTERS[n], f"quiz-answer:{place}:{n}") for n in range(len(row["order"]))]
    last = (turn.button("quiz.submit", f"quiz-answer:{place}:ok"),) if question.kind == "multiple" else ()
    turn.say(text, buttons=rows(*picks, *last, width=4))


def take(turn: Turn, place: int, choice: str) -> None:
    """A pressed letter. With several right answers, letters collect until 「提交」."""
    attempt = turn.session.get(Attempt, turn.state.get("quiz") or 0)
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
        return turn.say(turn.word("quiz.picked", letters="、".join(LETTERS[n] for n in sorted(picked)) or "—"),
                        buttons=rows(turn.button("quiz.submit", f"quiz-answer:{place}:ok")))
    _settle(turn, attempt, place, question,
            picked=turn.state.get("picked") or [] if question.kind == "multiple" else [int(choice)])


def typed(turn: Turn) -> bool:
    """A letter instead of a press, while a question is open. False: the words choose nothing, the conversation goes on."""
    attempt = turn.session.get(Attempt, turn.state["quiz"]) if turn.state.get("quiz") else None
    if attempt is None or attempt.chat_id != turn.chat.id or turn.at - attempt.started_at > STAYS_OPEN:
        return False
    place = next((n for n, row in enumerate(attempt.questions) if row["answer"] is None and row["id"] in turn.knowledge.quiz), None)
    if place is None:
        return False
    row = attempt.questions[place]
    question = turn.knowledge.quiz[row["id"]]
    if question.kind == "multiple" and turn.state.get("picked") and turn.text.strip("。！! ") in letters.DONE:
        take(turn, place, "ok")
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
        take(turn, place, str(picked[0]))
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
    turn.say(turn.word("quiz.right" if right else "quiz.wrong", answer=answer, explanation=question.explanation,
                       source=question.source))
    _next(turn, attempt, place)


def _next(turn: Turn, attempt: Attempt, place: int) -> None:
    if place + 1 < len(attempt.questions):
        return _show(turn, attempt, place + 1)
    attempt.finished_at = turn.at
    attempt.score = sum(bool(row["right"]) for row in attempt.questions)
    turn.remember(quiz=None)
    key = "quiz.perfect" if attempt.score == len(attempt.questions) else "quiz.score"
    turn.say(turn.word(key, score=attempt.score, total=len(attempt.questions)),
             buttons=rows(turn.button("quiz.again", "quiz"), turn.button("quiz.others", "audiences"),
                          turn.button("menu.back", "menu")))

