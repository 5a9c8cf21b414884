"""A staff exam on Telegram: the same sitting as on the desk, one question a message, nothing given away before the end."""

from bot.flows import letters
from bot.flows.letters import LETTERS
from bot.messages import Button, rows
from bot.turn import Turn
from knowledge.tables import Question
from tickets import exams
from tickets.models import Attempt, Exam, Staff
from tickets.numbers import minute

WRONG_SHOWN = 10


def colleague(turn: Turn) -> Staff | None:
    """The linked colleague of this private chat, if she still works here and is still linked to it."""
    staff = turn.session.get(Staff, turn.chat.staff_id) if turn.chat.staff_id else None
    linked = staff is not None and staff.active and staff.telegram_id in (turn.incoming.sender, turn.incoming.address)
    return staff if linked else None


def overview(turn: Turn) -> None:
    """The exams that ask for this colleague, those that can be sat as buttons."""
    staff = colleague(turn)
    if staff is None:
        return turn.say(turn.word("staff.not_staff"))
    found = exams.mine(turn.session, staff, turn.at)
    if not found:
        return turn.say(turn.word("exam.none"))
    lines = []
    for one in found:
        state = turn.word(f"exam.state_{one.state}")
        lines.append(turn.word("exam.line", title=one.exam.title, state=state, closes=minute(one.exam.closes_at)))
        if one.best is not None:
            lines[-1] += turn.word("exam.best", mark=one.best)
    buttons = [Button(turn.word("exam.go_on" if one.state == "running" else "exam.sit", title=one.exam.title),
                      f"exam:{one.exam.id}") for one in found if one.state in ("open", "running")]
    turn.say("\n\n".join(lines), buttons=rows(*buttons, width=1))


def offer(turn: Turn, exam_id: int) -> None:
    """What is asked, for how long, and how often one may try; it begins with the press of a button and not before."""
    staff, exam = colleague(turn), turn.session.get(Exam, exam_id)
    if staff is None or exam is None:
        return turn.say(turn.word("staff.not_staff" if staff is None else "error.button_gone"))
    stands = exams.standing(turn.session, exam, staff, turn.at)
    if stands.running is not None and stands.state == "running":
        return _show(turn, exam, stands.running)
    if not exams.concerned(turn.session, exam, staff) or stands.state != "open":
        text = turn.word("exam.not_yours" if stands.state == "open" else f"exam.{stands.state}")
        return turn.say(text + _missed(turn, stands))
    turn.say(turn.word("exam.rules", title=exam.title, count=len(exam.questions), minutes=exam.minutes, mark=exam.pass_score,
                       left=stands.left, closes=minute(exam.closes_at)),
             buttons=rows(turn.button("exam.begin", f"exam-begin:{exam.id}")))


def begin(turn: Turn, exam_id: int) -> None:
    staff, exam = colleague(turn), turn.session.get(Exam, exam_id)
    if staff is None or exam is None:
        return turn.say(turn.word("staff.not_staff" if staff is None else "error.button_gone"))
    try:
        attempt = exams.begin(turn.session, exam, staff, turn.knowledge.quiz, turn.at, chat_id=turn.chat.id)
    except exams.ExamRefused as refused:
        return turn.say(turn.word(f"exam.{refused.key}"))
    turn.remember(ticked=None, filing=None)
    _show(turn, exam, attempt)


def take(turn: Turn, attempt_id: int, place: int, choice: str) -> None:
    """A pressed letter. Where several may be right, letters collect until 「提交」."""
    staff, attempt = colleague(turn), turn.session.get(Attempt, attempt_id)
    if staff is None or attempt is None or attempt.staff_id != staff.id or attempt.exam_id is None:
        return turn.say(turn.word("error.button_gone"))
    exam = turn.session.get(Exam, attempt.exam_id)
    question = turn.knowledge.quiz.get(attempt.questions[place]["id"]) if 0 <= place < len(attempt.questions) else None
    ticked = turn.state.get("ticked") or {}
    picked = ticked.get("letters", []) if (ticked.get("attempt"), ticked.get("place")) == (attempt_id, place) else []
    if choice != "ok":
        picked = sorted(set(picked) ^ {int(choice)}) if question and exams.takes_many(question) else [int(choice)]
        if question and exams.takes_many(question):
            turn.remember(ticked={"attempt": attempt_id, "place": place, "letters": picked})
            count = len(attempt.questions[place]["order"])
            return turn.say(turn.word("quiz.picked", letters=letters.named(picked)), buttons=letters.buttons(
                turn, f"exam-answer:{attempt_id}:{place}", count, many=True, picked=picked))
    try:
        last = exams.answer(attempt, place, picked, turn.knowledge.quiz, turn.at)
    except exams.ExamRefused as refused:
        if refused.key == "time_up":
            return _mark(turn, exam, attempt, "exam.time_up")
        return turn.say(turn.word(f"exam.{refused.key}"))
    turn.remember(ticked=None)
    if last:
        return _mark(turn, exam, attempt)
    _show(turn, exam, attempt)


