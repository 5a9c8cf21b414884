"""投诉登记台账 and 整改台账 as files: what the page lists, within what the reader may see, masked, without formulas, audited."""

from datetime import date, timedelta
from io import BytesIO
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from desk import ledger_page
from tickets import assignment, ledger, rectification, statistics
from tickets.models import Audit, Event, Rating, Ticket, now
from tickets.numbers import SHANGHAI
from tickets.periods import Period


def taken(desk, path="/desk/queue/ledger", **form):
    answer = desk.post(path, form)
    assert answer.status_code == 200, answer.text
    name = unquote(answer.headers["content-disposition"].rpartition("''")[2])
    return name, load_workbook(BytesIO(answer.content)).active


def lines(page):
    head = [cell.value for cell in page[3]]
    return [dict(zip(head, [cell.value for cell in row], strict=False)) for row in page.iter_rows(min_row=4)
            if row[1].value is not None or row[2].value is not None]


@pytest.fixture
def tickets(house):
    """An open one, one that was told late and rated, and one of another branch."""
    with house.store.write() as session:
        head = assignment.add_branch(session, code="H", name="总行", kind="head")
        east, west = (assignment.add_branch(session, code=code, name=f"城{code}支行", parent=head).id for code in "东西")
    made = [house.ticket(text, branch_id=branch, **more).id for text, branch, more in (
        ("信用卡年费不对，电话 13812345678", east, {}), ("=HYPERLINK(\"http://a.example\",\"x\")", east, {}),
        ("贷款利率太高", west, {"category": "LOAN"}))]
    with house.store.write() as session:
        first, second, third = (session.get_one(Ticket, one) for one in made)
        first.flags, first.urgency = ["elderly"], "II"
        second.received_at = (now() - timedelta(days=20)).astimezone(SHANGHAI).replace(hour=9)  # days are counted by the calendar
        second.due_at = second.told_at = second.received_at + timedelta(days=9)
        second.told_at += timedelta(hours=30)
        second.status, second.decision, second.upheld, second.redress = "closed", "经核实属实，已退款。", True, "已退款"
        second.closed_at = second.told_at
        session.add(Rating(ticket_id=second.id, score=5))
        house.numbers = [one.number for one in (first, second, third)]
    house.east = east
    return house


def test_the_ledger_holds_what_the_queue_lists(tickets):
    lead = tickets.as_("lead")
    name, page = taken(lead, query="")
    rows = {row["工单号"]: row for row in lines(page)}
    assert name.startswith("投诉登记台账-20") and name.endswith(".xlsx")
    assert set(rows) == {tickets.numbers[0], tickets.numbers[2]}, "the open ones, as on the page"
    one = rows[tickets.numbers[0]]
    assert one["机构"] == "城东支行" and one["标记"] == "老年人" and one["紧急程度"].startswith("II")
    assert "13812345678" not in one["客户反映"] and one["告知客户"] in (None, "") and one["是否超期"] == "否"
    assert one["收到"].date() == now().astimezone(SHANGHAI).date() and page.cell(4, 3).number_format.startswith("yyyy")
    _, page = taken(lead, query="scope=closed&order=new")
    done, = lines(page)
    assert (done["办结用时（天）"], done["是否超期"], done["责任认定"], done["满意度（1—5）"]) == (10, "是", "有责", 5)
    assert done["客户反映"].startswith("'=") and not [c for row in page.iter_rows() for c in row if c.data_type == "f"]
    assert "导出条件：已办结。" in [row[0].value for row in page.iter_rows()]


def test_the_ledger_follows_filters_and_says_them(tickets):
    query = f"scope=all&branch={tickets.east}&flag=elderly&since=2020-01-01T00:00:00%2B00:00"
    _, page = taken(tickets.as_("lead"), query=query)
    assert [row["工单号"] for row in lines(page)] == [tickets.numbers[0]]
    said = next(row[0].value for row in page.iter_rows() if str(row[0].value).startswith("导出条件"))
    assert said == "导出条件：全部；标记：老年人；机构：城东支行；收到：2020-01-01 至 不限。"


def test_what_was_decided_before_a_reopening_stands_and_is_marked_and_a_merged_one_names_the_other(house):
    first, again = house.ticket(), house.ticket()
    handler, lead = house.as_("handler"), house.as_("lead")

    def work(desk, ticket, move, **data):
        assert desk.post(f"/desk/tickets/{ticket.number}/move", {"move": move, **data}).status_code == 303

    def row(ticket):
        return next(one for one in lines(taken(lead, query="scope=all")[1]) if one["工单号"] == ticket.number)

    decided = {"decision": "年费照收。", "reason": "合同有约定。", "upheld": "no", "redress": "发送说明"}
    for move, data in (("take", {}), ("decide", decided), ("tell", {"how": "call", "evidence": "通话 6 分钟"})):
        work(handler, first, move, **data)
    told = row(first)["告知客户"]
    work(lead, first, "reopen", reason="补来证明")
    one = row(first)
    assert (one["办理结果"], one["补救"], one["责任认定"]) == ("重新办理前：年费照收。", "发送说明", "无责")
    assert one["告知客户"] == told is not None
    work(handler, first, "begin")
    assert row(first)["状态"] == "核实中（重新办理）"
    work(handler, first, "decide", decision="退还年费。", reason="未开卡。", upheld="yes", redress="")
    one = row(first)
    assert one["办理结果"] == "退还年费。\n重新办理前：年费照收。" and one["责任认定"] == "有责" and one["告知客户"] in (None, "")
    with house.store.write() as session:
        found = session.get_one(Ticket, again.id)
        found.status, found.merged_into_id = "merged", first.id
    assert row(again)["状态"] == f"已合并（并入 {first.number}）"


