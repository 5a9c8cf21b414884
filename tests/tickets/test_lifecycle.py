"""The table of moves: who may, when, with what, and what stays behind."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.tickets.build import DAY, MONDAY, chat, complaint, last_second, person
from tickets import audit, lifecycle
from tickets.assignment import add_branch
from tickets.lifecycle import MOVES, MoveRefused, ask_review, confirm_told, may, moves_for
from tickets.models import OPEN, Alert, Audit, Branch, Event, Message, Owed, Pause, Staff, Ticket
from tickets.telling import tell_customer, told_fields

ACTORS = ("customer", "staff", "bot", "clock")
ROLES = ("intake", "handler", "lead", "auditor", "admin")


@pytest.fixture
def session(store):
    with store.write() as session:
        yield session


@pytest.fixture
def make(session, rules, wording):
    """`make(ticket, "take", her)`: one staff move with the office's rules and words."""
    def make(ticket, name, staff, *, at=MONDAY, **more):
        return lifecycle.move(session, ticket, name, actor="staff", staff=staff, rules=rules, wording=wording, at=at, **more)
    return make


SOON = MONDAY + 8 * DAY
"""A week before the day it is due: from now on the handler may extend a complex matter herself."""


def owed_texts(session, ticket):
    return [row.body["text"] for row in session.scalars(select(Owed).where(Owed.ticket_id == ticket.id).order_by(Owed.id))]


def arrive(session, ticket, at):
    """The platform took every message of this ticket."""
    for row in session.scalars(select(Owed).where(Owed.ticket_id == ticket.id, Owed.status == "owed")):
        row.status, row.sent_at = "sent", at
    session.flush()


def investigated(session, make, rules, handler, **more):
    ticket = complaint(session, rules, **more)
    make(ticket, "take", handler)
    make(ticket, "begin", handler)
    return ticket


def test_a_hard_complaint_from_receipt_to_review(session, rules, wording, make):
    """冒名贷款: extended twice with approval, paused for appraisal, decided, told, reviewed; the due day at every step."""
    head = add_branch(session, code="0", name="总行", kind="head")
    branch = add_branch(session, code="1", name="城东支行", parent=head)
    handler, lead = person(session, branch=branch), person(session, "lead", branch=branch)
    superior = person(session, "lead", branch=head)
    ticket = complaint(session, rules, flags=["identity_loan"], branch_id=branch.id)
    assert (ticket.status, ticket.due_at, ticket.grade) == ("received", last_second(2026, 12, 8), "复杂")
    make(ticket, "take", handler)
    make(ticket, "begin", handler)
    assert (ticket.status, ticket.assignee_id, ticket.first_handler_id) == ("investigating", handler.id, handler.id)
    make(ticket, "extend", handler, reason="须调取 2012 年的面签档案", at=MONDAY + 10 * DAY)
    assert (ticket.extension, ticket.due_at) == (1, last_second(2026, 12, 23))
    make(ticket, "pause_appraisal", handler, reason="笔迹鉴定", at=MONDAY + 20 * DAY)
    assert ticket.status == "appraisal"
    make(ticket, "resume", handler, at=MONDAY + 32 * DAY)
    assert (ticket.status, ticket.due_at) == ("investigating", last_second(2027, 1, 4))
    make(ticket, "ask_extension", handler, reason="鉴定结论须复核", at=MONDAY + 33 * DAY)
    with pytest.raises(MoveRefused, match="上级机构"):
        make(ticket, "approve_extension", lead, at=MONDAY + 33 * DAY)
    make(ticket, "approve_extension", superior, at=MONDAY + 33 * DAY)
    assert (ticket.extension, ticket.due_at, ticket.extension_asked_by) == (2, last_second(2027, 2, 3), None)
    make(ticket, "decide", handler, reason="鉴定意见：非本人签名", decision="确认冒名，停止催收并更正征信", upheld=True,
         at=MONDAY + 60 * DAY)
    event = make(ticket, "tell", handler, at=MONDAY + 60 * DAY)
    assert (event.kind, ticket.status, ticket.told_at) == ("telling", "decided", None), "a message on its way has told nobody yet"
    arrive(session, ticket, MONDAY + 61 * DAY)
    confirm_told(session, ticket, rules=rules, at=MONDAY + 61 * DAY)
    assert (ticket.status, ticket.told_at, ticket.told_how) == ("told", MONDAY + 61 * DAY, "outbox")
    assert ticket.told_at < ticket.due_at
    make(ticket, "close", handler, at=MONDAY + 62 * DAY)
    review = ask_review(session, ticket, rules=rules, at=MONDAY + 80 * DAY)
    assert (review.kind, review.review_of_id, review.branch_id) == ("review", ticket.id, head.id)
    assert review.due_at == last_second(2027, 3, 13)
    told = owed_texts(session, ticket)
    assert [words for words in told if "2027 年 2 月 3 日" in words and "鉴定结论须复核" in words], "she is told of the extension"
    assert [words for words in told if "确认冒名" in words and "12378" in words], "a decision names the remedies"
    kinds = list(session.scalars(select(Event.kind).where(Event.ticket_id == ticket.id).order_by(Event.id)))
    assert kinds == ["received", "assigned", "investigating", "extended", "paused", "resumed", "extension_asked", "extended",
                     "decided", "telling", "told", "closed", "review_asked"]
    assert audit.verify(session) is None


