"""The pages of the office itself: people, branches, roster, rules, dead letters, unanswered questions, and the chain of records."""

import re
from datetime import timedelta

import pytest

from desk.siren import FILE, samples
from tests.desk.conftest import BASE, words
from tests.desk.test_access import sign_in
from tickets import assignment, audit
from tickets.models import Audit, Branch, Duty, Event, Gap, Owed, Parked, Route, Staff, now
from tickets.queue import QueueFilter


def one_time_password(desk, answer) -> str:
    """What the page after the post shows, once."""
    assert answer.status_code == 303, words(answer.text)
    page = desk.page(answer.headers["location"])
    assert "只显示这一次" in page
    return re.search(r'class="secret">([^<]+)', page)[1]


def test_a_new_colleague_gets_a_one_time_password_that_is_shown_once(house):
    desk = house.as_("admin")
    made = desk.post("/desk/people", {"username": "Chen.Li", "name": "陈丽", "role": "handler", "branch": ""})
    password = one_time_password(desk, made)
    assert "class=\"secret\"" not in desk.page("/desk/people"), "a reload shows it no more, and makes no other"
    browser = house.browser()
    assert sign_in(browser, "chen.li", password).status_code == 303
    assert browser.get("/desk/queue").headers["location"] == "/desk/password"


def test_a_refused_colleague_is_explained_and_not_made(house):
    desk = house.as_("admin")
    for form in ({"username": "x", "name": "陈", "role": "handler"}, {"username": "ok.name", "name": "", "role": "handler"},
                 {"username": "ok.name", "name": "陈", "role": "king"}, {"username": "admin", "name": "陈", "role": "lead"},
                 {"username": "ok.name", "name": "陈", "role": "lead", "branch": "NONE"}):
        assert desk.post("/desk/people", form).status_code in (409, 422), form
    assert len(house.rows(Staff)) == 1


def test_a_reset_password_must_be_changed_and_the_last_admin_cannot_lock_himself_out(house):
    desk, handler = house.as_("admin"), house.of_role("handler")
    password = one_time_password(desk, desk.post(f"/desk/people/{handler.id}/reset"))
    assert sign_in(house.browser(), "handler", password).status_code == 303
    for _ in range(5):
        sign_in(house.browser(), "Handler", "not it, not it")
    assert sign_in(house.browser(), "handler", password).status_code == 429
    password = one_time_password(desk, desk.post(f"/desk/people/{handler.id}/reset"))
    assert sign_in(house.browser(), "handler", password).status_code == 303, "the lock's own words send her to the administrator"
    assert desk.post(f"/desk/people/{desk.staff.id}/reset").status_code == 409, "nobody signs himself out of reading it"
    last = desk.post(f"/desk/people/{desk.staff.id}/active", {"active": "no"})
    assert last.status_code == 409 and "最后一位管理员" in words(last.text)
    demoted = desk.post(f"/desk/people/{desk.staff.id}", {"name": "我", "role": "intake", "branch": ""})
    assert demoted.status_code == 409


@pytest.mark.parametrize(("path", "form", "said"), [
    ("/desk/people", {"username": "admin", "name": "陈丽", "role": "lead", "branch": ""}, "已有人使用"),
    ("/desk/branches", {"name": "城西支行", "code": "坏", "kind": "branch", "aliases": "西门"}, "代码只用字母"),
    ("/desk/duty", {"staff_id": "1", "starts_at": "2099-12-01T08:00", "ends_at": "2099-12-01T07:00"}, "应晚于开始时间"),
    ("/desk/password", {"old": "seven quiet herons wade", "new": "seven quiet herons wade", "again": "seven quiet herons wade"},
     "不能与原密码相同")])
def test_a_refused_form_says_why_in_its_place_and_keeps_what_was_written(house, path, form, said):
    answer = house.as_("admin").post(path, form)
    main = answer.text.split("<main")[1]
    assert answer.status_code in (409, 422) and said in main and "没有完成" not in main and f'action="{path}"' in main
    for name, value in form.items() if path != "/desk/password" else ():
        assert f'value="{value}"' in main, name
    assert "herons" not in main


NO_DAYS = ("0001-01-01", "1999-12-31", "9999-12-31", "2026-13-01", "gestern")


@pytest.mark.parametrize("path", ["queue", "audit", "dashboard"])
def test_a_day_that_no_clock_knows_narrows_nothing(house, path):
    desk = house.as_("admin")
    plain = words(desk.page(f"/desk/{path}"))
    for day in NO_DAYS:
        assert words(desk.page(f"/desk/{path}?from={day}")) == plain == words(desk.page(f"/desk/{path}?to={day}")), day


