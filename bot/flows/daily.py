"""The daily question: for those who asked for it, one a day, answered by one press, stopped by one word."""

from datetime import date, timedelta

from sqlalchemy import select

from bot.flows import quiz, quiz_words
from bot.flows.letters import LETTERS, picked
from bot.messages import Button, Reply, from_plain, rows
from bot.turn import Turn
from knowledge.base import Knowledge
from knowledge.tables import Question
from tickets.exams import PUBLIC, STAFF
from tickets.models import Attempt, Owed

STOP_WORDS = ("退订", "停", "停止", "取消订阅", "不要再发了", "别发了", "td")
ANY = ("对", "错", *LETTERS[2:])
"""As if every letter stood for an option: whether the words are an answer at all, before the question is looked for."""


def subscribe(turn: Turn, *, on: bool | None = None) -> None:
    """`on` None toggles."""
    turn.chat.daily = not turn.chat.daily if on is None else on
    turn.say(turn.word("daily.on" if turn.chat.daily else "daily.off"))


def spoken(turn: Turn) -> bool:
    """The words that begin or end a subscription, said alone. A word to stop ends the daily tip too."""
    said, wish = turn.text.strip(" 。.！!「」").lower(), quiz_words.heard(turn.text)
    if wish is not None and wish.kind == "daily":
        _begin(turn, wish.audience)
    elif (said in STOP_WORDS or _no_more(turn, wish)) and (turn.chat.daily or turn.chat.tips):
        turn.chat.daily = turn.chat.tips = False
        turn.say(turn.word("daily.off"))
    elif wish is not None and wish.kind == "stop" and wish.named and wish.sent:
        turn.say(turn.word("daily.not_on"))
    else:
        return False
    return True


def _no_more(turn: Turn, wish: quiz_words.Wish | None) -> bool:
    """「别再给我发题了」; 「不想收了」 only where no ticket is being told of, and only ever of what we send."""
    if wish is None or wish.kind != "stop" or not wish.sent:
        return False
    return wish.named or not (turn.state.get("filing") or turn.state.get("expect"))


def _begin(turn: Turn, audience: str) -> None:
    subscribe(turn, on=True)
    if audience and audience != turn.chat.audience and audience in quiz.audiences(turn):
        if quiz.open_question(turn) is not None:
            return quiz.choose_audience(turn, audience)
        turn.chat.audience = audience
        turn.say(turn.word("quiz.audience_chosen", audience=turn.knowledge.taxonomy.audience[audience].name))


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
    right = choice in question.answer
    if not _answered(turn, slug):
        row = {"id": slug, "order": list(range(len(question.options))), "answer": [choice], "right": right}
        turn.session.add(Attempt(chat_id=turn.chat.id, questions=[row], score=int(right), started_at=turn.at, finished_at=turn.at))
    answer = "、".join(f"{LETTERS[n]}. {question.options[n]}" for n in question.answer)
    turn.say(turn.word("quiz.right" if right else "quiz.wrong", answer=answer, explanation=question.explanation,
                       source=question.source),
             buttons=rows(turn.button("quiz.more", f"quiz-theme:{quiz.ANY_THEME}"), turn.button("daily.end", "daily-off")))


def typed(turn: Turn) -> bool:
    """A letter instead of a press, for the question that came within a day and has no answer yet. False: it was none."""
    if not turn.chat.daily or picked(turn.text, ANY, judge=True) is None:
        return False
    fresh = Owed.chat_id == turn.chat.id, Owed.purpose == "tip", Owed.at > turn.at - timedelta(days=1)
    sent = turn.session.scalars(select(Owed.body).where(*fresh).order_by(Owed.id.desc()).limit(4))
    pressed = (button.data for body in sent for row in from_plain(body).buttons for button in row)
    slug = next((data.split(":")[1] for data in pressed if data.startswith("daily:")), "")
    question = turn.knowledge.quiz.get(slug)
    chosen = picked(turn.text, question.options, judge=question.kind == "true_false") if question else None
    if chosen is None or _answered(turn, slug):
        return False
    if len(chosen) != 1:
        turn.say(turn.word("quiz.one_of", letters="、".join(LETTERS[:len(question.options)])))
    else:
        take(turn, slug, chosen[0])
    return True


def _answered(turn: Turn, slug: str) -> bool:
    before = turn.session.scalars(select(Attempt.questions).where(Attempt.chat_id == turn.chat.id, Attempt.exam_id.is_(None))
                                  .order_by(Attempt.id.desc()).limit(40))
    return any(len(asked) == 1 and asked[0]["id"] == slug for asked in before)