def typed(turn: Turn) -> bool:
    """A letter instead of a press, while a question of an exam waits. False: the words choose nothing, the talk goes on."""
    attempt = turn.session.get(Attempt, turn.state["exam"]) if turn.state.get("exam") else None
    place = exams.next_place(attempt) if attempt is not None and attempt.finished_at is None else None
    row = attempt.questions[place] if place is not None else None
    question = turn.knowledge.quiz.get(row["id"]) if row is not None else None
    if question is None:
        return False
    many = exams.takes_many(question)
    if many and turn.text.strip("。！! ") in letters.DONE:
        take(turn, attempt.id, place, "ok")
        return True
    picked = letters.picked(turn.text, [question.options[n] for n in row["order"]], judge=question.kind == "true_false")
    if picked is None:
        return False
    if not picked or (len(picked) > 1 and not many):
        turn.say(turn.word("quiz.one_of", letters="、".join(LETTERS[:len(row["order"])])))
    elif many and len(picked) > 1:
        turn.remember(ticked={"attempt": attempt.id, "place": place, "letters": picked})
        take(turn, attempt.id, place, "ok")
    else:
        take(turn, attempt.id, place, str(picked[0]))
    return True


def _show(turn: Turn, exam: Exam, attempt: Attempt) -> None:
    place = exams.next_place(attempt)
    if place is None:
        return _mark(turn, exam, attempt)
    row = attempt.questions[place]
    question = turn.knowledge.quiz.get(row["id"])
    if question is None:  # taken out of the bank meanwhile; it costs nobody anything
        exams.answer(attempt, place, [0], turn.knowledge.quiz, turn.at)
        return _show(turn, exam, attempt)
    left = round((attempt.ends_at - turn.at).total_seconds() / 60) if attempt.ends_at else exam.minutes
    left = turn.word("exam.minutes_left", left=left) if left > 1 else turn.word("exam.last_minute")
    key = "exam.question_many" if exams.takes_many(question) else "exam.question"
    text = turn.word(key, place=place + 1, total=len(attempt.questions), left=left, text=question.text)
    options = "\n".join(f"{LETTERS[n]}. {question.options[index]}" for n, index in enumerate(row["order"]))
    turn.remember(exam=attempt.id)
    turn.say(f"{text}\n\n{options}", buttons=letters.buttons(turn, f"exam-answer:{attempt.id}:{place}", len(row["order"]),
                                                             many=exams.takes_many(question)))


def _mark(turn: Turn, exam: Exam, attempt: Attempt, key: str = "exam.done") -> None:
    """The mark, whether it is enough, and what was missed."""
    turn.remember(exam=None)
    staff, mark = turn.session.get_one(Staff, attempt.staff_id), exams.percent(attempt)
    stands = exams.standing(turn.session, exam, staff, turn.at)
    enough = "exam.passed_now" if mark >= exam.pass_score else "exam.failed_open" if stands.state == "open" else "exam.failed_now"
    text = turn.word(key) + "\n\n" + turn.word(enough, title=exam.title, mark=mark, needed=exam.pass_score, left=stands.left)
    turn.say(text + _missed(turn, stands), buttons=rows(turn.button("exam.mine", "exams"), turn.button("menu.back", "menu")))


def _missed(turn: Turn, stands: exams.Standing) -> str:
    """Each wrong answer of the last sitting with what is right and why; while another try is open, only the themes."""
    quiz = turn.knowledge.quiz
    missed = [quiz[row["id"]] for row in stands.done[-1].questions if not row["right"] and row["id"] in quiz] if stands.done else []
    if not missed:
        return ""
    if not stands.reveals:
        names = dict.fromkeys(turn.knowledge.taxonomy.theme[one.theme].name for one in missed)
        return "\n\n" + turn.word("exam.missed_themes", count=len(missed), themes="、".join(names))
    shown = "\n\n".join(_correction(turn, one) for one in missed[:WRONG_SHOWN])
    return "\n\n" + turn.word("exam.missed", count=len(missed)) + "\n\n" + shown


def _correction(turn: Turn, question: Question) -> str:
    return turn.word("exam.correction", text=question.text, answer="；".join(question.options[n] for n in question.answer),
                     explanation=question.explanation, source=question.source)


def menu_row(turn: Turn) -> tuple[Button, ...]:
    """In a linked colleague's menu: her exams, where one is waiting for her."""
    staff = colleague(turn)
    if staff is None or not any(one.state in ("open", "running") for one in exams.mine(turn.session, staff, turn.at)):
        return ()
    return (turn.button("exam.mine", "exams"),)