@pytest.mark.parametrize(("path", "form"), [
    ("tickets/new", {"received": "{}", "summary": "年费不对", "source": "phone", "kind": "complaint"}),
    ("tickets/new", {"regulator_due": "{}", "summary": "年费不对", "source": "r12378", "kind": "complaint"}),
    ("duty", {"staff_id": "1", "starts_at": "{}T00:00", "ends_at": "2099-12-01T07:00"}),
    ("exams", {"title": "年终考试", "opens_at": "{}T00:00", "closes_at": "{}T08:00", "count": "5"}),
    ("training", {"title": "消保培训", "on": "{}"}),
    ("rectification", {"problem": "双录不全", "owner": "理财部", "due_on": "{}"})])
def test_a_form_with_a_day_that_no_clock_knows_is_refused(house, path, form):
    desk = house.as_("admin")
    for day in NO_DAYS:
        answer = desk.post(f"/desk/{path}", {name: value.replace("{}", day) for name, value in form.items()})
        assert answer.status_code == 422, (day, words(answer.text)[:300])
        assert "没有填对" in words(answer.text) and "不能晚于今天" not in words(answer.text)


def test_a_refusal_leads_back_to_the_page_it_came_from(house):
    desk = house.as_("admin")
    for came, back in ((f"{BASE}/desk/branches?said=saved&x=1", 'href="/desk/branches?x=1">返回上一页'),
                       (f"{BASE}/desk/tickets/T1", 'href="/desk/tickets/T1">回到工单'), ("", 'href="/desk/queue">回到工单'),
                       ("http://[", 'href="/desk/queue">回到工单'),
                       ("https://elsewhere.test/desk/people", 'href="/desk/queue">回到工单'),
                       (f"{BASE}/other", 'href="/desk/queue">回到工单')):
        assert back in desk.post("/desk/branches/99", headers={"referer": came}).text, came


def test_who_is_disabled_leaves_no_ticket_behind(house):
    desk, handler = house.as_("admin"), house.of_role("handler")
    held = [house.ticket(assignee_id=handler.id) for _ in range(2)]
    others = house.ticket(assignee_id=house.of_role("lead").id)
    with house.store.write() as session:
        session.merge(held[0]).status = "assigned"
        session.merge(held[1]).status = "investigating"
    page = words(desk.page("/desk/people"))
    assert "在办 2" in page and "名下 2 张在办工单会退回「待分派」" in page and "确认停用" in page
    answer = desk.post(f"/desk/people/{handler.id}/active", {"active": "no"})
    assert "另派承办人" in desk.page(answer.headers["location"])
    assert [(one.assignee_id, one.status) for one in map(house.ticket_now, held)] == [(None, "received"), (None, "investigating")]
    assert house.ticket_now(others).assignee_id is not None
    page = words(desk.page(f"/desk/tickets/{held[0].number}"))
    assert "退回待分派" in page and "承办人handler同事的账号已停用" in page
    assert all(one.number in desk.page(f"/desk/queue?{QueueFilter(unassigned=True).to_query()}") for one in held)
    assert desk.post(f"/desk/people/{handler.id}/active", {"active": "yes"}).status_code == 303
    assert house.ticket_now(held[0]).assignee_id is None


def test_the_tree_of_branches_grows_and_never_hangs_below_itself(house):
    desk = house.as_("admin")
    desk.post("/desk/branches", {"name": "总行", "code": "ZH", "kind": "head", "parent_id": "", "aliases": ""})
    head = house.rows(Branch)[0]
    desk.post("/desk/branches", {"name": "城东支行", "code": "CD", "kind": "branch", "parent_id": str(head.id),
                                 "aliases": "东门网点，城东"})
    east = house.rows(Branch)[1]
    assert (east.path, east.aliases) == (f"/{head.id}/{east.id}/", ["东门网点", "城东"])
    circle = desk.post(f"/desk/branches/{head.id}", {"name": "总行", "kind": "head", "parent_id": str(east.id), "active": "yes"})
    assert circle.status_code == 409
    assert desk.post("/desk/branches", {"name": "又一个", "code": "CD", "kind": "branch"}).status_code == 409
    alike = desk.post("/desk/branches", {"name": "城东支行", "code": "CD2", "kind": "branch", "aliases": ""})
    assert alike.status_code == 409 and "已有一个机构叫「城东支行」（代码 CD）" in alike.text
    assert desk.post(f"/desk/branches/{east.id}", {"name": "总行", "kind": "branch", "active": "yes"}).status_code == 409
    assert desk.post(f"/desk/branches/{east.id}", {"name": "城东支行", "kind": "outlet", "active": "yes"}).status_code == 303
    assert desk.post("/desk/branches", {"name": "坏代码", "code": "<b>", "kind": "branch"}).status_code == 422


