"""What the figures of the reports mean, each rule by a ticket that goes its way through the office's own moves."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from docx import Document
from openpyxl import load_workbook

from desk import reports
from knowledge.base import load
from tests.tickets.build import complaint, person
from tickets import assignment, audit, dashboard, deadlines, ledger, lifecycle, queue, rectification, statistics
from tickets.dashboard import Look
from tickets.models import Pause, Warning_
from tickets.periods import read_period
from tickets.working_days import LAST_YEAR

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 12, 1, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def knowledge():
    return load()


def on(day: str) -> datetime:
    """「09-25」 at ten in the morning of 2026 in Shanghai; a year or an hour may be written out."""
    written = day if day.startswith("20") else f"2026-{day}"
    return datetime.fromisoformat(written if "T" in written else f"{written}T10:00:00").replace(tzinfo=SHANGHAI).astimezone(UTC)


class Office:
    """A branch, a colleague who may do all, and complaints that are moved on by days."""

    def __init__(self, session, knowledge):
        self.session, self.knowledge = session, knowledge
        self.head = assignment.add_branch(session, code="ZH", name="示范银行总行", kind="head")
        self.branch = assignment.add_branch(session, code="CD", name="城东支行", parent=self.head)
        self.admin = person(session, "admin", branch=self.head)

    def another(self, name, **fields):
        return assignment.add_branch(self.session, code=name, name=name, parent=self.head, **fields)

    def came(self, day, *, told=None, upheld=True, **fields):
        ticket = complaint(self.session, self.knowledge.deadlines, at=on(day), talk=False,
                           **{"source": "phone", "branch_id": self.branch.id, **fields})
        if told:
            self.told(ticket, told, upheld=upheld)
        return ticket

    def move(self, ticket, name, day, **asked):
        lifecycle.move(self.session, ticket, name, actor="staff", staff=self.admin, rules=self.knowledge.deadlines, at=on(day),
                       **asked)

    def told(self, ticket, day, *, upheld=True):
        self.move(ticket, "assign", day, assignee_id=self.admin.id)
        self.move(ticket, "decide", day, reason="依据合同", decision="经核实属实", upheld=upheld)
        self.move(ticket, "tell", day, how="call", evidence="电话")

    def counts(self, period="2026-09"):
        self.session.flush()
        span = read_period(period)
        return statistics.counted(self.session, statistics.figures(span, regulators=("r12378", "pbc"), at=span.cutoff(AT)))

    def report(self, kind="monthly", period="2026-09", at=AT):
        self.session.flush()
        return reports.make(self.session, self.knowledge, reports.KINDS[kind], read_period(period), at=at, mask=str,
                            bank="示范银行")

    def rows(self, title, **which):
        """The rows of a table by their name."""
        sheet = next(one for one in self.report(**which).sheets if one.title == title)
        return {row[sheet.label]: row for row in sheet.rows}


@pytest.fixture
def office(store, knowledge):
    with store.write() as session:
        yield Office(session, knowledge)


@pytest.mark.parametrize(("before", "after", "escalated"), [
    ("phone", "r12378", 1), ("web", "pbc", 1), ("r12378", "pbc", 0), ("pbc", "pbc", 0), ("phone", "phone", 0)])
def test_only_what_was_brought_to_us_first_is_escalated_to_a_regulator(office, before, after, escalated):
    first = office.came("09-03", source=before, told="09-06")
    again = office.came("09-20", source=after)
    again.is_repeat, again.repeat_of_id = True, first.id
    assert office.counts()["escalated"] == escalated


@pytest.mark.parametrize(("first", "again", "late", "on_time"), [
    ("09-25", "11-25", 1, 0), ("09-25", None, 1, 0), ("09-10", "11-25", 0, 1), ("09-10", None, 0, 0)])
def test_what_was_told_late_stays_late_however_it_is_handled_anew(office, first, again, late, on_time):
    ticket = office.came("09-01", told=first)
    office.move(ticket, "reopen", "11-20", reason="客户有新材料")
    if again:
        office.told(ticket, again)
    counts = office.counts()
    assert (counts["overdue"], counts["on_time"], counts["open"]) == (late, on_time, again is None)
    look = Look(office.admin, read_period("2026-09"), AT, soon=5)
    cell, = dashboard.cells(office.session, look)
    line, = ledger.lines(office.session, office.admin, look.came, at=AT)
    listed = [queue.count(office.session, office.admin, replace(look.came, told=told), at=AT) for told in ("on_time", "late")]
    assert (cell.on_time, line.late_before, listed) == (on_time, bool(late), [on_time, int(late and again is not None)])


def test_an_extension_is_not_forgotten_when_the_ticket_is_handled_anew(office):
    ticket = office.came("09-05")
    office.move(ticket, "assign", "09-05", assignee_id=office.admin.id)
    office.move(ticket, "extend", "09-15", reason="情况复杂")
    office.told(ticket, "10-03")
    office.move(ticket, "reopen", "11-20", reason="客户有新材料")
    assert (ticket.extension, office.counts()["extended"], office.counts()["extended_twice"]) == (0, 1, 0)


@pytest.mark.parametrize(("judged", "counted"), [(None, 1), ("true", 1), ("false", 0)])
def test_a_crowd_that_was_judged_to_be_none_is_not_counted(office, judged, counted):
    warning = Warning_(kind="crowd", key="crowd:x", text="疑似群体投诉", data={}, at=on("09-12"), judged=judged)
    office.session.add(warning)
    office.session.flush()
    office.came("09-05").crowd_id = warning.id
    assert office.counts()["crowd"] == counted


def test_the_bulletin_counts_the_warnings_that_the_monthly_table_lists(office):
    office.came("09-05")
    office.session.add_all(Warning_(kind=kind, key=kind, text="集中", data={}, at=on("09-13"), judged="true")
                           for kind in ("surge", "person"))
    said = " ".join(block.text for block in office.report("quarterly", "2026-Q3").blocks if hasattr(block, "text"))
    assert "发出集中预警 1 次，其中经核实属实 1 次" in said and len(office.rows("表I 集中预警")) == 1


def test_what_a_colleague_typed_to_try_the_bot_is_in_no_figure(office):
    office.came("09-05")
    office.came("09-06", source="console", told="09-07")
    counts, sources = office.counts(), office.rows("表E 来源渠道")
    assert (counts["total"], counts["total_unmerged"], counts["done"]) == (1, 1, 0)
    assert "内部测试" not in sources and sources["合计"][1] == 1
    look = Look(office.admin, read_period("2026-09"), AT, soon=5)
    assert dashboard.total(office.session, look) == queue.count(office.session, office.admin, look.came, at=AT) == 1


def paused(office, ticket, *pauses):
    office.session.add_all(Pause(ticket_id=ticket.id, kind=kind, began_at=on(began), ended_at=on(ended))
                           for kind, began, ended in pauses)
    rules = office.knowledge.deadlines
    office.session.flush()
    ticket.due_at = deadlines.due(rules, ticket, office.session.query(Pause).filter_by(ticket_id=ticket.id).all())


@pytest.mark.parametrize(("told", "pauses", "band"), [
    ("09-16", (), "d15"), ("09-17", (), "d30"), ("10-01", (), "d30"), ("10-02", (), "d60"), ("10-31", (), "d60"),
    ("11-01", (), "late"),
    ("10-06", (("mediation", "09-04", "09-24"),), "d15"), ("10-07", (("mediation", "09-04", "09-24"),), "d30"),
    ("10-12", (("mediation", "09-04", "09-24"), ("appraisal", "09-10", "09-30")), "d15"),
    ("10-13", (("mediation", "09-04", "09-24"), ("appraisal", "09-10", "09-30")), "d30"),
    ("10-12", (("appraisal", "09-04", "09-24"), ("mediation", "09-26", "10-02")), "d15"),
    ("10-12", (("appraisal", "09-03", "09-29"), ("mediation", "09-10", "09-12")), "d15"),
    ("10-06", (("appraisal", "09-20", "10-04"),), "d60")])  # the time was over before the pause
def test_the_bands_leave_out_the_time_that_the_law_does_not_count(office, told, pauses, band):
    ticket = office.came("09-01")
    paused(office, ticket, *pauses)
    office.told(ticket, told)
    office.session.flush()
    assert statistics.by(office.session, statistics.received(read_period("2026-09")), "band") == {band: 1}
    assert office.counts()["within15"] == office.counts()["on_time"] == (band == "d15")


def test_new_facts_begin_the_bands_anew_and_handling_anew_does_not(office):
    restarted, reopened = office.came("09-01"), office.came("09-02", told="09-10")
    office.move(restarted, "assign", "09-02", assignee_id=office.admin.id)
    office.move(restarted, "new_facts", "09-12", reason="客户补交合同")
    office.told(restarted, "09-27")
    office.move(reopened, "reopen", "10-20", reason="客户不满意")
    office.told(reopened, "10-25")
    office.session.flush()
    assert statistics.by(office.session, statistics.received(read_period("2026-09")), "band") == {"d15": 1, "d60": 1}
    mean, _ = statistics.days_taken(office.session, statistics.received(read_period("2026-09")))
    assert mean == (26 + 53) / 2


@pytest.mark.parametrize(("told", "compared"), [("09-28", True), (None, False)])
def test_what_is_still_in_hand_is_not_compared_with_what_is_done(office, told, compared):
    for n in range(10):
        office.came(f"08-{n + 1:02}", told=f"08-{n + 2:02}")
        office.came(f"09-{n + 1:02}", told=f"09-{n + 2:02}")
    office.came("09-25", told=told)
    which = {"at": on("10-08T13:00:00")}
    cover, bands = office.rows("总体情况", **which), office.rows("表G 时限分档", **which)
    assert cover["投诉总量（合并后）"][3] == "+10.00%" and bands["合计"][4] == "+10.00%"
    assert cover["办结"][1:4] == (10 + compared, 10, "+10.00%" if compared else "—")
    assert (cover["15 日内办结率"][3] != "—") is compared is (bands["15 日以内"][4] != "—")
    assert any("本期还有 1 件在途、期限未到或停表中" in note for note in office.report(**which).notes) is not compared


@pytest.mark.parametrize(("closed", "audited", "said", "done"), [
    ("11-10", None, "整改中（逾期）", "—"), ("11-10", "open", "待整改（逾期）", "—"), ("10-05", "doing", "已完成", "2026-10-05")])
def test_the_ledger_of_an_old_period_shows_how_far_it_was_then(office, closed, audited, said, done):
    item = rectification.open_item(office.session, problem="材料反复补", owner="信贷部", due_on=date(2026, 9, 20), at=on("09-10"))
    item.evidence = "文件"
    rectification.set_state(item, "done", at=on(closed))
    if audited:
        audit.record(office.session, action="rectification.change", target=f"rectification:{item.id}", at=on(closed),
                     data={"from": audited, "to": "done"})
    row = office.rows("表J 整改台账")[1]
    assert (row[8], row[10]) == (said, done)
    texts = " ".join(block.text for block in office.report("quarterly", "2026-Q3").blocks if hasattr(block, "text"))
    assert f"完成 {int(done != '—')} 项，未完成 {int(done == '—')} 项" in texts
    assert office.rows("表J 整改台账", at=on("09-25"))[1][8] == "已完成", "before the day of the report, as it is"


@pytest.mark.parametrize(("due", "said"), [
    (date(2026, 9, 20), "信贷部抓紧完成整改（原定 2026 年 9 月 20 日完成，已逾期）：外包催收夜间拨打电话。"),
    (date(2026, 12, 20), "信贷部最迟 2026 年 12 月 20 日完成整改：外包催收夜间拨打电话。"),
    (None, "信贷部完成整改（期限待定）：外包催收夜间拨打电话。")])
def test_what_is_left_to_do_is_to_mend_and_no_date_that_has_passed_lies_ahead(office, due, said):
    rectification.open_item(office.session, problem="外包催收夜间拨打电话", owner="信贷部", due_on=due, at=on("09-10"))
    office.came("09-29")
    texts = [block.text for block in office.report("quarterly", "2026-Q3").blocks if hasattr(block, "text")]
    assert any(said in one for one in texts)
    standing = "继续办理在途投诉 1 件（截至 2026 年 10 月 8 日），未到期或停表中的 1 件里最早的法定期限为 2026 年 10 月 14 日"
    assert any(standing in one for one in texts)


def test_a_form_names_who_reports_and_who_signs_and_a_paper_is_signed_and_dated(office):
    office.came("09-05")
    page = load_workbook(BytesIO(reports.written(office.report(), office.knowledge)))["表A 办理渠道"]
    column = [cell.value for cell in page["A"]]
    assert column[2] == "填报单位：示范银行    填报日期：2026-10-08    单位：件"
    foot = next(n for n, one in enumerate(column) if one and one.startswith("填表人："))
    assert "复核人：" in column[foot] and "负责人（签章）：" in column[foot] and "口径" in column[foot + 2]
    paper = Document(BytesIO(reports.written(office.report("quarterly", "2026-Q3"), office.knowledge)))
    paper = [one.text for one in paper.paragraphs]
    notes = paper.index("口径说明")
    assert paper[notes - 2:notes] == ["示范银行", "2026 年 10 月 8 日"]
    scores = load_workbook(BytesIO(reports.written(office.report("assessment", "2026-Q3"), office.knowledge)))["考核得分"]
    assert scores["A3"].value == "编制单位：示范银行    编制日期：2026-10-08"


def test_the_tables_of_the_standard_hold_its_names_and_its_sums(office):
    for channel, category in (("COUNTER", "DEBIT_CARD"), ("MOBILE", "CREDIT_CARD"), ("SMS", "CREDIT_CARD"),
                              ("BACK_OFFICE", "LOAN")):
        office.came("09-05", business_channel=channel, category=category)
    channels, categories = office.rows("表A 办理渠道"), office.rows("表B 业务类别")
    assert channels["小计：电子渠道"][1:3] == (2, "50.00%") and channels["小计：前台业务渠道"][1] == 3
    assert categories["小计：银行卡"][1] == 3 and categories["银行卡—借记卡"][1] == 1 and categories["合计"][1] == 4
    assert "银行卡—信用卡" in office.rows("表B×C 类别与原因") and "借记卡" not in categories
    assert not any(one.startswith("小计") for one in office.rows("图表 2　业务类别", kind="quarterly", period="2026-Q3"))


def test_a_broken_machine_touches_no_right_unless_one_is_filled_in(office):
    for cause, right in (("FACILITY", None), ("FACILITY", "SAFETY"), ("OTHER", None), ("FEE", "FAIR")):
        office.came("09-05", cause=cause).primary_right = right
    rights = office.rows("表D 侵害权益")
    assert [rights[name][1] for name in ("不涉及", "财产安全权", "公平交易权", "未填", "合计")] == [1, 1, 1, 1, 4]


def test_a_branch_with_nothing_left_is_still_ranked_and_equals_share_a_place(office):
    west, south, new = (office.another(f"城{one}支行") for one in "西南新")
    for day, branch in (("09-05", office.branch), ("09-05", office.branch), ("09-06", west), ("09-07", south), ("08-10", new)):
        office.came(day, branch_id=branch.id)
    branches = office.rows("表F 机构")
    assert [(row[0], row[2]) for row in branches.values()] == [(1, 2), (2, 1), (2, 1), (4, 0), ("—", 4)]
    assert branches["城新支行"][4] == "-100.00%（基数小）"


def test_only_branches_that_can_be_compared_are_ranked_and_a_closed_one_without_complaints_is_left_out(office):
    department, closed = office.another("信贷部"), office.another("城西支行")
    closed.active = False
    for branch in (office.branch, office.branch, department):
        office.came("09-05", branch_id=branch.id, told="09-25")
    assert places(office) == {"城东支行": 1, "信贷部": "—"}
    office.came("09-06", branch_id=closed.id)
    assert places(office) == {"城西支行": 1, "城东支行": 2, "信贷部": "—"}


def test_without_any_base_figure_all_are_compared_alike(office):
    one, two = office.another("甲部"), office.another("乙部")
    office.came("09-05", branch_id=one.id, told="09-25")
    office.came("09-05", branch_id=two.id)
    office.branch.active = False
    assert set(places(office).values()) <= {1, 2, 3}


def places(office):
    """Branch → place, without the head office, where the colleague sits who was the first handler of all."""
    rows = office.rows("考核得分", kind="assessment", period="2026-Q3")
    return {name: row[0] for name, row in rows.items() if name != office.head.name}


def test_a_report_whose_day_the_calendar_does_not_know_says_so_to_the_office(office):
    for month, warned in ((11, False), (12, True)):
        report = office.report(period=f"{LAST_YEAR}-{month}", at=datetime(LAST_YEAR + 1, 3, 1, tzinfo=UTC))
        assert any("工作日历只到" in one for one in report.warnings) is warned


@pytest.mark.parametrize(("kind", "period"), [("monthly", "2026-09"), ("quarterly", "2026-Q3"), ("annual", "2026")])
def test_the_notes_say_what_a_repeat_is_and_what_points_are_reckoned_from(office, kind, period):
    notes = " ".join(office.report(kind, period).notes)
    assert f"{office.knowledge.deadlines.repeat.days} 日内就同一业务类别再次投诉" in notes and "按未取整的比率计算" in notes


def texts(report):
    return " ".join(block.text for block in report.blocks if hasattr(block, "text"))


def test_before_the_first_ticket_there_was_no_record_and_not_no_complaint(office):
    assert "还没有登记过工单" in texts(office.report("quarterly", "2026-Q1"))
    office.came("05-20", told="05-25")
    early, none, some = (office.report("quarterly", f"2026-Q{n}") for n in (1, 3, 2))
    assert "本系统自 2026-05-20 起登记工单" in texts(early) and "未收到消费投诉" not in texts(early)
    assert "本系统自 2026-05-20 起登记工单" in office.report(period="2026-03").notes[0]
    assert "未收到消费投诉" in texts(none) and "共收到消费投诉 1 件" in texts(some)


@pytest.mark.parametrize(("at", "said"), [
    ("09-25", "2026 年 7 月 1 日至 2026 年 9 月 25 日（本期未完，截至当日），全行共收到消费投诉 1 件"),
    ("10-09", "2026 年 7 月 1 日至 2026 年 9 月 30 日，全行共收到消费投诉 1 件")])
def test_a_period_that_runs_is_told_up_to_today(office, at, said):
    office.came("09-05")
    assert said in texts(office.report("quarterly", "2026-Q3", at=on(at)))


@pytest.mark.parametrize(("kind", "period"), [("quarterly", "2026-Q3"), ("annual", "2026")])
def test_of_an_empty_period_no_mix_is_printed(office, kind, period):
    office.came("2025-08-05")
    titles = ("图表 2　业务类别", "图表 3　投诉原因", "图表 4　机构", "办理渠道", "业务类别", "投诉原因", "机构分布")
    assert not [one.title for one in office.report(kind, period).sheets if one.title in titles]
    office.came("08-05")
    report = office.report(kind, period)
    assert len([one.title for one in report.sheets if one.title in titles]) == (3 if kind == "quarterly" else 4)
    assert not [one.title for one in report.sheets if one.title.startswith("表")]


@pytest.mark.parametrize(("period", "compared"), [("2026-H2", ["上期", "环比", "上年同期", "同比"]), ("2026", ["上年", "同比"])])
def test_the_regulator_gets_an_analysis_of_a_half_year_and_a_year(office, period, compared):
    for day in ("2025-09-05", "09-05"):
        office.came(day, told=f"{day[:-2]}09")
    report = office.report("analysis", period)
    assert report.title.endswith("消费投诉情况分析报告") and reports.written(report, office.knowledge)
    assert [block.text[:1] for block in report.blocks if getattr(block, "kind", "") == "heading"] == list("一二三四五六")
    assert [name for name in report.sheets[0].columns if name not in ("指标", "本期")] == compared