@pytest.mark.parametrize("row", MOVES, ids=lambda row: f"{row.name}-{'light' if row.kinds else 'any'}")
def test_the_table_alone_says_who_may_and_when(row):
    kind = "human" if row.kinds else "complaint"
    states = {*OPEN, "told", "closed", "withdrawn", "merged", "not_accepted"}
    assert set(row.source) <= states
    for status in states:
        ticket = Ticket(kind=kind, status=status)
        for actor in ACTORS:
            for role in ROLES if actor == "staff" else (None,):
                expected = status in row.source and actor in row.actors and (actor != "staff" or role in row.roles)
                assert may(ticket, row.name, actor=actor, role=role) is expected


def test_an_auditor_can_move_nothing(session, rules, make):
    auditor = person(session, "auditor")
    ticket = complaint(session, rules)
    assert moves_for(ticket, auditor) == []
    for name in {row.name for row in MOVES}:
        with pytest.raises(MoveRefused):
            make(ticket, name, auditor, reason="试", decision="试", assignee_id=auditor.id)
    assert ticket.status == "received"


def test_whoever_is_complained_about_never_handles_it(session, rules, make):
    accused, lead = person(session), person(session, "lead")
    ticket = complaint(session, rules, against_staff_id=accused.id)
    assert moves_for(ticket, accused) == []
    with pytest.raises(MoveRefused, match="回避"):
        make(ticket, "take", accused)
    with pytest.raises(MoveRefused, match="回避"):
        make(ticket, "assign", lead, assignee_id=accused.id)
    assert ticket.assignee_id is None


def test_a_review_is_not_handled_by_who_decided_first(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler)
    make(ticket, "decide", handler, reason="依据", decision="不支持", upheld=False)
    make(ticket, "tell", handler, how="call", evidence="11 月 24 日 10:05 通话 3 分钟")
    review = ask_review(session, ticket, rules=rules, at=MONDAY)
    with pytest.raises(MoveRefused, match="回避"):
        make(review, "take", handler)
    with pytest.raises(MoveRefused, match="回避"):
        make(review, "assign", lead, assignee_id=handler.id)
    make(review, "take", lead)
    assert review.assignee_id == lead.id


def test_only_the_handler_or_a_lead_works_on_a_ticket(session, rules, make):
    handler, other, lead = person(session), person(session), person(session, "lead")
    ticket = complaint(session, rules)
    with pytest.raises(MoveRefused, match="先接单"):
        make(ticket, "begin", handler)
    make(ticket, "take", handler)
    with pytest.raises(MoveRefused, match="承办人"):
        make(ticket, "begin", other)
    with pytest.raises(MoveRefused, match="已有同事承办"):
        make(ticket, "take", other)
    make(ticket, "begin", lead)
    assert ticket.status == "investigating"


def test_a_branch_cannot_touch_what_another_branch_handles(session, rules, make):
    head = add_branch(session, code="0", name="总行", kind="head")
    east, west = (add_branch(session, code=code, name=code, parent=head) for code in "EW")
    stranger, own = person(session, branch=west), person(session, branch=east)
    ticket = complaint(session, rules, branch_id=east.id)
    with pytest.raises(MoveRefused, match="机构范围"):
        make(ticket, "take", stranger)
    make(ticket, "take", own)
    assert ticket.assignee_id == own.id