def test_a_branch_with_colleagues_is_not_closed_and_a_closed_one_stays_theirs(house):
    desk = house.as_("admin")
    with house.store.write() as session:
        east = assignment.add_branch(session, code="CD", name="城东支行")
    clerk = house.person("dong", "handler", branch_id=east.id)
    closed = {"name": "城东支行", "kind": "branch", "parent_id": ""}
    refused = desk.post(f"/desk/branches/{east.id}", closed)
    assert refused.status_code == 409 and "还有 1 位在用的同事" in refused.text and house.rows(Branch)[0].active
    desk.post(f"/desk/people/{clerk.id}/active", {"active": "no"})
    assert desk.post(f"/desk/branches/{east.id}", closed).status_code == 303 and not house.rows(Branch)[0].active
    desk.post(f"/desk/people/{clerk.id}/active", {"active": "yes"})
    page = desk.page("/desk/people")
    assert "<td>城东支行（已撤并）</td>" in page
    assert page.count('<option value="CD"') == page.count('<option value="CD" selected>') == 1, "hers to keep, nobody else's to get"


def test_a_watch_is_written_in_shanghais_time(house):
    desk, handler = house.as_("lead"), house.of_role("handler")
    watch = {"staff_id": str(handler.id), "starts_at": "2099-12-01T08:00", "ends_at": "2099-12-01T20:00"}
    assert desk.post("/desk/duty", watch).status_code == 303
    assert house.rows(Duty)[0].starts_at.isoformat() == "2099-12-01T00:00:00+00:00"
    for bad in ({"ends_at": "2099-12-01T07:00"}, {"ends_at": "2100-01-30T07:00"}, {"starts_at": "tomorrow"}, {"staff_id": "77"}):
        assert desk.post("/desk/duty", {**watch, **bad}).status_code == 422, bad
    for bad, said in (({"starts_at": "2020-12-01T08:00", "ends_at": "2020-12-01T20:00"}, "已经结束"), ({}, "时间重叠"),
                      ({"starts_at": "2099-12-01T19:00", "ends_at": "2099-12-02T08:00"}, "已有一班")):
        refused = desk.post("/desk/duty", {**watch, **bad})
        assert refused.status_code in (409, 422) and said in refused.text, bad
    assert desk.post("/desk/duty", {**watch, "starts_at": "2099-12-01T20:00", "ends_at": "2099-12-02T08:00"}).status_code == 303
    assert "确认删除" in desk.page("/desk/duty") and "叫不醒" not in desk.page("/desk/duty")
    assert desk.post(f"/desk/duty/{house.rows(Duty)[1].id}/remove").status_code == 303
    assert desk.post(f"/desk/duty/{house.rows(Duty)[0].id}/remove").status_code == 303
    assert house.rows(Duty) == []


def test_a_watch_that_would_wake_nobody_says_so(house):
    handler, at = house.of_role("handler"), now()
    with house.store.write() as session:
        session.add(Duty(staff_id=handler.id, starts_at=at - timedelta(hours=1), ends_at=at + timedelta(hours=1)))
    desk = house.as_("lead")
    assert "现在当班的handler同事没有绑定 Telegram" in desk.page("/desk/duty")
    with house.store.write() as session:
        session.get(Staff, handler.id).telegram_id = "7"
    assert "叫不醒" not in desk.page("/desk/duty")


def test_a_rule_sends_the_next_ticket_where_it_says(house):
    desk, handler = house.as_("admin"), house.of_role("handler")
    assert desk.post("/desk/routing", {"category": "LOAN"}).status_code == 422
    assert desk.post("/desk/routing", {"category": "LOAN", "to_staff_id": str(handler.id)}).status_code == 303
    ticket = house.ticket("贷款不是我借的", category="LOAN", cause="FUND_SAFETY")
    with house.store.write() as session:
        assert assignment.route(session, session.merge(ticket), at=now()).staff_id == handler.id
    assert desk.post(f"/desk/routing/{house.rows(Route)[0].id}/remove").status_code == 303


