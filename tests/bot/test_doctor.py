"""`xiaobao doctor` names the answers that somebody must look at again, and an answer past its date makes it fail."""

from datetime import timedelta

import httpx
import pytest
import time_machine

from bot import doctor
from bot.heartbeat import beat
from bot.rounds import Rounds
from knowledge.base import KnowledgeError, load
from tests import builders
from tests.running import Web
from tickets.models import Attachment, Owed, now
from tickets.working_days import LAST_YEAR


def review(day):
    with time_machine.travel(f"{day} 04:00:00+00:00", tick=False):
        return [finding for finding in doctor._knowledge() if finding.text.startswith("待复核")]


def test_nothing_is_due_while_everything_is_fresh_and_the_law_has_not_lapsed():
    assert review("2026-11-25") == []


def test_an_answer_about_to_lapse_is_announced_and_one_past_its_date_is_an_error():
    assert any("即将到期" in one.text and "fraud-96110" in one.text and one.good for one in review("2027-03-15"))
    assert any("已过期" in one.text and "fraud-96110" in one.text and not one.good for one in review("2027-04-02"))


def test_an_answer_that_nobody_checked_for_a_year_is_announced():
    day = builders.knowledge().entries["di-limit"].checked + timedelta(days=367)
    assert any("一年未核对" in one.text and "di-limit" in one.text for one in review(day.isoformat()))


def test_the_offices_check_refuses_a_knowledge_base_with_a_lapsed_answer():
    day = builders.knowledge().entries.written["fraud-96110"].valid_until
    with pytest.raises(KnowledgeError, match="expired on"):
        load(today=day.replace(year=day.year + 1), strict=True)


@pytest.mark.parametrize(("day", "good"), [((0, 6, 1), None), ((0, 12, 1), True), ((1, 1, 2), False)])
def test_a_calendar_that_runs_out_is_announced_and_one_that_has_run_out_is_an_error(day, good):
    years, month, number = day
    with time_machine.travel(f"{LAST_YEAR + years}-{month:02}-{number:02} 04:00:00+00:00", tick=False):
        found = doctor._calendar()
    assert [one.good for one in found] == ([] if good is None else [good])


def faults(found):
    return [one.text for one in found if not one.good]


def test_the_least_that_production_needs_is_no_fault(tmp_path):
    settings = builders.settings(tmp_path, environment="production", bank_hotline="95000", telegram_bot_token="")
    assert faults([*doctor._settings(settings), *doctor._disk(settings)]) == []
    assert any("STAFF_GROUP" in one.text for one in doctor._settings(settings))


def test_a_folder_that_cannot_be_written_and_a_full_disk_are_found(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (said,) = faults(doctor._disk(builders.settings(tmp_path / "file")))
    assert "写不了" in said and str(tmp_path / "file") in said
    monkeypatch.setattr(doctor, "LEAST_FREE", 10**18)
    (said,) = faults(doctor._disk(builders.settings(tmp_path / "not" / "yet")))
    assert said.startswith("磁盘还有") and not (tmp_path / "not").exists()


def test_files_that_a_restore_left_out_are_counted(store, tmp_path):
    settings = builders.settings(tmp_path, database_url=store.url)
    with store.write() as session:
        session.add_all([Attachment(name="a", media_type="image/png", stored_as=name) for name in ("a1.png", "a2.png", None)])
    settings.attachment_folder.mkdir()
    (settings.attachment_folder / "a1.png").touch()
    assert any("缺 1 个附件文件" in said for said in faults(doctor._database(settings)))
    (settings.attachment_folder / "a2.png").touch()
    assert not any("附件" in said for said in faults(doctor._database(settings)))


def test_a_worker_that_makes_no_rounds_is_found_by_the_doctor_and_by_the_monitor(store, tmp_path):
    house = builders.house(store, tmp_path)
    said = [one.text for one in doctor._database(builders.settings(tmp_path, database_url=store.url)) if "worker" in one.text]
    assert said == ["提醒：worker 还没有运行过"]
    Rounds(house).once()
    with store.read() as session:
        assert doctor._worker(session).good
    with store.write() as session:
        beat(session, now() - timedelta(minutes=12))
        session.add_all([Owed(channel="telegram", address="1", body={}, at=now() - timedelta(minutes=minutes), status=status)
                         for minutes, status in ((3, "owed"), (7, "owed"), (60, "sent"))])
    with store.read() as session:
        assert not doctor._worker(session).good and "12 分钟" in doctor._worker(session).text
    with Web(house) as web:
        figures = dict(line.rsplit(" ", 1) for line in httpx.get(f"{web.url}/metrics").text.splitlines() if line[0] != "#")
    assert 715 < float(figures["xiaobao_worker_silent_seconds"]) < 800
    assert 415 < float(figures['xiaobao_oldest_owed_seconds{channel="telegram"}']) < 500