@pytest.mark.parametrize(("anew", "unhappy", "said"), [
    (True, True, "（重新办理，客户不满意未答复）"), (True, False, "（重新办理）"),
    (False, True, "（客户不满意未答复）"), (False, False, "")])
def test_the_state_of_a_closed_ticket_says_all_that_is_to_be_said_of_it(house, anew, unhappy, said):
    ticket, at = house.ticket(), now()
    with house.store.write() as session:
        session.get_one(Ticket, ticket.id).status = "closed"
        events = [("reopened", {"before": {"decision": "年费照收。"}})] * anew + [("closed", {"unhappy": unhappy})]
        session.add_all(Event(ticket_id=ticket.id, kind=kind, actor="staff", data=data, at=at) for kind, data in events)
    row, = lines(taken(house.as_("lead"), query="scope=all")[1])
    assert row["状态"] == house.knowledge.taxonomy.status["closed"].name + said


@pytest.mark.parametrize(("late", "said"), [(True, "是"), (False, "否")])
def test_what_was_told_late_is_late_in_the_ledger_though_it_was_handled_anew_in_time(house, late, said):
    ticket, at = house.ticket(), now()
    with house.store.write() as session:
        found = session.get_one(Ticket, ticket.id)
        found.received_at, found.clock_from, found.due_at = at - timedelta(days=40), at, at + timedelta(days=15)
        found.status, found.told_at = "told", at
        session.add(Event(ticket_id=found.id, kind="reopened", actor="staff", data={"before": {"late": late}}, at=at))
    row, = lines(taken(house.as_("lead"), query="scope=all")[1])
    assert row["是否超期"] == said


@pytest.mark.parametrize(("status", "late"), [("investigating", 1), ("appraisal", 0), ("mediation", 0)])
def test_a_clock_that_is_stopped_is_late_in_no_ledger_and_no_report(house, status, late):
    ticket, at = house.ticket(), now()
    with house.store.write() as session:
        found = session.get_one(Ticket, ticket.id)
        found.status, found.received_at, found.due_at = status, at - timedelta(days=25), at - timedelta(days=10)
    row, = lines(taken(house.as_("lead"), query="")[1])
    assert row["是否超期"] == ("是" if late else "否")
    today = at.astimezone(SHANGHAI).date()
    with house.store.read() as session:
        figures = statistics.figures(Period(today - timedelta(days=30), today), regulators=(), at=at)
        counts = statistics.counted(session, figures)
    assert [counts[name] for name in ("open", "open_due", "should_be_done", "overdue")] == [1, late, late, late]


def test_a_branch_takes_away_only_its_own_and_it_is_audited(tickets):
    west = tickets.person("lead-west", "lead", branch_id=tickets.east + 1)
    _, page = taken(tickets.as_(west), query="scope=all")
    assert [row["工单号"] for row in lines(page)] == [tickets.numbers[2]]
    with tickets.store.read() as session:
        row = session.scalars(select(Audit).order_by(Audit.id.desc())).first()
        assert (row.action, row.target, row.staff_id) == ("ledger.download", "tickets:1", west.id)
        assert row.data == {"filters": ["scope"]}


def test_more_than_a_file_holds_is_said(tickets, monkeypatch):
    monkeypatch.setattr(ledger, "MOST", 1)
    _, page = taken(tickets.as_("lead"), query="scope=all")
    assert len(lines(page)) == 1
    assert any("只导出最近收到的 1 条" in str(row[0].value) for row in page.iter_rows())


def test_the_page_offers_the_ledger_with_its_own_filters(tickets):
    page = tickets.as_("lead").page("/desk/queue?scope=all&category=LOAN")
    form = page.partition('action="/desk/queue/ledger"')[2].partition("</form>")[0]
    assert "导出登记台账" in form and 'value="scope=all&amp;category=LOAN"' in form
    assert "/desk/queue/ledger" not in tickets.as_("lead").page("/desk/queue?words=没有这样的话")


def test_the_rectification_ledger_is_a_file_of_what_is_shown(tickets):
    with tickets.store.write() as session:
        number = session.scalars(select(Ticket)).first()
        rectification.open_item(session, problem="=1+1", owner="个金部", due_on=date(2020, 1, 1), tickets=[number.id])
        done = rectification.open_item(session, problem="双录不全", owner="理财部")
        done.evidence = "会议纪要"
        rectification.set_state(done, "done")
    auditor = tickets.as_("auditor")
    page = auditor.page("/desk/rectification?view=late")
    assert "导出台账（已逾期，1 项）" in page and "?kind=ledger" in page
    name, sheet = taken(auditor, "/desk/rectification/download?view=late")
    row, = lines(sheet)
    assert name.startswith("整改台账-已逾期-") and row["问题"] == "'=1+1"
    assert row["逾期"] == "是" and row["涉及工单"] == number.number
    _, sheet = taken(auditor, "/desk/rectification/download?view=all")
    assert {row["状态"] for row in lines(sheet)} == {"待整改", "已完成"}
    with tickets.store.read() as session:
        assert session.scalars(select(Audit.action).order_by(Audit.id.desc())).first() == "rectification.download"


def test_every_name_of_a_column_stands_over_a_cell():
    assert len(ledger_page.COLUMNS) == 25 and max(ledger_page.WIDE) < 25