def test_a_dead_letter_is_sent_again_or_settled_with_a_reason(house):
    ticket = house.ticket()
    with house.store.write() as session:
        for text in ("一", "二"):
            session.add(Owed(channel="telegram", address="1", ticket_id=ticket.id, status="dead", attempts=14, body={"text": text}))
    one, other = house.rows(Owed)
    desk = house.as_("lead")
    assert desk.post(f"/desk/outbox/{one.id}/retry").status_code == 303
    assert desk.post(f"/desk/outbox/{other.id}/resolve", {"reason": ""}).status_code == 422
    assert desk.post(f"/desk/outbox/{other.id}/resolve", {"reason": "已电话告知"}).status_code == 303
    again, settled = house.rows(Owed)
    assert (again.status, again.attempts, settled.status) == ("owed", 0, "settled")
    assert house.rows(Event, kind="undelivered_settled")[0].reason == "已电话告知"
    assert desk.post(f"/desk/outbox/{one.id}/retry").status_code == 404, "only what is dead is sent again"


def test_a_parked_delivery_can_become_a_ticket_and_be_put_away(house):
    with house.store.write() as session:
        session.add(Parked(channel="telegram", key="7", text="上次那个事怎么样了", parked_at=now(), tries=3))
    desk = house.as_("lead")
    link = re.search(r'href="(/desk/tickets/new\?text=[^"]+)"', desk.page("/desk/outbox"))[1]
    assert "上次那个事怎么样了</textarea>" in desk.page(link)
    assert desk.post("/desk/parked/1/resolve").status_code == 303
    assert "没有搁置的消息" in desk.page("/desk/outbox")


def test_a_branch_sees_only_its_own_dead_letters(house):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="ZH", name="总行", kind="head")
        east = assignment.add_branch(session, code="CD", name="城东支行", parent=head)
    ticket = house.ticket()
    with house.store.write() as session:
        session.add(Owed(channel="web", address="1", ticket_id=ticket.id, status="dead", body={"text": "别的机构的内容"}))
        session.add(Owed(channel="web", address="2", status="dead", body={"text": "不属于工单的内容"}))
        session.add(Parked(channel="web", key="9", text="搁置的内容", parked_at=now()))
    branch = house.as_(house.person("dong", "lead", branch_id=east.id))
    page = branch.page("/desk/outbox")
    assert "别的机构的内容" not in page and "不属于工单的内容" not in page and "搁置的内容" not in page
    assert branch.post("/desk/outbox/1/retry").status_code == 404 and branch.post("/desk/parked/1/resolve").status_code == 404


def test_questions_that_ask_the_same_stand_together_the_most_asked_first(house):
    entry = next(iter(house.knowledge.entries))
    asked = ["退休金卡能免年费吗", "养老金卡年费免不免", "退休工资卡要不要年费", "社保卡收年费吗", "养老金账户年费",
             "退休卡年费怎么免"]
    with house.store.write() as session:
        session.add(Gap(text="村镇银行存单怎么换"))
        for text in asked:
            session.add(Gap(text=text, group_key="pension-fee", candidates=[[entry, 0.31]]))
    desk = house.as_("intake")
    page = words(desk.page("/desk/gaps"))
    assert page.index("退休卡年费怎么免") < page.index("村镇银行存单怎么换")
    assert house.knowledge.entries[entry].question in page
    assert desk.post("/desk/gaps/resolve", {"key": "pension-fee"}).headers["location"] == "/desk/gaps?said=gap_unsure"
    assert "退休卡年费怎么免" in desk.page("/desk/gaps"), "asked once more before the group leaves the list"
    assert desk.post("/desk/gaps/resolve", {"key": "pension-fee", "sure": "yes"}).status_code == 303
    assert "退休卡年费怎么免" not in desk.page("/desk/gaps")
    assert house.as_("auditor").post("/desk/gaps/resolve", {"key": "id-1"}).status_code == 403


def test_the_chain_of_records_is_shown_whole_and_holds_no_words(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": "王先生您好，尾号 6688 的卡已退费"})
    desk.post(f"/desk/tickets/{ticket.number}/correct", {"category": "LOAN"})
    page = house.as_("auditor").page("/desk/audit?check=1")
    assert "校验通过" in page and "ticket.answer" in page and "ticket.correct" in page
    assert not any("王先生" in str(one.data) or "6688" in str(one.data) for one in house.rows(Audit))
    with house.store.read() as session:
        assert audit.verify(session) is None


def test_staff_find_staff_only_answers(house):
    secret = next(one for one in house.knowledge.entries.values() if one.staff_only)
    desk = house.as_("intake")
    page = desk.page(f"/desk/knowledge/{secret.id}")
    assert secret.answer in page.replace("&#34;", '"') or secret.question in page
    assert secret.question in words(desk.page(f"/desk/knowledge?q={secret.question}"))


def test_the_siren_is_small_and_is_what_the_script_makes():
    body = FILE.read_bytes()
    assert len(body) <= 30_000 and body[:4] == b"RIFF" and body.endswith(bytes(samples()[-100:]))