def test_decided_is_not_done_until_she_was_told_with_evidence(session, rules, make):
    handler = person(session)
    ticket = investigated(session, make, rules, handler, talk=False)
    with pytest.raises(MoveRefused):
        make(ticket, "tell", handler, how="call", evidence="x")
    make(ticket, "decide", handler, reason="依据", decision="退还利息", upheld=True)
    with pytest.raises(MoveRefused):
        make(ticket, "close", handler)
    with pytest.raises(MoveRefused, match="凭据"):
        make(ticket, "tell", handler, how="call")
    with pytest.raises(MoveRefused, match="电话、信函"):
        make(ticket, "tell", handler)  # she has no channel
    with pytest.raises(MoveRefused):
        make(ticket, "tell", handler, how="pigeon", evidence="x")
    assert ticket.status == "decided" and ticket.is_open
    make(ticket, "tell", handler, how="letter", evidence="EMS 1234")
    assert (ticket.status, ticket.told_how, ticket.told_evidence) == ("told", "letter", "EMS 1234")


def test_telling_with_another_tickets_message_is_refused(session, rules, make):
    handler = person(session)
    ticket, other = (investigated(session, make, rules, handler) for _ in range(2))
    make(ticket, "decide", handler, reason="依据", decision="退还", upheld=True)
    foreign = session.scalars(select(Owed.id).where(Owed.ticket_id == other.id)).first()
    with pytest.raises(MoveRefused, match="没有找到"):
        make(ticket, "tell", handler, owed_id=foreign)
    assert ticket.told_owed_id is None


def test_a_decision_that_is_being_sent_can_no_longer_be_changed(session, rules, make):
    handler = person(session)
    ticket = investigated(session, make, rules, handler)
    make(ticket, "decide", handler, reason="依据", decision="甲", upheld=True)
    make(ticket, "decide", handler, reason="依据", decision="乙", upheld=True)
    assert ticket.decision == "乙"
    make(ticket, "tell", handler)
    sent = len(owed_texts(session, ticket))
    with pytest.raises(MoveRefused, match="已在发送"):
        make(ticket, "decide", handler, reason="依据", decision="丙", upheld=True)
    make(ticket, "tell", handler)
    assert len(owed_texts(session, ticket)) == sent, "pressing again sends nothing twice"


@pytest.mark.parametrize("name", sorted({row.name for row in MOVES if row.reason}))
def test_a_move_that_needs_a_reason_is_refused_without_one(session, rules, make, name):
    row = next(row for row in MOVES if row.name == name)
    lead = person(session, "lead")
    ticket = complaint(session, rules)
    ticket.status = row.source[0]
    session.flush()
    with pytest.raises(MoveRefused, match="原因"):
        make(ticket, name, lead, reason="  ")
    assert ticket.status == row.source[0]


def test_a_refused_move_leaves_no_trace(session, rules, make):
    handler = person(session)
    ticket = investigated(session, make, rules, handler)
    def marks():
        return (ticket.version, *(session.scalar(select(func.count()).select_from(table)) for table in (Event, Owed, Audit, Pause)))
    before = marks()
    for name, more in (("resume", {}), ("close", {}), ("ask_extension", {"reason": "难"}), ("approve_extension", {}),
                       ("decide", {"reason": "依据"}), ("merge", {"into_id": ticket.id}), ("extend", {})):
        with pytest.raises(MoveRefused):
            make(ticket, name, handler, **more)
    assert marks() == before


def test_the_second_extension_needs_another_person_than_who_asked_or_handles(session, rules, make):
    lead, handler, boss = person(session, "lead"), person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler)
    with pytest.raises(MoveRefused, match="先按情况复杂"):
        make(ticket, "ask_extension", handler, reason="难")
    make(ticket, "extend", handler, reason="复杂", at=SOON)
    with pytest.raises(MoveRefused, match="没有待审批"):
        make(ticket, "approve_extension", boss)
    make(ticket, "ask_extension", lead, reason="难")
    with pytest.raises(MoveRefused, match="自己的延期"):
        make(ticket, "approve_extension", lead)
    with pytest.raises(MoveRefused):
        make(ticket, "approve_extension", handler)
    make(ticket, "approve_extension", boss)
    assert ticket.due_at == last_second(2027, 1, 22)
    with pytest.raises(MoveRefused, match="不能再延"):
        make(ticket, "ask_extension", handler, reason="还难")


def test_approval_without_telling_the_customer_moves_no_clock(session, rules, make):
    handler, boss = person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler, talk=False)
    make(ticket, "extend", handler, reason="复杂", at=SOON)
    make(ticket, "ask_extension", handler, reason="难")
    with pytest.raises(MoveRefused, match="告知延期"):
        make(ticket, "approve_extension", boss)
    assert (ticket.extension, ticket.due_at) == (1, last_second(2026, 12, 23))
    event = make(ticket, "approve_extension", boss, how="call", evidence="通话 2 分钟，客户知悉")
    assert (ticket.extension, event.data["how"], event.data["approved_by"]) == (2, "call", boss.id)


