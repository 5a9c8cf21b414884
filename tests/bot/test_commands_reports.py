"""Reports by command and by the worker: made on their day, once, and never without saying what changed."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from click.testing import CliRunner
from docx import Document
from openpyxl import load_workbook

from bot.cli import main
from bot.commands.scheduled import Press, due
from tests import builders
from tickets.models import Edition, Owed, Ticket

SHANGHAI = ZoneInfo("Asia/Shanghai")


def moment(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.fixture
def tickets(store):
    with store.write() as session:
        for n in range(40):
            received = moment(2026, 1, 3) + timedelta(days=8 * n)
            session.add(Ticket(number=f"t{n}", source="phone", category="LOAN", cause="FEE", received_at=received,
                               clock_from=received, due_at=received + timedelta(days=15), summary="贷款利率的事情一直没有人说清楚",
                               told_at=received + timedelta(days=3), status="told", decision="已说明。", upheld=False))


@pytest.fixture
def run(database, tmp_path, monkeypatch):
    monkeypatch.setenv("XIAOBAO_DATABASE_URL", database)
    monkeypatch.setenv("XIAOBAO_VAR_FOLDER", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments, at=(2026, 11, 24, 9)):
        with time_machine.travel(moment(*at), tick=False):
            return CliRunner().invoke(main, ["report", *arguments])
    return call


def test_one_command_makes_every_report_of_a_year(tickets, run):
    answer = run("all", "2026", "--folder", "out", at=(2026, 2, 20))
    assert answer.exit_code == 0, answer.output
    names = {path.name for path in Path("out").iterdir()}
    assert len([name for name in names if name.startswith("投诉分析统计表")]) == 2, "March has not begun"
    assert {"消费投诉情况通报-2026-Q1.docx", "消费投诉情况通报-2026-H1.docx", "年度消费投诉信息披露-2026.docx",
            "消费投诉考核-2026.xlsx", "整改台账-2026.xlsx"} <= names
    for name in names:
        assert load_workbook(f"out/{name}").sheetnames if name.endswith(".xlsx") else Document(f"out/{name}").paragraphs


def test_a_second_making_says_what_changed(tickets, run, store):
    assert "首次生成" in run("monthly", "2026-10").output
    assert "没有变化" in run("monthly", "2026-10").output
    with store.write() as session:
        session.query(Ticket).filter(Ticket.received_at >= moment(2026, 10, 1)).first().cause = "SERVICE"
    said = run("monthly", "2026-10").output
    assert "处变化" in said and "表C 投诉原因 · 服务态度及服务质量 · 件数：0 → 1" in said


@pytest.mark.parametrize(("arguments", "said"), [(("monthly", "2026-Q3"), "2026-10"), (("quarterly", "2026"), "2026-Q3"),
                                                 (("annual", "2027"), "还没有开始"), (("half", "x"), "2026-H1")])
def test_a_wrong_period_is_answered_with_the_right_way_to_write_it(run, arguments, said):
    answer = run(*arguments)
    assert answer.exit_code == 2 and said in answer.output


def test_the_worker_makes_a_report_on_the_first_working_day_once(tickets, store, tmp_path):
    house = builders.house(store, tmp_path, telegram_staff_group=-100)
    with time_machine.travel(moment(2026, 10, 7, 12), tick=False):  # the National Day holiday
        assert {(kind.name, period.key) for kind, period in due(store, moment(2026, 10, 7, 12))} == {
            ("half", "2026-H1"), ("analysis", "2026-H1")}
    with time_machine.travel(moment(2026, 10, 8, 6), tick=False):
        assert len(due(store, moment(2026, 10, 8, 6))) == 2, "too early in the morning"
    with time_machine.travel(moment(2026, 10, 8, 8), tick=False):
        made = Press(house).once()
        assert {"投诉分析统计表-2026-09.xlsx", "消费投诉情况通报-2026-Q3.docx", "消费投诉考核-2026-Q3.xlsx"} <= set(made)
        assert Press(house).once() == [], "made already"
    with store.read() as session:
        assert session.query(Edition).count() == len(made)
        assert sum("已按期生成" in one.body["text"] for one in session.query(Owed)) == len(made)


def test_a_report_drawn_before_the_period_was_over_does_not_stand_for_it(tickets, store, run):
    run("monthly", "2026-11")
    assert ("monthly", "2026-11") in {(kind.name, period.key) for kind, period in due(store, moment(2026, 12, 1, 8))}


def test_an_empty_house_makes_nothing(store):
    assert due(store, moment(2026, 11, 24, 9)) == []
