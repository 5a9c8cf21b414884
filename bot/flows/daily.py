"""The daily question: for those who asked for it, one a day, answered by one press, stopped by one word."""

from datetime import date

from sqlalchemy import select

from bot.flows.quiz import LETTERS
from bot.messages import Button, Reply, rows
from bot.turn import Turn
from knowledge.base import Knowledge
from knowledge.tables import Question
from tickets.exams import PUBLIC, STAFF
from tickets.models import Attempt

START_WORDS = ("每日一题", "订阅每日一题", "开启每日一题")
STOP_WORDS = ("退订", "停", "停止", "取消订阅", "不要再发了", "别发了", "td")


def subscribe(turn: Turn, *, on: bool | None = None) -> None:
    """`on` None toggles."""
    turn.chat.daily = not turn.chat.daily if on is None else on
    turn.say(turn.word("daily.on" if turn.chat.daily else "daily.off"))


def spoken(turn: Turn) -> bool:
    """The words that begin or end a subscription, said alone. A word to stop ends the daily tip too."""
    said = turn.text.strip(" 。.！!「」").lower()
    if said in START_WORDS:
        subscribe(turn, on=True)
        return True
    if said in STOP_WORDS and (turn.chat.daily or turn.chat.tips):
        turn.chat.daily = turn.chat.tips = False
        turn.say(turn.word("daily.off"))
        return True
    return False


def question_of(knowledge: Knowledge, day: date, audience: str) -> Question | None:
    """The same question all day for all of an audience. A campaign's themes go first while it lasts; no question comes twice
    before the others were there."""
    fit = [q for q in knowledge.quiz.values() if len(q.answer) == 1 and q.kind != "multiple" and q.audience != (STAFF,)
           and not (q.valid_until and q.valid_until < day)]
    own = [q for q in fit if audience in q.audience] or [q for q in fit if PUBLIC in q.audience]
    themes = {theme for campaign in knowledge.campaigns.values() if campaign.on(day) for theme in campaign.themes}
    shelf = [q for q in own if q.theme in themes] or own
    # A stride that shares no factor with the count walks through all of them and does not stay in one theme.
    return sorted(shelf, key=lambda q: q.id)[day.toordinal() * _stride(len(shelf)) % len(shelf)] if shelf else None


def _stride(count: int) -> int:
    return next((n for n in (97, 89, 83, 79, 73) if count % n), 1)


def message(knowledge: Knowledge, question: Question) -> Reply:
    """What is sent: the question, its options as buttons, and how to stop."""
    letters = "\n".join(f"{LETTERS[n]}. {option}" for n, option in enumerate(question.options))
    text = f"{knowledge.wording('daily.question', text=question.text)}\n\n{letters}\n\n{knowledge.wording('daily.stop')}"
    return Reply(text, rows(*(Button(LETTERS[n], f"daily:{question.id}:{n}") for n in range(len(question.options))), width=4))


def take(turn: Turn, slug: str, choice: int) -> None:
    """Right or wrong, with the explanation and its source; the first answer counts and is kept."""
    question = turn.knowledge.quiz.get(slug)
    if question is None or not 0 <= choice < len(question.options) or question.audience == (STAFF,):
        return turn.say(turn.word("error.button_gone"))
    before = turn.session.scalars(select(Attempt.questions).where(Attempt.chat_id == turn.chat.id, Attempt.exam_id.is_(None))
                                  .order_by(Attempt.id.desc()).limit(40))
    again = any(len(asked) == 1 and asked[0]["id"] == slug for asked in before)
    right = choice in question.answer
    if not again:
        row = {"id": slug, "order": list(range(len(question.options))), "answer": [choice], "right": right}
        turn.session.add(Attempt(chat_id=turn.chat.id, questions=[row], score=int(right), started_at=turn.at, finished_at=turn.at))
    answer = "、".join(f"{LETTERS[n]}. {question.options[n]}" for n in question.answer)
    turn.say(turn.word("quiz.right" if right else "quiz.wrong", answer=answer, explanation=question.explanation,
                       source=question.source),
             buttons=rows(turn.button("quiz.more", "quiz"), turn.button("daily.end", "daily-off")))