def test_a_refused_extension_can_be_asked_for_again(session, rules, make):
    handler, boss = person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler)
    make(ticket, "extend", handler, reason="复杂", at=SOON)
    make(ticket, "ask_extension", handler, reason="难")
    make(ticket, "refuse_extension", boss, reason="材料已齐")
    assert (ticket.extension, ticket.extension_asked_by) == (1, None)
    make(ticket, "ask_extension", handler, reason="又缺材料")
    assert ticket.extension_asked_by == handler.id


def test_no_deadline_is_moved_after_it_has_passed(session, rules, make):
    handler = person(session)
    ticket = investigated(session, make, rules, handler)
    late = last_second(2026, 12, 8) + timedelta(seconds=1)
    for name in ("extend", "new_facts"):
        with pytest.raises(MoveRefused, match="期限已过"):
            make(ticket, name, handler, reason="晚了", at=late)
    make(ticket, "extend", handler, reason="还来得及", at=last_second(2026, 12, 8))
    assert ticket.due_at == last_second(2026, 12, 23)


def test_two_pauses_at_once_stop_the_clock_once_and_resume_when_both_are_over(session, rules, make):
    handler = person(session)
    ticket = investigated(session, make, rules, handler)
    make(ticket, "pause_appraisal", handler, reason="鉴定", at=MONDAY + 2 * DAY)
    with pytest.raises(MoveRefused):
        make(ticket, "pause_appraisal", handler, reason="又鉴定", at=MONDAY + 3 * DAY)
    make(ticket, "pause_mediation", handler, reason="调解", at=MONDAY + 4 * DAY)
    assert ticket.status == "mediation"
    make(ticket, "resume", handler, what="appraisal", at=MONDAY + 8 * DAY)
    assert ticket.status == "mediation"
    make(ticket, "resume", handler, at=MONDAY + 12 * DAY)
    assert (ticket.status, ticket.due_at) == ("investigating", last_second(2026, 12, 18))


def test_kinds_without_extension_or_pause_are_refused_them(session, rules, make):
    handler = person(session)
    ticket = investigated(session, make, rules, handler, kind="aml_objection")
    for name in ("extend", "pause_appraisal", "new_facts"):
        with pytest.raises(MoveRefused, match="这类工单"):
            make(ticket, name, handler, reason="试")


def test_new_facts_in_time_start_the_clock_again_and_reopen_an_untold_decision(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler)
    make(ticket, "extend", handler, reason="复杂", at=SOON)
    make(ticket, "decide", handler, reason="依据", decision="不支持", upheld=False)
    make(ticket, "new_facts", lead, reason="客户补交流水", at=MONDAY + 5 * DAY)
    assert (ticket.status, ticket.extension, ticket.decided_at) == ("investigating", 0, None)
    assert (ticket.clock_from, ticket.due_at) == (MONDAY + 5 * DAY, last_second(2026, 12, 13))


def test_a_handlers_restart_waits_for_a_lead_and_then_counts_from_the_day_the_facts_came(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler)
    asked = make(ticket, "new_facts", handler, reason="客户补交流水", at=MONDAY + 5 * DAY)
    assert (asked.kind, asked.data["asks"], ticket.extension_asked_by) == ("clock_asked", "new_facts", handler.id)
    assert (ticket.clock_from, ticket.due_at) == (MONDAY, last_second(2026, 12, 8)), "asking moves nothing"
    assert not {"new_facts", "extend", "regulator_date"} & {row.name for row in moves_for(ticket, handler)}
    with pytest.raises(MoveRefused, match="等审批"):
        make(ticket, "new_facts", handler, reason="再补一份")
    with pytest.raises(MoveRefused):
        make(ticket, "approve_extension", handler)
    done = make(ticket, "approve_extension", lead, reason="同意", at=MONDAY + 7 * DAY)
    assert (done.kind, done.reason, done.data["opinion"]) == ("new_facts", "客户补交流水", "同意")
    assert (done.data["asked_by"], done.data["approved_by"], ticket.extension_asked_by) == (handler.id, lead.id, None)
    assert (ticket.clock_from, ticket.due_at) == (MONDAY + 5 * DAY, last_second(2026, 12, 13))


