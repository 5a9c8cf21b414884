"""The audit page in an office's words: operations have names, tickets stand by their numbers, failures to sign in are there."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.desk.conftest import PASSWORD, house_knowledge, words
from tickets import assignment, audit
from tickets.models import Audit, Staff

ROOT = Path(__file__).parents[2]


def test_every_operation_that_is_recorded_has_a_name():
    """Also those that are made up of a code, where the code may be one of a few."""
    found = set()
    for room in ("desk", "tickets", "bot"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    found |= {word.value.value for word in node.keywords
                              if word.arg == "action" and isinstance(word.value, ast.Constant) and "." in str(word.value.value)}
    found |= {"sign_in", "sign_out", "model.promote", "model.refuse", "model.rollback", "erase.due", "erase.asked"}
    named = {key.removeprefix("audit.does.") for key in house_knowledge().wording.texts if key.startswith("audit.does.")}
    assert len(found) > 40 and found == named


def test_the_chain_is_read_in_words_with_numbers_of_tickets(house):
    ticket, desk = house.ticket(), house.as_("handler")
    desk.post(f"/desk/tickets/{ticket.number}/move", {"move": "take"})
    with house.store.write() as session:
        audit.record(session, staff_id=desk.staff.id, action="report.monthly", target="period:2026-10")
        audit.record(session, action="rectification.change", target="rectification:3", data={"from": "open", "to": "doing"})
        audit.record(session, action="something.new", target="thing:1", data={"odd": "code"})
    page = house.as_("auditor").page("/desk/audit")
    said = words(page)
    assert "工单：接单" in said and f'<a href="/desk/tickets/{ticket.number}">{ticket.number}</a>' in page
    assert f"ticket:{ticket.id}" not in page and "现状态：已分派" in said
    assert "下载报告：月报" in said and "2026 年 10 月" in said
    assert "更新整改事项" in said and "整改事项 3" in said and "原状态：待整改；现状态：整改中" in said
    assert "something.new" in said, "what has no word yet stands as it is"
    assert '<option value="move.take">工单：接单</option>' in page


def test_the_chain_is_looked_through_by_day_and_by_operation(house):
    with house.store.write() as session:
        for day in (3, 4, 5):
            audit.record(session, action="duty.add", target=f"duty:{day}", at=datetime(2026, 11, day, 17, tzinfo=UTC))
        audit.record(session, action="duty.remove", target="duty:9", at=datetime(2026, 11, 4, 3, tzinfo=UTC))
    desk = house.as_("auditor")
    page = words(desk.page("/desk/audit?from=2026-11-05&to=2026-11-05"))
    assert "值班 4" in page and "值班 3" not in page and "值班 5" not in page, "days of Shanghai"
    page = words(desk.page("/desk/audit?action=duty.remove&from=2026-11-01"))
    assert "值班 9" in page and "值班 4" not in page
    assert "没有记录" in desk.page("/desk/audit?to=2020-01-01") and "值班 4" in desk.page("/desk/audit?from=x&to=2026-13-01")


def test_a_failure_to_sign_in_is_recorded_without_what_was_typed(house):
    person = house.person("zhang", "handler")

    def tries(name, password):
        browser = house.browser()
        csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/desk/sign-in").text)[1]
        return browser.post("/desk/sign-in", data={"csrf": csrf, "username": name, "password": password}).status_code

    assert tries("zhang", "wrong horse") == 401 and tries("MyPassword1", "x") == 401 and tries("zhang", PASSWORD) == 303
    with house.store.read() as session:
        rows = session.scalars(select(Audit).order_by(Audit.id)).all()
        assert [(row.action, row.staff_id, row.target, row.data) for row in rows] == [
            ("sign_in.failed", None, "address:192.0.2.7", {"staff": person.id}),
            ("sign_in.failed", None, "address:192.0.2.7", {"account": "unknown"}), ("sign_in", person.id, "", {})]
        assert audit.verify(session) is None
    said = words(house.as_("auditor").page("/desk/audit"))
    assert "登录失败" in said and "来自 192.0.2.7" in said and f"人员：{person.name}" in said and "没有这个用户名" in said
    assert "horse" not in said and "MyPassword1" not in said


@pytest.mark.parametrize("path", ["/desk/nothing", "/desk/queue/deeper/still", "/desk/tickets/1/2/3"])
def test_an_unknown_address_is_a_page_of_the_desk(house, path):
    answer = house.as_("handler").get(path)
    assert answer.status_code == 404 and "没有这一页" in answer.text and 'aria-label="主菜单"' in answer.text
    stranger = house.browser().get(path)
    assert stranger.status_code == 303 and "/desk/sign-in" in stranger.headers["location"]


def test_static_files_are_still_served(house):
    assert house.browser().get("/desk/static/desk.css").status_code == 200
    assert house.browser().get("/desk/static/none.css").status_code == 404


def test_pages_of_the_office_speak_no_engineers_language(house):
    desk, ticket = house.as_("admin"), house.ticket()
    for path in ("/desk/model", f"/desk/tickets/{ticket.number}", "/desk/audit", "/desk/queue", "/desk/dashboard", "/desk/warnings",
                 "/desk/tickets/new", "/desk/gaps", "/desk/outbox", "/desk/import"):
        page = words(desk.page(path))
        assert not re.search(r"xiaobao [a-z]|--[a-z]|模型 [0-9a-f]{4}|终端|模型还合用吗|move\.|ticket:\d", page), path


def test_two_of_one_name_are_told_apart(house):
    with house.store.write() as session:
        east = assignment.add_branch(session, code="E", name="城东支行").id
        west = assignment.add_branch(session, code="W", name="城西支行").id
    made = {username: house.person(username, "handler", branch_id=branch)
            for username, branch in (("wang1", east), ("wang2", west), ("wang3", west))}
    with house.store.write() as session:
        session.execute(update(Staff).where(Staff.username.like("wang%")).values(name="王强"))
        audit.record(session, staff_id=made["wang1"].id, action="staff.active", target=f"staff:{made['wang2'].id}")
    page = house.as_("auditor").page("/desk/audit")
    assert f'<option value="{made["wang1"].id}">王强·城东支行</option>' in page and "王强（wang3）·城西支行</option>" in page
    assert "<td>王强·城东支行</td>" in page and "人员：王强（wang2）·城西支行" in page
