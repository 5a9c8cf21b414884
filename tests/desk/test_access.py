"""Every route × role × method: who may, with which token, from where; and the answers carry the headers that they must."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from desk.access import COOKIE, DOOR_COOKIE
from desk.routes import ROUTES
from tests.desk.conftest import BASE, PASSWORD, ROLES, words
from tickets.models import (
    Alert,
    Attachment,
    Audit,
    Branch,
    DeskSession,
    Duty,
    Edition,
    Exam,
    Gap,
    Owed,
    Parked,
    Rectification,
    Route,
    SavedFilter,
    Staff,
    Ticket,
    Training,
    Warning_,
    now,
)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
STATE = (Ticket, Audit, Owed, Staff, Branch, Duty, Route, SavedFilter, Exam, Training, Rectification, Warning_, Edition)
INSIDE = [route for route in ROUTES if not route.before_sign_in]
WRITES = [route for route in INSIDE if route.writes]


@pytest.fixture
def furnished(house):
    """One row of everything that an address may name, each with id 1 (the ticket by its number)."""
    staff = house.person("somebody", "intake")
    house.of_role("admin")
    ticket = house.ticket()
    at = now()
    with house.store.write() as session:
        session.add_all([
            Branch(code="X", name="某支行", path="/1/"), Duty(staff_id=staff.id, starts_at=at, ends_at=at),
            Route(to_staff_id=staff.id), SavedFilter(staff_id=staff.id, name="n", query=""),
            Alert(kind="human", text="t", ticket_id=ticket.id), Gap(text="q", group_key="g"),
            Parked(channel="web", key="k", text="t", parked_at=at),
            Attachment(ticket_id=ticket.id, name="a.png", media_type="image/png", size=3, stored_as="a.png"),
            Exam(title="反诈", opens_at=at - timedelta(days=1), closes_at=at + timedelta(days=1)),
            Training(title="反诈", theme="anti_fraud", on=at.date()), Rectification(problem="p"),
            Warning_(kind="surge", key="k", text="t"),
            Edition(kind="monthly", period="2026-10", digest="d", name="a.xlsx", body=b"x")])
        session.flush()
        session.execute(update(Owed).values(status="dead"))
    (house.settings.attachment_folder / "a.png").write_bytes(b"png")
    house.number = ticket.number
    return house


def address(house, route) -> str:
    path = route.path.replace("{number}", house.number).replace("{id}", "1").replace("{entry}", next(iter(house.knowledge.entries)))
    path = path.replace("{rest:elsewhere}", "no/such/page")
    assert "{" not in path, f"{path}: say here what stands for it"
    return path + ("?key=g" if path.endswith("/draft") else "")


def state(house):
    """What a refused request must not have changed: how many rows there are of everything that the desk writes."""
    counts = ", ".join(f'(SELECT count(*) FROM "{table.__tablename__}")' for table in STATE)
    with house.store.engine.connect() as connection:
        return tuple(connection.exec_driver_sql(f"SELECT {counts}").one())


def test_a_stranger_is_sent_to_the_door(furnished):
    browser = furnished.browser()
    for route in INSIDE:
        answer = browser.request(route.method, address(furnished, route))
        if route.writes or route.background:
            assert answer.status_code == 401, route.path
        else:
            assert answer.status_code == 303 and answer.headers["location"].startswith("/desk/sign-in"), route.path


@pytest.mark.parametrize("role", ROLES)
def test_each_route_opens_to_its_roles_and_to_nobody_else(furnished, role):
    """A fresh session for each route, because some of them end it; first what only reads."""
    for route in sorted(INSIDE, key=lambda one: one.method):
        desk, path = furnished.as_(role), address(furnished, route)
        before = None if role in route.roles else state(furnished)
        answer = desk.post(path) if route.writes else desk.get(path)
        if role in route.roles:
            assert answer.status_code not in (401, 403, 405) and answer.status_code < 500, (path, answer.status_code)
            continue
        assert answer.status_code == 403 and "不能进行这项操作" in words(answer.text), path
        assert state(furnished) == before, path


def test_a_method_that_is_not_in_the_table_is_refused(furnished):
    desk = furnished.as_("admin")
    table = {(route.method, route.path) for route in ROUTES}
    for route in ROUTES:
        for method in METHODS:
            if (method, route.path) not in table:
                answer = desk.browser.request(method, address(furnished, route), data={"csrf": desk.csrf})
                assert answer.status_code == (404 if method == "GET" else 405), (method, route.path)
                assert method != "GET" or "没有这一页" in answer.text, "who opens the address of a form finds words"


def test_a_post_without_its_own_token_changes_nothing(furnished):
    desk, other = furnished.as_("admin"), furnished.as_("admin")
    before = state(furnished)
    for path in (address(furnished, route) for route in WRITES):
        for data in ({}, {"csrf": ""}, {"csrf": "x" * 43}, {"csrf": other.csrf}):
            assert desk.browser.post(path, data=data).status_code == 403, path
        for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://desk.test.evil.example"},
                        {"sec-fetch-site": "cross-site"}):
            assert desk.post(path, headers=headers).status_code == 403, (path, headers)
    assert state(furnished) == before


def test_the_desks_own_page_may_post(furnished):
    desk = furnished.as_("admin")
    answer = desk.post(f"/desk/tickets/{furnished.number}/note", {"text": "核对过流水"}, headers={"origin": BASE})
    assert answer.status_code == 303


def test_every_answer_carries_the_safe_headers(furnished):
    for route in ROUTES:
        desk, path = furnished.as_("admin"), address(furnished, route)
        for answer in (desk.post(path) if route.writes else desk.get(path), furnished.browser().request(route.method, path)):
            headers = answer.headers
            assert headers["cache-control"] == "no-store", path
            assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY", path
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy, path


def sign_in(browser, username="handler", password=PASSWORD, code="", **fields):
    form = browser.get("/desk/sign-in").text
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', form)[1]
    return browser.post("/desk/sign-in", data={"csrf": token, "username": username, "password": password, "code": code, **fields})


def test_signing_in_gives_a_fresh_cookie_that_scripts_cannot_read(house):
    house.of_role("handler")
    browser = house.browser()
    answer = sign_in(browser)
    assert answer.status_code == 303 and answer.headers["location"] == "/desk/queue"
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE + "="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/desk" in cookie and "Secure" not in cookie
    assert browser.get("/desk/queue").status_code == 200


def test_in_production_the_cookie_travels_over_tls_only(house):
    house.of_role("handler")
    house.settings.production = True
    browser = house.browser()
    page = browser.get("/desk/sign-in")
    assert all("Secure" in one for one in page.headers.get_list("set-cookie"))
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)[1]
    door = re.search(DOOR_COOKIE + r"=([^;]+)", page.headers["set-cookie"])[1]
    answer = browser.post("/desk/sign-in", data={"csrf": token, "username": "handler", "password": PASSWORD},
                          headers={"cookie": f"{DOOR_COOKIE}={door}"})
    assert answer.status_code == 303
    assert all("Secure" in one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE + "="))


def test_a_token_that_an_attacker_planted_never_becomes_a_session(house):
    house.of_role("handler")
    browser = house.browser()
    browser.cookies.set(COOKIE, "planted-by-an-attacker-0123456789abcdefghij", domain="desk.test", path="/desk")
    assert sign_in(browser).status_code == 303
    assert browser.cookies.get(COOKIE, domain="desk.test", path="/desk") != "planted-by-an-attacker-0123456789abcdefghij"
    thief = house.browser()
    thief.cookies.set(COOKIE, "planted-by-an-attacker-0123456789abcdefghij", domain="desk.test", path="/desk")
    assert thief.get("/desk/queue").status_code == 303


def test_signing_in_again_ends_the_session_before(house):
    house.of_role("handler")
    browser = house.browser()
    sign_in(browser)
    first = browser.cookies.get(COOKIE, domain="desk.test", path="/desk")
    browser.get("/desk/queue")
    old = house.browser()
    old.cookies.set(COOKIE, first, domain="desk.test", path="/desk")
    assert old.get("/desk/queue").status_code == 200
    other = house.browser()
    form = other.get("/desk/sign-in")
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', form.text)[1]
    other.cookies.set(COOKIE, first, domain="desk.test", path="/desk")
    assert other.post("/desk/sign-in", data={"csrf": token, "username": "handler", "password": PASSWORD}).status_code == 303
    assert old.get("/desk/queue").status_code == 303, "the old token is dead"


def test_nobody_can_be_signed_in_from_a_foreign_page(house):
    house.of_role("handler")
    browser = house.browser()
    assert browser.post("/desk/sign-in", data={"username": "handler", "password": PASSWORD}).status_code == 403
    form = browser.get("/desk/sign-in").text
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', form)[1]
    victim = house.browser()
    victim.get("/desk/sign-in")
    assert victim.post("/desk/sign-in", data={"csrf": token, "username": "handler", "password": PASSWORD}).status_code == 403
    answer = browser.post("/desk/sign-in", data={"csrf": token, "username": "handler", "password": PASSWORD},
                          headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert house.rows(DeskSession) == []


def test_guessing_is_locked_out_without_telling_who_exists(house):
    house.of_role("handler")
    sentences = {}
    for name in ("handler", "nobody-of-that-name"):
        browser = house.browser(address=f"198.51.100.{len(name)}")
        answers = [sign_in(browser, name, "wrong guess number one") for _ in range(6)]
        assert [one.status_code for one in answers] == [401] * 5 + [429], name
        sentences[name] = [re.search(r'id="why">([^<]+)', one.text)[1] for one in answers]
    assert sentences["handler"] == sentences["nobody-of-that-name"]
    assert sign_in(house.browser("198.51.100.9")).status_code == 429, "the right password does not open a locked account"


def test_one_address_may_not_try_many_accounts(house):
    browser = house.browser(address="203.0.113.5")
    answers = [sign_in(browser, f"name{n}", "wrong guess number one").status_code for n in range(31)]
    assert answers == [401] * 30 + [429]


def test_a_one_time_password_opens_only_the_page_to_change_it(house):
    newcomer = house.person("newcomer", "admin", must_change_password=True)
    desk = house.as_(newcomer)
    for route in INSIDE:
        if route.path in ("/desk/password", "/desk/sign-out") or "{" in route.path:
            continue
        answer = desk.post(route.path) if route.writes else desk.get(route.path)
        assert answer.status_code in (303, 403), route.path
        assert answer.status_code == 403 or answer.headers["location"] == "/desk/password"
    new = "a hill of quiet pines"
    differ = desk.post("/desk/password", {"old": PASSWORD, "new": new, "again": new + "x"})
    assert differ.status_code == 409 and "不一样" in words(differ.text)
    weak = desk.post("/desk/password", {"old": PASSWORD, "new": "1234567890", "again": "1234567890"})
    assert weak.status_code == 409
    assert desk.post("/desk/password", {"old": PASSWORD, "new": new, "again": new}).headers["location"].startswith("/desk/queue")
    assert desk.get("/desk/queue").status_code == 200
    assert sign_in(house.browser(), "newcomer", new).status_code == 303


def test_a_changed_password_signs_the_other_browsers_out(house):
    one, other = house.as_("handler"), house.as_("handler")
    new = "a hill of quiet pines"
    assert one.post("/desk/password", {"old": PASSWORD, "new": new, "again": new}).status_code == 303
    assert one.get("/desk/queue").status_code == 200
    assert other.get("/desk/queue").status_code == 303


def test_an_authenticator_is_asked_for_once_it_is_set_up(house):
    desk = house.as_("handler")
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', desk.page("/desk/account"))[1]
    wrong = desk.post("/desk/account/totp", {"secret": secret, "code": "000000"})
    assert wrong.status_code == 409
    with house.store.read() as session:
        assert session.get(Staff, desk.staff.id).totp_secret is None
    earlier = pyotp.TOTP(secret).at(now() - timedelta(seconds=30))
    assert desk.post("/desk/account/totp", {"secret": secret, "code": earlier}).status_code == 303
    assert sign_in(house.browser()).status_code == 401, "the password alone is no longer enough"
    code = pyotp.TOTP(secret).at(now())
    assert sign_in(house.browser(), code=code).status_code == 303
    assert sign_in(house.browser(), code=code).status_code == 401, "no code works twice"
    assert desk.post("/desk/account/totp/off", {"password": "not hers at all"}).status_code == 409
    assert desk.post("/desk/account/totp/off", {"password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example/desk/", "/desk/..//evil.example", "/desk/\\evil",
                                    "javascript:alert(1)", "/desk/queue\r\nset-cookie: a=b"])
def test_the_way_after_signing_in_stays_inside_the_desk(house, wanted):
    house.of_role("handler")
    assert sign_in(house.browser(), next=wanted).headers["location"] == "/desk/queue"


def test_after_signing_in_she_stands_where_she_wanted_to_go(house):
    house.of_role("handler")
    ticket = house.ticket()
    browser = house.browser()
    sent = browser.get(f"/desk/tickets/{ticket.number}").headers["location"]
    form = browser.get(sent).text
    token, following = (re.search(rf'name="{name}" value="([^"]*)"', form)[1] for name in ("csrf", "next"))
    answer = browser.post("/desk/sign-in", data={"csrf": token, "username": "handler", "password": PASSWORD, "next": following})
    assert answer.headers["location"] == f"/desk/tickets/{ticket.number}"


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(house):
    desk = house.as_("handler")
    copy = house.browser()
    copy.cookies = desk.browser.cookies
    assert desk.post("/desk/sign-out").status_code == 303
    assert copy.get("/desk/queue").status_code == 303


def test_an_idle_session_ends_and_polling_does_not_keep_it_awake(house):
    desk = house.as_("handler")
    with house.store.write() as session:
        session.execute(update(DeskSession).values(seen_at=now() - timedelta(minutes=100)))
    assert desk.get("/desk/news").status_code == 200
    with house.store.write() as session:
        session.execute(update(DeskSession).values(seen_at=DeskSession.seen_at))
        assert now() - session.query(DeskSession).one().seen_at > timedelta(minutes=99)
        session.execute(update(DeskSession).values(seen_at=now() - timedelta(hours=3)))
    assert desk.get("/desk/news").status_code == 401
    assert desk.get("/desk/queue").status_code == 303


def test_reading_keeps_a_session_awake(house):
    desk = house.as_("handler")
    with house.store.write() as session:
        session.execute(update(DeskSession).values(seen_at=now() - timedelta(minutes=100)))
    desk.page("/desk/queue")
    assert now() - house.rows(DeskSession)[0].seen_at < timedelta(minutes=1)


def test_a_dismissed_colleague_is_out_at_once(house):
    desk = house.as_("handler")
    assert house.as_("admin").post(f"/desk/people/{desk.staff.id}/active", {"active": "no"}).status_code == 303
    assert desk.get("/desk/queue").status_code == 303


def test_what_was_typed_comes_back_when_the_session_ended_meanwhile(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    with house.store.write() as session:
        session.query(DeskSession).delete()
    text = "您好，经核实该笔年费已为您退回，预计三个工作日内到账，请留意查收。"
    answer = desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": text})
    assert answer.status_code == 401 and text in answer.text


def test_all_that_was_typed_into_a_long_form_comes_back_and_no_password(house):
    desk = house.as_("handler")
    with house.store.write() as session:
        session.query(DeskSession).delete()
    form = {"key": "g7", "question": "养老金卡收年费吗？", "theme": "fees", "ways": "退休金卡能免年费吗\n养老金卡年费免不免吗",
            "answer": "养老金卡免收年费，以本行公示为准，请放心使用。", "basis": ["《价格管理办法》第十二条", "本行公示"],
            "mark": ["V", "S"]}
    page = desk.post("/desk/gaps/draft", form).text
    given = re.search(r'<textarea id="typed"[^>]*>([^<]*)', page)[1]
    assert given == "\n\n".join([form["question"], form["ways"], form["answer"], *form["basis"]])
    secret = "four grey geese by the mill"
    assert secret not in desk.post("/desk/password", {"old": secret, "new": secret, "again": secret}).text


def test_a_commit_that_fails_is_answered_5xx_and_leaves_nothing(house):
    ticket = house.ticket()
    desk = house.as_("handler")

    def refuse(connection):
        """The database loses the transaction at the last moment, as on a full disk."""
        connection.connection.rollback()
        raise OperationalError("COMMIT", None, OSError("disk full"))

    event.listen(house.store.engine, "commit", refuse)
    try:
        answer = desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": "这句话还没有保存，不能说已经发送。"})
    finally:
        event.remove(house.store.engine, "commit", refuse)
    assert answer.status_code == 503 and "暂时无法保存" in words(answer.text)
    assert house.rows(Owed) == []


def test_garbage_in_a_form_is_refused_and_not_a_bug(house):
    ticket = house.ticket()
    desk = house.as_("lead")
    path = f"/desk/tickets/{ticket.number}"
    assert desk.browser.post(path + "/note", content=b"\xff\xfe\x00", headers={"content-type": "multipart/form-data; boundary=x"}
                             ).status_code in (400, 403)
    for data in ({"category": "NO_SUCH"}, {"category": "x" * 5000}):
        assert desk.post(path + "/correct", data).status_code == 422, data
    assert desk.post(path + "/urgency", {"urgency": "'; DROP TABLE ticket; --"}).status_code == 422
    for data in ({"move": "no_such"}, {"move": "take", "version": "x"}, {"move": "assign", "assignee_id": "9" * 19}):
        assert desk.post(path + "/move", data).status_code in (409, 422), data
    for bad in ("/desk/tickets/999999-999999", "/desk/tickets/" + "9" * 300, "/desk/attachments/99999999999999999999",
                "/desk/attachments/x", "/desk/knowledge/none", "/desk/gaps/draft?key=none",
                "/desk/gaps/draft?entry=none", "/desk/gaps/draft?from=9999"):
        assert desk.get(bad).status_code == 404, bad
    for query in ("branch=99999999999999999999999", "assignee=-1", "after=x~y", "since=x", "flag=%27", "words=%22%2A",
                  "order=x&scope=y"):
        assert desk.get(f"/desk/queue?{query}").status_code == 200, query
    for path in ("/desk/queue?category=%00", "/desk/audit?action=%00", "/desk/tickets/%00", "/desk/sign-in?next=%00"):
        assert desk.get(path).status_code == 400, path