def test_an_early_extension_waits_for_a_lead_and_only_then_she_is_told(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler)
    told = len(owed_texts(session, ticket))
    assert make(ticket, "extend", handler, reason="复杂", at=MONDAY + 7 * DAY).kind == "clock_asked"
    assert (ticket.extension, len(owed_texts(session, ticket))) == (0, told)
    make(ticket, "refuse_extension", lead, reason="还早")
    assert (ticket.extension, ticket.extension_asked_by) == (0, None)
    make(ticket, "extend", handler, reason="复杂", at=MONDAY + 7 * DAY)
    assert make(ticket, "approve_extension", lead).kind == "extended"
    assert (ticket.extension, ticket.due_at) == (1, last_second(2026, 12, 23))
    assert "延长至 2026 年 12 月 23 日，" in owed_texts(session, ticket)[-1] and "复杂" in owed_texts(session, ticket)[-1]


@pytest.mark.parametrize("how", [{"how": "call", "evidence": "通话 3 分钟"}, {}])
def test_a_request_that_nobody_answered_ends_with_the_telling(session, rules, make, how):
    handler = person(session)
    ticket = investigated(session, make, rules, handler)
    make(ticket, "new_facts", handler, reason="客户补交流水", at=MONDAY + 2 * DAY)
    make(ticket, "decide", handler, reason="依据", decision="不支持", upheld=False, at=MONDAY + 3 * DAY)
    make(ticket, "tell", handler, at=MONDAY + 3 * DAY, **how)
    if not how:
        assert ticket.extension_asked_by == handler.id, "she is not told yet"
        arrive(session, ticket, MONDAY + 3 * DAY)
        confirm_told(session, ticket, rules=rules, at=MONDAY + 3 * DAY)
    assert (ticket.status, ticket.extension_asked_by) == ("told", None)


