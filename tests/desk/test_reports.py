"""The reports against figures recomputed from the raw rows by other code, and the comparisons by hand-made cases."""

import random
import re
import shutil
import statistics as plain_statistics
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook
from sqlalchemy import insert, select

from desk import reports
from desk.reports.blocks import Counted, points
from desk.reports.tables import days, per
from desk.reports.xlsx import plain
from knowledge.base import load
from tests.conftest import POSTGRES, empty
from tickets import assignment, rectification, statistics
from tickets.db import Store
from tickets.models import Pause, Rating, Staff, Ticket
from tickets.periods import read_period
from tickets.statistics import change, rate

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
SAID = "我叫王小明，城东支行的李经理让我买理财，说是存款，现在亏了两万多"
PERIODS = (("monthly", "2026-10"), ("quarterly", "2026-Q3"), ("half", "2026-H1"), ("annual", "2025"), ("analysis", "2025"),
           ("assessment", "2026-Q3"), ("ledger", "2026-Q3"))


def mask(text):
    return text.replace("13800138000", "[手机]")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)] if POSTGRES
                else ["sqlite"])
def office(request, tmp_path_factory):
    """Two years in a database that the tests of this file only read, so that it is filled once."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("reports") / "xiaobao.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("postgres_url")
        empty(url)
    store = Store(url)
    yield Office(store, load(), two_years(store))
    store.close()


class Office:
    """The database, its raw rows, and each report made once."""

    def __init__(self, store, knowledge, rows):
        self.store, self.knowledge, self.rows = store, knowledge, rows
        self.report, self.file = cache(self._report), cache(self._file)

    def _report(self, kind, period, at=AT):
        with self.store.read() as session:
            return reports.make(session, self.knowledge, reports.KINDS[kind], read_period(period), at=at, mask=mask,
                                bank="示范银行")

    def _file(self, kind, period, at=AT):
        return reports.written(self.report(kind, period, at), self.knowledge)

    def book(self, kind, period):
        return load_workbook(BytesIO(self.file(kind, period)))

    def document(self, kind, period):
        return Document(BytesIO(self.file(kind, period)))


def two_years(store):
    """Twelve hundred tickets over two years, at moments that include both ends of days and months."""
    dice, made = random.Random(5), []
    start = datetime(2024, 11, 20, tzinfo=SHANGHAI)
    with store.write() as session:
        head = assignment.add_branch(session, code="ZH", name="示范银行总行", kind="head")
        east, *_ = [assignment.add_branch(session, code=code, name=name, parent=head)
                    for code, name in (("CD", "城东支行"), ("CX", "城西支行"), ("XZ", "无基数支行"))]
        assignment.add_branch(session, code="CD1", name="城东分理处", parent=east, kind="outlet")  # id 5
        session.add_all(Staff(id=n, username=f"s{n}", name=f"同事{n}", role="handler", branch_id=n, password_hash="x")
                        for n in (2, 3))
    for n in range(1200):
        received = start + timedelta(minutes=dice.randrange(60 * 24 * 730))
        if n % 9 == 0:
            received = received.replace(hour=23, minute=59, second=59)
        if n % 11 == 0:
            received = received.replace(day=1, hour=0, minute=0, second=0)
        told = received + timedelta(days=dice.choice((2, 9, 15, 16, 40)), hours=dice.randrange(6)) if dice.random() < 0.8 else None
        told = told if told is None or told < AT else None
        made.append({
            "id": n + 1, "number": f"t{n}", "kind": dice.choice(("complaint",) * 9 + ("praise",)),
            "source": dice.choice(("web", "r12378", "phone")), "category": dice.choice(("LOAN", "CASH", "DEBIT_CARD", None)),
            "status": "told" if told else dice.choice(("merged", "withdrawn", "received", "received")),
            "cause": dice.choice(("FEE", "SERVICE", None)), "business_channel": dice.choice(("COUNTER", "MOBILE")),
            "primary_right": dice.choice(("FAIR", "KNOW")), "branch_id": dice.choice((1, 2, 2, 3, 4, 5, None)),
            "first_handler_id": dice.choice((2, 3, None)), "received_at": received, "clock_from": received,
            "due_at": (received + timedelta(days=15)).replace(hour=23, minute=59, second=59),
            "contact_due_at": received + timedelta(hours=24), "first_contact_at": received + timedelta(hours=dice.choice((3, 40))),
            "told_at": told, "is_repeat": dice.random() < 0.2, "extension": dice.choice((0, 0, 1)), "summary": SAID,
            "decision": "经核实属实，已退款。" if told else "", "upheld": dice.choice((True, False)) if told else None,
            "grade": "普通", "customer_type": "person", "urgency": "none", "also": [], "rights": [],
            "flags": dice.choice(([], [], ["elderly"], ["minor", "elderly"])), "reading": {}, "warned": 0, "version": 1})
    scores = [{"ticket_id": row["id"], "score": dice.choice((1, 4, 5)), "at": AT} for row in made[::7]]
    with store.write() as session:
        session.execute(insert(Ticket), made)
        session.execute(insert(Rating), scores)
        session.add(Pause(ticket_id=1, kind="mediation", began_at=AT))
        rectification.open_item(session, problem="理财销售没有说明风险", root_cause="双录话术未更新", measures="更新话术",
                                owner="个金部", due_on=date(2026, 9, 1), tickets=(1, 2),
                                at=datetime(2026, 8, 3, tzinfo=SHANGHAI))
        done = rectification.open_item(session, problem="=HYPERLINK(\"x\")", owner="信贷部",
                                       at=datetime(2026, 7, 3, tzinfo=SHANGHAI))
        done.evidence = "+会议纪要"
        rectification.set_state(done, "done", at=datetime(2026, 9, 20, tzinfo=SHANGHAI))
    score_of = {one["ticket_id"]: one["score"] for one in scores}
    return [{**row, "score": score_of.get(row["id"])} for row in made]


def local(moment):
    return moment.astimezone(SHANGHAI)


def between(rows, first, last, *, merged=False):
    """Complaints received from the first to the last day, counted by hand."""
    return [r for r in rows if r["kind"] == "complaint" and first <= local(r["received_at"]).date() <= last
            and (merged or r["status"] != "merged")]


def read(cell):
    """A cell as a reader sees it: openpyxl gives numbers, their formats say how they are shown."""
    shape = cell.number_format
    if not isinstance(cell.value, int | float) or shape == "General":
        return cell.value
    sign = "+" if shape.startswith("+") else ""
    if "%" in shape:
        return f"{cell.value:{sign}.2%}"
    if "个百分点" in shape:
        return f"{cell.value:+.2f} 个百分点"
    return cell.value


def table(page, label=0):
    rows = [tuple(read(cell) for cell in row) for row in page.iter_rows(min_row=5)]
    return {row[label]: row for row in rows if row[label]}


def percent(part, whole):
    return f"{100 * part / whole:.2f}%"


OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


def test_the_monthly_cover_says_what_the_raw_rows_say(office):
    cover = table(office.book("monthly", "2026-10")["总体情况"])
    mine, kept = between(office.rows, *OCTOBER, merged=True), between(office.rows, *OCTOBER)
    last = between(office.rows, date(2026, 9, 1), date(2026, 9, 30))
    year = between(office.rows, date(2025, 10, 1), date(2025, 10, 31))
    done = [r for r in kept if r["told_at"]]
    cutoff = datetime(2026, 11, 2, tzinfo=SHANGHAI)  # Monday, the first working day
    should = [r for r in kept if r["status"] != "withdrawn" and (r["told_at"] or r["due_at"] <= cutoff)]
    assert cover["投诉总量（合并前）"][1] == len(mine) > len(kept) == cover["投诉总量（合并后）"][1] > 20
    assert cover["投诉总量（合并后）"][2:6] == (len(last), f"{100 * (len(kept) - len(last)) / len(last):+.2f}%", len(year),
                                               f"{100 * (len(kept) - len(year)) / len(year):+.2f}%")
    assert cover["监管转办"][1] == sum(r["source"] == "r12378" for r in kept)
    assert cover["办结"][1] == len(done) and cover["应办结"][1] == len(should)
    assert cover["办结率"][1] == percent(len(done), len(should))
    assert cover["按时办结率"][1] == percent(sum(r["told_at"] <= r["due_at"] for r in done), len(done))
    took = [(local(r["told_at"]).date() - local(r["received_at"]).date()).days for r in done]
    assert cover["平均办结天数"][1] == round(sum(took) / len(took), 1)
    assert cover["办结天数中位数"][1] == plain_statistics.median(took)
    assert cover["15 日内办结"][1] == sum(days <= 15 for days in took)
    late = [r for r in kept if (r["told_at"] or cutoff) > r["due_at"] and r["status"] != "withdrawn"]
    assert cover["超期"][1] == len(late)
    rated = [r["score"] for r in kept if r["score"]]
    assert cover["满意度"][1] == percent(sum(score >= 4 for score in rated), len(rated))
    assert cover["有责投诉率"][1] == percent(sum(bool(r["upheld"]) for r in done), len(done))
    assert cover["一次解决率"][1] == percent(sum(not r["is_repeat"] for r in done), len(done))
    assert cover["重复投诉率（合并前）"][1] == percent(sum(r["is_repeat"] or r["status"] == "merged" for r in mine), len(mine))
    assert cover["特殊群体投诉"][1] == sum(bool(r["flags"]) for r in kept)
    assert cover["每万客户投诉量"][1] == round(len(kept) / 51.2, 2)
    share, before = (100 * sum(r["source"] == "r12378" for r in some) / len(some) for some in (kept, last))
    assert cover["监管转办占比"][3] == f"{share - before:+.2f} 个百分点"


def test_every_table_adds_up_to_the_total(office):
    pages = office.book("monthly", "2026-10")
    kept = between(office.rows, *OCTOBER)
    for name, field in (("表A 办理渠道", "business_channel"), ("表B 业务类别", "category"), ("表C 投诉原因", "cause"),
                        ("表D 侵害权益", "primary_right"), ("表E 来源渠道", "source"), ("表G 时限分档", None)):
        page = table(pages[name])
        assert page["合计"][1] == len(kept) == sum(row[1] for label, row in page.items() if label != "合计" and "：" not in label
                                                  and isinstance(row[1], int)), name
        if field == "category":
            counts = Counter(r["category"] for r in kept)
            assert page["贷款"][1] == counts["LOAN"] and page["未填"][1] == counts[None]
            assert page["国库"][1] == 0, "a category without a ticket is still a row"
    cells = pages["表B×C 类别与原因"]
    assert table(cells)["贷款"][-1] == sum(r["category"] == "LOAN" for r in kept)
    assert [one.value for one in cells[4]][-2:] == ["未填", "合计"]
    branches = table(pages["表F 机构"], label=1)
    east = sum(r["branch_id"] in (2, 5) for r in kept)
    assert branches["城东支行"][2] == east and branches["城东支行"][10] == round(east / 8.6, 2)
    assert "城东分理处" not in branches and branches["示范银行总行"][2] == sum(r["branch_id"] == 1 for r in kept)
    assert branches["无基数支行"][10] == "—" and branches["未定机构"][0] == "—"
    assert branches["合计"][2] == len(kept)
    groups = table(pages["表H 特殊群体"])
    assert groups["老年人"][1] == sum("elderly" in r["flags"] for r in kept)
    bands = table(pages["表G 时限分档"])
    untold = [r for r in kept if r["told_at"] is None]
    assert bands["撤诉"][1] == sum(r["status"] == "withdrawn" for r in untold)
    assert bands["在途（尚未办结）"][1] == len(untold) - bands["撤诉"][1]


@pytest.mark.parametrize(("kind", "period"), PERIODS)
def test_every_figure_and_the_tickets_behind_it_agree(office, kind, period):
    report = office.report(kind, period)
    cells = [cell for sheet in report.sheets for row in sheet.rows for cell in row if isinstance(cell, Counted)]
    assert cells or kind == "ledger"
    kept = cache(lambda span: statistics.figures(span, regulators=("r12378", "pbc"), at=read_period(period).cutoff(AT)))
    with office.store.read() as session:
        for cell in cells[::5] if kind == "monthly" else cells:
            codes = dict(cell.codes)
            span = read_period(codes.pop("period", period))
            found = session.scalars(select(Ticket.id).where(statistics.narrowed(kept(span)[cell.figure], codes))).all()
            assert len(found) == cell, (cell.figure, cell.codes)


@pytest.mark.parametrize(("kind", "first", "last", "before", "year"), [
    ("quarterly:2026-Q3", date(2026, 7, 1), date(2026, 9, 30), (date(2026, 4, 1), date(2026, 6, 30)),
     (date(2025, 7, 1), date(2025, 9, 30))),
    ("half:2026-H1", date(2026, 1, 1), date(2026, 6, 30), (date(2025, 7, 1), date(2025, 12, 31)),
     (date(2025, 1, 1), date(2025, 6, 30)))])
def test_a_bulletin_says_what_the_raw_rows_say(office, kind, first, last, before, year):
    paper = office.document(*kind.split(":"))
    said = "\n".join(one.text for one in paper.paragraphs)
    kept, then, ago = between(office.rows, first, last), between(office.rows, *before), between(office.rows, *year)

    def moved(what, now, was):
        return f"{what}{'上升' if now > was else '下降'} {100 * abs(now - was) / was:.2f}%" if now != was else f"{what}持平"

    assert f"全行共收到消费投诉 {len(kept)} 件（合并重复投诉前 {len(between(office.rows, first, last, merged=True))} 件），" in said
    assert moved("环比", len(kept), len(then)) in said and moved("同比", len(kept), len(ago)) in said
    top = Counter(r["category"] for r in kept if r["category"]).most_common(1)[0]
    name = office.knowledge.taxonomy.category[top[0]].standard or office.knowledge.taxonomy.category[top[0]].name
    was = sum(r["category"] == top[0] for r in then)
    assert f"从业务类别看，{name} {top[1]} 件（占 {percent(top[1], len(kept))}，{moved('环比', top[1], was)}）" in said
    upheld = [r for r in kept if r["told_at"] and r["upheld"]]
    assert f"其中有责 {len(upheld)} 件" in said
    indicators = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in paper.tables[0].rows}
    assert indicators["投诉总量（合并后）"][0] == str(len(kept)) and indicators["投诉总量（合并后）"][1] == str(len(then))
    months = {row.cells[0].text: row.cells[1].text for row in paper.tables[1].rows}
    assert sum(int(n) for label, n in months.items() if label not in ("月份", "合计")) == len(kept) == int(months["合计"])
    for part in ("一、总体情况", "二、主要特点", "三、典型案例", "四、原因分析", "五、整改情况", "六、下一步工作", "口径说明"):
        assert part in said


def test_the_annual_disclosure_says_what_the_raw_rows_say_and_names_nobody(office):
    paper = office.document("annual", "2025")
    said = "\n".join(one.text for one in paper.paragraphs)
    kept = between(office.rows, date(2025, 1, 1), date(2025, 12, 31))
    assert f"全行共收到消费投诉 {len(kept)} 件" in said and "第二十六条" in said
    tables = {row.cells[0].text: row.cells[1].text for one in paper.tables for row in one.rows}
    assert tables["营业现场"] == str(sum(r["business_channel"] == "COUNTER" for r in kept))
    assert tables["城东支行"] == str(sum(r["branch_id"] in (2, 5) for r in kept))
    assert "王小明" not in said and "李经理" not in said and "案例" not in said


def test_cases_are_masked_and_causes_are_only_those_on_record(office):
    said = "\n".join(one.text for one in office.document("quarterly", "2026-Q3").paragraphs)
    assert "案例1" in said and "说是存款，现在亏了两万多" in said
    for secret in ("王小明", "李经理", "城东支行的"):
        assert secret not in said
    assert "根因：双录话术未更新" in said
    assert "涉及 2 项（其中本期新登记 2 项）：完成 1 项，未完成 1 项；未完成的当中逾期 1 项" in said
    assert "个金部抓紧完成整改（原定 2026 年 9 月 1 日完成，已逾期）：理财销售没有说明风险。" in said
    earlier = "\n".join(one.text for one in office.document("quarterly", "2026-Q1").paragraphs)
    assert "未登记本期问题的根因，此处不作推断" in earlier and "双录" not in earlier


def test_the_assessment_doubles_repeats_and_answers_for_the_first_handler(office):
    pages = office.book("assessment", "2026-Q3")
    kept = between(office.rows, date(2026, 7, 1), date(2026, 9, 30))
    unit = {1: 1, 2: 2, 3: 3, 4: 4, 5: 2, None: None}
    pairs = Counter((unit[r["branch_id"]], r["cause"]) for r in kept if r["branch_id"] and r["cause"])
    together = {pair for pair, n in pairs.items() if n >= 5 * 3}

    def weight(some):
        return sum(2 if r["is_repeat"] or (unit[r["branch_id"]], r["cause"]) in together else 1 for r in some)

    assert together, "some come together"
    details = table(pages["扣分明细"])
    upheld = [r for r in kept if r["told_at"] and r["upheld"] and r["branch_id"] == 3]
    assert details["城西支行：每万客户有责投诉"][1:] == (len(upheld), weight(upheld), round(weight(upheld) / 7.4, 2))
    late = [r for r in kept if r["first_contact_at"] > r["contact_due_at"]
            and unit[r["first_handler_id"] or r["branch_id"]] == 2]
    assert details["城东支行：首次联系超时"][1:3] == (len(late), weight(late))
    ranking = table(pages["考核得分"], label=1)
    heads = [one.value for one in pages["考核得分"][4]]
    for name, row in ranking.items():
        if name in ("城东支行", "城西支行"):
            taken = [row[n] for n, head in enumerate(heads) if head.startswith("扣：") and row[n] != "—"]
            assert row[2] == max(0, round(100 - sum(taken), 2))
    assert ranking["无基数支行"][heads.index("扣：每万客户投诉量")] == "—"
    scores = [row[2] for row in ranking.values() if row[0] != "—"]
    assert ranking["无基数支行"][0] == "—" and len(scores) >= 2
    assert scores == sorted(scores, reverse=True)


def test_the_ledger_holds_no_formula(office):
    page = office.book("ledger", "2026-Q3")["整改台账"]
    items = table(page, label=1)
    assert items["'=HYPERLINK(\"x\")"][8] == "已完成" and items["'=HYPERLINK(\"x\")"][7] == "'+会议纪要"
    assert items["理财销售没有说明风险"][8] == "待整改（逾期）"
    assert not [cell.coordinate for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    summary = table(office.book("ledger", "2026-Q3")["汇总"])
    assert summary["待整改（逾期）"][1] == 1 and summary["合计"][1] == 2
    assert "理财销售没有说明风险" not in table(office.book("ledger", "2026-Q2")["整改台账"], label=1)


@pytest.mark.parametrize(("kind", "period"), PERIODS)
def test_the_same_figures_are_the_same_file_whenever_it_is_made(office, kind, period):
    assert office.file(kind, period) == office.file(kind, period, AT + timedelta(days=400))


def test_fonts_and_charts_are_native_and_chinese(office):
    page = office.book("monthly", "2026-10")["表B 业务类别"]
    assert page["A5"].font.name == "宋体" and len(page._charts) == 1
    paper = office.document("quarterly", "2026-Q3")
    runs = [run for one in paper.paragraphs for run in one.runs] + [
        run for one in paper.tables for row in one.rows for cell in row.cells for run in cell.paragraphs[0].runs]
    assert all(run._element.rPr.rFonts.get(qn("w:eastAsia")) in ("宋体", "黑体", "楷体", "仿宋") for run in runs if run.text)
    charts = [part for part in paper.part.package.iter_parts() if str(part.partname).startswith("/word/charts/")]
    assert len(charts) == 3
    shown = charts[0].blob.decode()
    assert 'ea typeface="宋体"' in shown.replace("<a:", "<").replace("<", " ") or 'typeface="宋体"' in shown
    inside = next(iter(charts[0].rels.values())).target_part.blob
    assert load_workbook(BytesIO(inside)).active["A1"].value == "月份"


@pytest.mark.parametrize(("now", "before", "said"), [(0, 0, "—"), (5, 0, "—"), (0, 5, "-100.00%（基数小）"), (11, 10, "+10.00%"),
                                                     (33, 32, "+3.13%"), (31, 32, "-3.13%"),
                                                     (3, 9, "-66.67%（基数小）"), (10, 10, "+0.00%"), (1, 1, "+0.00%（基数小）")])
def test_comparisons(now, before, said):
    assert change(now, before) == said


@pytest.mark.parametrize(("now", "before", "said"), [
    ((0, 0), (1, 2), "—"), ((1, 2), (0, 0), "—"), ((1, 2), (1, 4), "+25.00 个百分点（基数小）"),
    ((30, 100), (40, 100), "-10.00 个百分点"), ((33, 64), (32, 64), "+1.56 个百分点"), ((1, 32), (0, 32), "+3.13 个百分点")])
def test_shares_move_by_points(now, before, said):
    assert points(now, before) == said


def test_rates():
    assert rate(1, 32) == "3.13%" and rate(1, 800) == "0.13%", "a half goes up, as everybody checks it"
    assert days(Fraction(25, 100)) == "0.3" and per(1005, 10_000_000, 10_000) == "1.01"
    assert rate(0, 0) == "—" and rate(1, 3) == "33.33%" and rate(0, 3) == "0.00%"


@pytest.mark.parametrize("text", ["=1+1", "@x", "+cmd|' /C calc'!A0", "-2+3", "\tx", "＝1+1"])
def test_no_cell_begins_a_formula(text):
    assert plain(text) == "'" + text


@pytest.mark.parametrize(("figure", "value"), [(change(12, 10), 0.2), (change(9, 10), -0.1), (rate(1, 3), 0.3333),
                                               (points((30, 100), (40, 100)), -10.0), (change(1, 0), "—")])
def test_our_own_figures_are_numbers_and_what_looks_like_them_is_text(figure, value):
    assert plain(figure) == value
    assert plain(str(figure)) == ("—" if figure == "—" else plain(str(figure))) and isinstance(plain(str(figure)), str)


def test_a_workbook_can_be_reckoned_with_and_notes_stand_beside_the_figures(office):
    book = office.book("monthly", "2026-10")
    for page in book:
        assert page["A1"].value == "2026 年 10 月投诉分析统计表"
        assert page["A2"].value.startswith(f"{page.title}（统计期间：2026-10-01")
        words = [cell.value for row in page.iter_rows(min_row=5) for cell in row if isinstance(cell.value, str)]
        assert not [one for one in words if re.fullmatch(r"[+-]?\d+(\.\d+)?%?(（基数小）)?", one)], page.title
    category = book["表B 业务类别"]
    head = [cell.value for cell in category[4]]
    assert head[-1] == "备注" and "基数小" in {row[-1].value for row in category.iter_rows(min_row=5)} | {"基数小"}
    by_name = {row[0].value: row for row in category.iter_rows(min_row=5)}
    shares = [row[2].value for name, row in by_name.items()
              if name and name[:2] not in ("合计", "小计") and isinstance(row[2].value, int | float)]
    assert sum(shares) == pytest.approx(1, abs=0.01)
    assert by_name["合计"][2].value == 1 and by_name["合计"][2].number_format == "0.00%"
