"""The queue page: the same number of queries for one ticket and for many, views that agree with their counts, bulk assigning."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, update

from desk.words import clock, tint
from tests.desk.conftest import words
from tickets import assignment
from tickets.deadlines import last_second, shanghai_day
from tickets.models import Customer, SavedFilter, Staff, Ticket, now


def queries(house, path: str, desk) -> int:
    seen = []

    def count(connection, cursor, statement, *rest):
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
            seen.append(statement)

    event.listen(house.store.engine, "before_cursor_execute", count)
    try:
        desk.page(path)
    finally:
        event.remove(house.store.engine, "before_cursor_execute", count)
    return len(seen)


def test_the_number_of_queries_does_not_grow_with_the_queue(house):
    desk = house.as_("lead")
    house.ticket()
    few = queries(house, "/desk/queue", desk)
    for n in range(40):
        house.ticket(f"第 {n} 件：信用卡年费", urgency="II" if n % 3 else "none", assignee_id=desk.staff.id if n % 2 else None)
    assert queries(house, "/desk/queue", desk) == few <= 8
    assert queries(house, "/desk/queue?words=年费", desk) == few + 2, "whom the words name, and how many there are"


def test_a_ticket_page_takes_the_same_queries_however_long_its_story(house):
    desk, ticket = house.as_("lead"), house.ticket()
    few = queries(house, f"/desk/tickets/{ticket.number}", desk)
    for n in range(30):
        desk.post(f"/desk/tickets/{ticket.number}/note", {"text": f"第 {n} 条"})
    assert queries(house, f"/desk/tickets/{ticket.number}", desk) == few <= 17


def test_each_view_shows_what_it_counts(house):
    desk = house.as_("handler")
    mine, free = house.ticket("我手里的", assignee_id=desk.staff.id), house.ticket("没人接的")
    urgent = house.ticket("我要跳楼", urgency="I")
    for query, shown in (("", {mine, free, urgent}), ("mine=1", {mine}), ("unassigned=1", {free, urgent}), ("urgency=I", {urgent}),
                         ("overdue=1", set()), ("scope=closed&order=new", set())):
        page = desk.page(f"/desk/queue?{query}")
        assert set(re.findall(r'name="ticket" value="([\d-]+)"', page)) == {one.number for one in shown}, query
    counts = re.sub(r"\s", "", words(desk.page("/desk/queue")))
    assert "待办3我的1待分派2" in counts and "I级1" in counts


def test_search_finds_a_ticket_by_its_number_and_by_two_characters(house):
    desk, ticket, other = house.as_("handler"), house.ticket("存单被人冒领"), house.ticket("手机银行闪退")
    for wanted in (ticket.number, ticket.number.replace("-", ""), "冒领", "存单 冒领"):
        page = desk.page(f"/desk/queue?words={wanted}")
        assert ticket.number in page and other.number not in page, wanted


def test_pages_follow_each_other_without_a_gap(house):
    desk = house.as_("handler")
    made = {house.ticket(f"第 {n} 件").number for n in range(57)}
    seen, path = [], "/desk/queue?order=new"
    while path:
        page = desk.page(path)
        seen += re.findall(r'name="ticket" value="([\d-]+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == 57 and set(seen) == made


def test_several_tickets_are_given_to_one_person_at_once(house):
    handler = house.of_role("handler")
    desk, one, other = house.as_("intake"), house.ticket(), house.ticket()
    answer = desk.post("/desk/queue/assign", {"ticket": [one.number, other.number], "assignee_id": str(handler.id),
                                              "query": "unassigned=1"})
    assert answer.headers["location"] == "/desk/queue?unassigned=1&said=assigned_many"
    assert [house.ticket_now(t).assignee_id for t in (one, other)] == [handler.id] * 2


def test_what_cannot_be_given_is_named_and_the_rest_is_done(house):
    handler = house.of_role("handler")
    desk = house.as_("lead")
    good, about_him = house.ticket(), house.ticket(against_staff_id=handler.id)
    answer = desk.post("/desk/queue/assign", {"ticket": [good.number, about_him.number], "assignee_id": str(handler.id)})
    assert answer.status_code == 409 and about_him.number in answer.text and "回避" in words(answer.text)
    assert house.ticket_now(good).assignee_id == handler.id
    assert house.ticket_now(about_him).assignee_id is None


def test_nothing_chosen_comes_back_to_the_queue_and_is_said(house):
    desk, ticket = house.as_("lead"), house.ticket()
    for form in ({"assignee_id": ""}, {"assignee_id": str(desk.staff.id)}, {"ticket": ticket.number, "assignee_id": ""}):
        answer = desk.post("/desk/queue/assign", {**form, "query": "unassigned=1"})
        assert answer.status_code == 303 and answer.headers["location"] == "/desk/queue?unassigned=1&said=nothing_chosen"
    assert "请先勾选工单，再选承办人。" in desk.page("/desk/queue?unassigned=1&said=nothing_chosen")
    assert house.ticket_now(ticket).assignee_id is None


def test_only_what_is_open_can_be_ticked_and_given(house):
    desk, running, ended = house.as_("lead"), house.ticket(), house.ticket()
    with house.store.write() as session:
        session.get_one(Ticket, ended.id).status = "closed"
    page = desk.page("/desk/queue?scope=all")
    assert f'aria-label="选择工单 {running.number}"' in page and f"选择工单 {ended.number}" not in page and 'id="bulk"' in page
    assert 'id="bulk"' not in desk.page("/desk/queue?scope=closed")


def test_a_view_is_kept_under_a_name_by_one_person_only(house):
    desk, other = house.as_("handler"), house.as_("lead")
    desk.post("/desk/queue/filters", {"name": "城东的催收", "query": "category=COLLECTION&evil=1&scope=all"})
    kept = house.rows(SavedFilter)[0]
    assert kept.query == "scope=all&category=COLLECTION"
    assert "城东的催收" in desk.page("/desk/queue") and "城东的催收" not in other.page("/desk/queue")
    assert other.post(f"/desk/queue/filters/{kept.id}/remove").status_code == 404
    assert desk.post(f"/desk/queue/filters/{kept.id}/remove").status_code == 303
    assert house.rows(SavedFilter) == []


def test_the_colours_of_the_clock_follow_the_days_left(house):
    today = shanghai_day(now())
    for days, colour, said in ((-2, "late", "超期 2 天"), (0, "red", "今天到期"), (1, "red", "剩 1 天"), (3, "orange", "剩 3 天"),
                               (5, "yellow", "剩 5 天"), (6, "calm", "剩 6 天")):
        ticket = Ticket(status="assigned", due_at=last_second(today + timedelta(days=days)))
        assert (tint(ticket), clock(ticket)) == (colour, said)
    assert tint(Ticket(status="appraisal", due_at=last_second(today))) == "stopped"


@pytest.mark.parametrize(("status", "told", "closed", "said", "colour"), [
    ("closed", 5, 7, "用时 5 天，按时", "stopped"), ("told", 18, None, "用时 18 天，超期 3 天", "red"),
    ("withdrawn", None, 2, "用时 2 天，按时", "stopped"), ("not_accepted", None, 0, "当天办完，按时", "stopped"),
    ("merged", None, 1, "已并入", "stopped")])
def test_what_is_over_says_how_long_it_took_and_whether_in_time(status, told, closed, said, colour):
    came = now().replace(hour=4)
    after = {name: came + timedelta(days=days) if days is not None else None for name, days in
             (("told_at", told), ("closed_at", closed))}
    ticket = Ticket(status=status, urgency="none", received_at=came, due_at=last_second(shanghai_day(came) + timedelta(days=15)),
                    **after)
    assert (clock(ticket), tint(ticket)) == (said, colour)


def test_a_row_of_level_one_is_never_calm(house):
    desk = house.as_("lead")
    grave = (house.ticket(), house.ticket("我要跳楼", urgency="I"))[1]
    for spoken, colour in ((None, "late"), (now(), "even")):
        with house.store.write() as session:
            session.get(Ticket, grave.id).first_contact_at = spoken
        assert re.findall(r'class="pill clock (\w+)"', desk.page("/desk/queue")) == [colour, "calm"]


def listed(page):
    return list(dict.fromkeys(re.findall(r'href="/desk/tickets/([\d-]+)"', page)))


def test_a_number_is_found_wherever_it_stands_and_what_lies_beyond_the_scope_is_said(house):
    with house.store.write() as session:
        hers = Customer(name="王*", phone_tail="8888", phone_hash="h")
        session.add(hers)
        session.flush()
        customer_id = hers.id
    over, still = house.ticket("存单被人冒领"), house.ticket("存单又被人冒领")
    with house.store.write() as session:
        found = session.get(Ticket, over.id)
        found.status, found.closed_at, found.customer_id = "closed", now(), customer_id
    desk = house.as_("lead")
    assert listed(desk.page(f"/desk/queue?words={over.number}")) == [over.number]
    page = desk.page("/desk/queue?words=冒领")
    assert listed(page) == [still.number] and "找到 1 件。 在已办结里有 1 件" in words(page)
    beyond = re.search(r'href="([^"]+)">在已办结里有', page)[1].replace("&amp;", "&")
    page = desk.page(beyond)
    assert listed(page) == [over.number] and "在未办结里有 1 件" in words(page)
    for tail in ("8888", "尾号8888", "尾号 8888", "13900008888", "139-0000 8888"):
        page = desk.page(f"/desk/queue?words={tail}")
        assert listed(page) == [] and "在已办结里有 1 件" in words(page), tail


@pytest.mark.parametrize("number", ["13900008888", "139 0000 8888", "0512-65558888", "尾号8888"])
def test_a_whole_number_finds_the_tail_that_is_left_of_it_in_her_words(house, number):
    hers, other = house.ticket("请打 [手机 尾号8888]"), house.ticket("扣了 8888 元")
    page = house.as_("lead").page(f"/desk/queue?words={number}")
    assert listed(page) == [hers.number] and other.number not in page


@pytest.mark.parametrize("badge", ["重复", "重复投诉"])
def test_the_badge_of_a_repeat_finds_it(house, badge):
    again, _ = house.ticket("年费", is_repeat=True), house.ticket("排队")
    page = house.as_("lead").page(f"/desk/queue?words={badge}")
    assert listed(page) == [again.number] and ">重复</span>" in page


def test_a_flags_name_and_the_handlers_name_find_tickets(house):
    li = house.person("li", "handler")
    flagged, hers, other = house.ticket("钱没了", flags=("stolen",)), house.ticket("年费", assignee_id=li.id), house.ticket("排队")
    desk = house.as_("lead")
    assert listed(desk.page("/desk/queue?words=盗刷")) == [flagged.number]
    page = desk.page("/desk/queue?words=li同事")
    assert listed(page) == [hers.number] and "找到 1 件。" in words(page) and other.number not in page
    assert "找到 0 件。" in words(desk.page("/desk/queue?words=量子纠缠"))


def test_two_colleagues_of_one_name_are_told_apart_wherever_somebody_is_chosen(house):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="H", name="总行", kind="head")
        east, west = (assignment.add_branch(session, code=code, name=f"城{code}支行", parent=head).id for code in "东西")
    li, other, twin = (house.person(f"li{n}", "handler", branch_id=branch) for n, branch in enumerate((east, west, west)))
    with house.store.write() as session:
        session.execute(update(Staff).where(Staff.id.in_([li.id, other.id, twin.id])).values(name="李经办"))
    made = [house.ticket(assignee_id=li.id) for _ in range(3)]
    with house.store.write() as session:
        session.get_one(Ticket, made[0].id).status = "told"
    desk = house.as_("admin")
    choices = ("李经办·城东支行·在办 2<", "李经办（li1）·城西支行·在办 0<", "李经办（li2）·城西支行·在办 0<")
    for path in ("/desk/queue", "/desk/duty", "/desk/routing", f"/desk/tickets/{made[1].number}"):
        page = desk.page(path)
        assert all(one in page for one in choices), path
    assert "李经办<small>城东支行</small>" in desk.page("/desk/dashboard")


def test_who_may_take_a_ticket_stands_by_branch_its_own_first_and_who_is_complained_of_is_named_with_hers(house):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="H", name="总行", kind="head")
        east, west = (assignment.add_branch(session, code=code, name=f"城{code}支行", parent=head).id for code in "东西")
    li, zhou = house.person("li", "handler", branch_id=east), house.person("zhou", "intake", branch_id=west, active=False)
    ticket = house.ticket(branch_id=west)
    wang = house.person("wang", "handler", branch_id=west)
    desk = house.as_("lead")

    def choice(page, name):
        return re.search(rf'<select id="{name}".*?</select>', page, re.DOTALL)[0]

    page = desk.page(f"/desk/tickets/{ticket.number}")
    given = choice(page, "assign-assignee_id")
    assert re.findall('label="(.*?)"', given) == ["城西支行", "未定机构", "城东支行"]
    assert given.index(f'value="{wang.id}"') < given.index(f'value="{li.id}"')
    assert f'value="{zhou.id}">zhou同事（受理·城西支行）<' in choice(page, "d-against")
    assert 'label="城东支行"' in choice(desk.page("/desk/queue"), "to")


@pytest.mark.parametrize("minutes, taken, spoken, shown", [
    (12, False, False, "马上接手 已等 12 分钟 剩 15 天"), (200, True, False, "马上联系 已等 3 小时 剩 15 天"),
    (12, True, True, "剩 15 天")])
def test_level_one_shows_what_it_needs_at_once_and_how_long_it_has_waited_before_the_laws_day(house, minutes, taken, spoken, shown):
    desk = house.as_("handler")
    noon = now().replace(hour=4, minute=0)
    with time_machine.travel(noon, tick=False):
        ticket = house.ticket("我被骗了，刚转的钱", urgency="I", assignee_id=desk.staff.id if taken else None)
        house.ticket("信用卡年费")
    with time_machine.travel(noon + timedelta(minutes=minutes), tick=False):
        if spoken:
            with house.store.write() as session:
                session.get(Ticket, ticket.id).first_contact_at = now()
        desk = house.as_("handler")
        found = [words(cell).strip() for cell in re.findall(r'<td class="when">(.*?)</td>', desk.page("/desk/queue"))]
    assert found == [shown, "剩 15 天"]
