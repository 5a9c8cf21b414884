"""The quiz: five questions for this reader, one at a time, each with its explanation and source, then the score."""

import random

from bot.messages import Button, rows
from bot.turn import Turn
from knowledge.tables import Question
from tickets.models import Attempt

LENGTH = 5


def begin(turn: Turn, theme: str) -> None:
    """Draw five questions that suit the audience; a theme's code or name narrows them."""
    quiz = turn.knowledge.quiz
    wanted = [q for q in quiz.values() if _suits(turn, q, theme)] or [q for q in quiz.values() if _suits(turn, q, "")]
    if not wanted:
        return turn.say(turn.word("quiz.none"))
    drawn = random.sample(wanted, min(LENGTH, len(wanted)))
    attempt = Attempt(chat_id=turn.chat.id, staff_id=turn.chat.staff_id, started_at=turn.at, questions=[
        {"id": q.id, "order": _shuffled(q), "answer": None, "right": None} for q in drawn])
    turn.session.add(attempt)
    turn.session.flush()
    turn.remember(quiz=attempt.id, picked=None, filing=None)
    _show(turn, attempt, 0)


def _suits(turn: Turn, question: Question, theme: str) -> bool:
    kind = turn.knowledge.taxonomy.theme.get(question.theme)
    wanted = not theme or theme in (question.theme, kind.name if kind else "")
    return wanted and (question.audience != ("员工",) or turn.chat.staff_id is not None)


def _shuffled(question: Question) -> list[int]:
    order = list(range(len(question.options)))
    if question.kind != "true_false":
        random.shuffle(order)
    return order


def _show(turn: Turn, attempt: Attempt, place: int) -> None:
    row = attempt.questions[place]
    question = turn.knowledge.quiz.get(row["id"])
    if question is None:  # the question was taken out of the bank meanwhile
        return _next(turn, attempt, place)
    letters = [f"{'ABCDEFGH'[n]}. {question.options[index]}" for n, index in enumerate(row["order"])]
    key = "quiz.multiple" if question.kind == "multiple" else "quiz.single"
    text = turn.word(key, place=place + 1, total=len(attempt.questions), text=question.text) + "\n\n" + "\n".join(letters)
    picks = [Button("ABCDEFGH"[n], f"quiz-answer:{place}:{n}") for n in range(len(row["order"]))]
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
        return turn.say(turn.word("quiz.picked", letters="、".join("ABCDEFGH"[n] for n in sorted(picked)) or "—"),
                        buttons=rows(turn.button("quiz.submit", f"quiz-answer:{place}:ok")))
    picked = turn.state.get("picked") or [] if question.kind == "multiple" else [int(choice)]
    given = sorted(row["order"][n] for n in picked)
    right = given == sorted(question.answer)
    attempt.questions = [{**r, "answer": given, "right": right} if n == place else r for n, r in enumerate(attempt.questions)]
    turn.remember(picked=None)
    answer = "、".join("ABCDEFGH"[n] for n, index in enumerate(row["order"]) if index in question.answer)
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
             buttons=rows(turn.button("quiz.again", "quiz"), turn.button("menu.back", "menu")))