def test_a_request_of_before_is_not_approved_after_reopening(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    call = complaint(session, rules, kind="suggestion", outer_number="苏金转 31 号")
    make(call, "take", handler)
    make(call, "regulator_date", handler, reason="转办单要求", due_at=last_second(2026, 12, 3))
    make(call, "close", handler)
    make(call, "reopen", lead, reason="新证据", at=MONDAY + 60 * DAY)
    assert "approve_extension" not in {row.name for row in moves_for(call, lead)}
    with pytest.raises(MoveRefused, match="没有待审批"):
        make(call, "approve_extension", lead, at=MONDAY + 60 * DAY)


@pytest.mark.parametrize("name", ["new_facts", "regulator_date", "extend"])
def test_who_neither_handles_nor_leads_moves_no_clock(session, rules, make, name):
    ticket = investigated(session, make, rules, person(session), source="r12378")
    for other in (person(session), person(session, "intake")):
        assert name not in {row.name for row in moves_for(ticket, other)}
        with pytest.raises(MoveRefused):
            make(ticket, name, other, reason="试", due_at=last_second(2026, 12, 3), at=SOON)


def test_only_a_regulators_case_has_a_regulators_date(session, rules, make):
    lead = person(session, "lead")
    ticket = investigated(session, make, rules, person(session))
    with pytest.raises(MoveRefused, match="监管"):
        make(ticket, "regulator_date", lead, reason="催得急", due_at=last_second(2026, 12, 3))
    ticket.outer_number = "苏金转 31 号"
    make(ticket, "regulator_date", lead, reason="转办单要求", due_at=last_second(2026, 12, 3))
    assert ticket.due_at == last_second(2026, 12, 3)


def test_the_regulators_date_stays_theirs_until_they_change_it(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    theirs = last_second(2026, 12, 3)
    ticket = investigated(session, make, rules, handler, source="r12378")
    assert make(ticket, "regulator_date", handler, reason="转办单要求", due_at=theirs).kind == "clock_asked"
    assert ticket.regulator_due_at is None
    assert make(ticket, "approve_extension", lead).kind == "regulator_date"
    assert ticket.due_at == theirs
    make(ticket, "extend", handler, reason="复杂", at=SOON)
    assert ticket.due_at == theirs
    assert any("2026 年 12 月 23 日" in words for words in owed_texts(session, ticket)), "she is told the law's day"
    make(ticket, "regulator_date", lead, reason="监管同意改期", due_at=last_second(2027, 1, 5))
    assert ticket.due_at == last_second(2026, 12, 23)


def test_withdrawing_ends_handling_that_day_and_every_pause(session, rules, make):
    handler = person(session)
    ticket = investigated(session, make, rules, handler)
    make(ticket, "pause_appraisal", handler, reason="鉴定")
    lifecycle.move(session, ticket, "withdraw", actor="customer", rules=rules, at=MONDAY + DAY)
    assert (ticket.status, ticket.closed_at, ticket.is_open) == ("withdrawn", MONDAY + DAY, False)
    assert session.scalars(select(Pause)).one().ended_at == MONDAY + DAY
    with pytest.raises(MoveRefused):
        make(ticket, "resume", handler)


def test_a_colleague_who_enters_a_withdrawal_writes_how_it_was_asked(session, rules, make):
    clerk = person(session, "intake")
    ticket = complaint(session, rules)
    with pytest.raises(MoveRefused, match="怎样提出"):
        make(ticket, "withdraw", clerk)
    make(ticket, "withdraw", clerk, reason="客户来电：不投诉了")
    assert ticket.status == "withdrawn"


def test_a_later_ticket_is_merged_into_the_earlier_with_all_its_words(session, rules, make):
    clerk, talk = person(session, "intake"), chat(session)
    first = complaint(session, rules, talk=talk)
    second = complaint(session, rules, talk=talk, at=MONDAY + DAY, urgency="II", flags=["media", "identity_loan"])
    session.add(Message(chat_id=talk.id, ticket_id=second.id, author="customer", text="还没人管"))
    session.flush()
    with pytest.raises(MoveRefused, match="先收到的"):
        make(first, "merge", clerk, into_id=second.id, at=MONDAY + DAY)
    due = first.due_at
    make(second, "merge", clerk, into_id=first.id, at=MONDAY + DAY)
    assert (second.status, second.merged_into_id) == ("merged", first.id)
    assert (first.urgency, first.flags, first.due_at) == ("II", ["media", "identity_loan"], due)
    assert first.grade == "复杂", "as the marks tell that joined it"
    hers = select(Message.text).where(Message.ticket_id == first.id, Message.author == "customer")
    assert session.scalars(hers).all() == ["还没人管"]
    assert session.scalars(select(Event.kind).where(Event.ticket_id == first.id)).all() == ["received", "absorbed"]
    assert first.number in owed_texts(session, second)[-1]


def test_tickets_of_two_customers_are_never_merged(session, rules, make):
    lead = person(session, "lead")
    mine, hers = complaint(session, rules), complaint(session, rules, at=MONDAY + DAY)
    unknown = [complaint(session, rules, talk=False, at=MONDAY + n * DAY) for n in range(2)]
    for source, target in ((hers, mine), (unknown[1], unknown[0])):
        with pytest.raises(MoveRefused, match="不是同一位客户"):
            make(source, "merge", lead, into_id=target.id, at=MONDAY + 2 * DAY)
        assert source.status == "received"


def test_not_accepting_tells_why_or_is_refused(session, rules, make):
    handler = person(session)
    online, by_phone = complaint(session, rules), complaint(session, rules, talk=False)
    for ticket in (online, by_phone):
        make(ticket, "take", handler)
    make(online, "not_accept", handler, reason="这笔业务不是我行办理的。")
    told = owed_texts(session, online)[-1]
    assert "原因：这笔业务不是我行办理的。\n" in told and "很抱歉" in told and "12378" in told
    assert "授权委托书" not in told and "核查" not in told, "only her own reason, and no way that is not open to her"
    with pytest.raises(MoveRefused, match="须告知"):
        make(by_phone, "not_accept", handler, reason="同上")
    make(by_phone, "not_accept", handler, reason="同上", how="call", evidence="通话 1 分钟")
    assert by_phone.status == "not_accepted"


@pytest.mark.parametrize("key", ["told.extended", "told.resumed", "told.reopened", "progress.review_filed"])
def test_the_last_day_counts_whole_in_every_sentence_that_names_it(wording, key):
    fields = {"number": "T1", "due": "2026 年 12 月 9 日", "reason": "复杂", "what": "鉴定"}
    assert "9 日前" not in wording(key, **fields) and "9 日" in wording(key, **fields)


def test_reopening_starts_anew_and_remembers_the_old_decision(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler)
    make(ticket, "decide", handler, reason="依据", decision="不支持", upheld=False)
    make(ticket, "tell", handler, how="counter", evidence="签收单")
    with pytest.raises(MoveRefused):
        make(ticket, "reopen", handler, reason="新证据")
    event = make(ticket, "reopen", lead, reason="新证据", at=MONDAY + 40 * DAY)
    assert (ticket.status, ticket.is_open, ticket.decision, ticket.told_at) == ("reopened", True, "", None)
    assert ticket.due_at == last_second(2027, 1, 17)
    assert event.data["before"]["decision"] == "不支持"


def test_a_review_is_asked_for_within_thirty_days_of_being_told_and_once(session, rules, make):
    handler = person(session)
    ticket = investigated(session, make, rules, handler)
    assert ask_review(session, ticket, rules=rules, at=MONDAY) is None, "nothing is decided yet"
    make(ticket, "decide", handler, reason="依据", decision="不支持", upheld=False)
    make(ticket, "tell", handler, how="counter", evidence="签收单")
    last = last_second(2026, 12, 23)
    assert ask_review(session, ticket, rules=rules, at=last + timedelta(seconds=1)) is None
    review = ask_review(session, ticket, rules=rules, at=last)
    assert review.due_at == last_second(2027, 1, 22)
    assert (review.chat_id, review.customer_id) == (ticket.chat_id, ticket.customer_id)
    assert ask_review(session, ticket, rules=rules, at=last).id == review.id
    assert ask_review(session, review, rules=rules, at=last) is None, "a review of a review is another matter"


def test_a_call_for_a_person_is_closed_without_a_decision_but_a_complaint_is_not(session, rules, make):
    clerk = person(session, "intake")
    call = complaint(session, rules, kind="human", category=None, cause=None)
    make(call, "close", clerk)
    assert (call.status, call.closed_at) == ("closed", MONDAY)
    with pytest.raises(MoveRefused):
        make(complaint(session, rules), "close", person(session, "lead"))


def test_referring_hands_over_to_a_branch_and_keeps_the_first_handler(session, rules, make):
    head = add_branch(session, code="0", name="总行", kind="head")
    east = add_branch(session, code="E", name="城东支行", parent=head)
    handler = person(session)
    ticket = investigated(session, make, rules, handler)
    due = ticket.due_at
    make(ticket, "refer", handler, reason="业务在城东支行办理", branch_id=east.id)
    assert (ticket.branch_id, ticket.assignee_id, ticket.first_handler_id, ticket.due_at) == (east.id, None, handler.id, due)
    with pytest.raises(MoveRefused):
        make(ticket, "refer", person(session, "lead"), reason="x", branch_id=99999)
    assert session.get(Branch, east.id) is not None


@pytest.mark.parametrize(("status", "then"), [
    ("received", "assigned"), ("investigating", "investigating"), ("appraisal", "appraisal"), ("decided", "decided"),
    ("reopened", "assigned")])
def test_what_a_colleague_left_behind_is_taken_as_it_stands(session, rules, make, status, then):
    other = person(session)
    ticket = complaint(session, rules)
    ticket.status = status
    assert "take" in {row.name for row in moves_for(ticket, other)}
    make(ticket, "take", other)
    assert (ticket.assignee_id, ticket.status) == (other.id, then)
    assert "take" not in {row.name for row in moves_for(ticket, person(session))}


@pytest.mark.parametrize("name", ["take", "assign"])
def test_after_the_decision_she_hears_of_no_new_handler(session, rules, make, name):
    handler, lead = person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler)
    make(ticket, "decide", handler, reason="依据", decision="退还", upheld=True)
    said = owed_texts(session, ticket)
    event = make(ticket, name, lead, **({"assignee_id": lead.id} if name == "assign" else {}))
    assert ticket.assignee_id == lead.id and "tell" not in event.data and owed_texts(session, ticket) == said


def test_a_decision_on_its_way_is_nobodys_to_take(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    ticket = investigated(session, make, rules, handler)
    make(ticket, "decide", handler, reason="依据", decision="退还", upheld=True)
    assert "take" in {row.name for row in moves_for(ticket, lead)}
    make(ticket, "tell", handler)
    assert ticket.told_owed_id is not None and "take" not in {row.name for row in moves_for(ticket, lead)}


def test_taking_a_ticket_acknowledges_its_alerts(session, rules, make):
    handler, ticket = person(session), complaint(session, rules, urgency="I")
    session.add(Alert(kind="level_one", text="x", ticket_id=ticket.id))
    make(ticket, "take", handler)
    assert session.scalars(select(Alert)).one().acknowledged_by == handler.id


def test_a_form_drawn_before_somebody_elses_change_is_refused(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    ticket = complaint(session, rules)
    drawn_from = ticket.version
    make(ticket, "take", handler)
    with pytest.raises(MoveRefused, match="刷新"):
        make(ticket, "assign", lead, assignee_id=lead.id, version=drawn_from)
    make(ticket, "assign", lead, assignee_id=lead.id, version=ticket.version)
    assert ticket.assignee_id == lead.id


def test_of_two_who_take_it_at_once_one_is_told_that_she_was_second(store, rules, wording):
    with store.write() as session:
        first, second = person(session).id, person(session).id
        ticket_id = complaint(session, rules).id
    with store.read() as stale:
        old = stale.get(Ticket, ticket_id)
        with store.write() as session:
            lifecycle.move(session, session.get(Ticket, ticket_id), "take", actor="staff", staff=session.get(Staff, first),
                           rules=rules, at=MONDAY)
        assert old.assignee_id is None
    with store.write() as session, pytest.raises(MoveRefused):
        lifecycle.move(session, session.get(Ticket, ticket_id), "take", actor="staff", staff=session.get(Staff, second),
                       rules=rules, at=MONDAY)


def test_a_staff_member_who_was_disabled_moves_nothing(session, rules, make):
    gone = person(session, active=False)
    with pytest.raises(MoveRefused):
        make(complaint(session, rules), "take", gone)


def test_the_desk_is_offered_only_what_would_be_accepted_next(session, rules, make):
    handler, lead = person(session), person(session, "lead")
    ticket = complaint(session, rules)
    assert {"take", "assign", "withdraw"} <= {row.name for row in moves_for(ticket, handler)}
    make(ticket, "take", handler)
    make(ticket, "begin", handler)
    mine = {row.name for row in moves_for(ticket, handler)}
    assert {"decide", "extend", "pause_appraisal"} <= mine
    assert not mine & {"approve_extension", "ask_extension", "take", "reopen", "tell", "resume"}
    assert "decide" not in {row.name for row in moves_for(ticket, person(session))}
    make(ticket, "extend", handler, reason="复杂", at=SOON)
    make(ticket, "ask_extension", handler, reason="难")
    assert "approve_extension" in {row.name for row in moves_for(ticket, lead)}
    assert "approve_extension" not in {row.name for row in moves_for(ticket, handler)}


def test_who_has_blocked_us_is_not_told_by_a_message(session, rules, make):
    handler, talk = person(session), chat(session)
    ticket = investigated(session, make, rules, handler, talk=talk)
    make(ticket, "decide", handler, reason="依据", decision="退", upheld=True)
    talk.unreachable_since = MONDAY
    session.flush()
    with pytest.raises(MoveRefused, match="没有可用的在线渠道"):
        make(ticket, "tell", handler)


def test_without_wording_the_event_says_what_is_to_be_told(session, rules, wording):
    handler, ticket = person(session), complaint(session, rules)
    event = lifecycle.move(session, ticket, "take", actor="staff", staff=handler, rules=rules, at=MONDAY)
    assert event.data["tell"] == {"key": "told.assigned", "fields": {"number": ticket.number}}
    assert owed_texts(session, ticket) == []
    owed = tell_customer(session, ticket, event, wording=wording)
    assert owed.body["text"] == wording("told.assigned", number=ticket.number) and owed.purpose == "told"


def test_every_sentence_of_a_move_exists_and_finds_its_fields(session, rules, wording):
    ticket = complaint(session, rules)
    for row in MOVES:
        if row.tells is not None:
            fields = told_fields(ticket, row.tells, due_at=MONDAY, reason="原因", what="鉴定", number="1")
            assert wording(row.tells, **fields, remedies="途径")


def test_two_colleagues_with_the_same_tickets_do_not_wait_in_a_ring(store, rules):
    """Bulk assignment on the desk: each holds one ticket and wants the other's; PostgreSQL would call that a deadlock."""
    with store.write() as session:
        tickets = [complaint(session, rules).id for _ in range(2)]
        leads = [person(session, "lead").id for _ in range(2)]
    start, done = threading.Barrier(2), []

    def assign(lead_id, order):
        start.wait()
        with store.write() as session:
            lead = session.get(Staff, lead_id)
            for ticket_id in order:
                lifecycle.move(session, session.get(Ticket, ticket_id), "assign", actor="staff", staff=lead, rules=rules, at=MONDAY,
                               assignee_id=lead_id)
        done.append(lead_id)

    colleagues = [threading.Thread(target=assign, args=(lead, tickets[::step])) for lead, step in zip(leads, (1, -1), strict=True)]
    for one in colleagues:
        one.start()
    for one in colleagues:
        one.join()
    assert sorted(done) == leads
    with store.read() as session:
        assert audit.verify(session) is None
