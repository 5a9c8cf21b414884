"""Looks a deployment over and says in plain words what is sound and what is not."""

import os
import shutil
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.heartbeat import SILENT_AFTER, last_beat
from bot.house import MODEL
from bot.settings import Settings
from bot.spoken import unsayable
from knowledge.base import FOLDER, load
from knowledge.changes import changed
from knowledge.reading import KnowledgeError
from knowledge.today import holds, today
from nlp.classifier import ModelError
from nlp.damage import UNREADABLE
from nlp.promotion import serving
from nlp.soundness import broken
from tickets import audit, entry_changes
from tickets.db import Store
from tickets.migrate import current, head, is_there
from tickets.models import Attachment, Owed, Parked, Staff, now
from tickets.working_days import runs_out

LEAST_FREE = 10**9  # bytes
REASONS = {"expired": "已过期", "expiring": "即将到期", "unchecked": "一年未核对"}
"""Why an entry must be looked at again, as the desk calls it."""


@dataclass(frozen=True)
class Finding:
    good: bool
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Every check, each on its own: one that fails does not hide the next."""
    return [*_settings(settings), *_disk(settings), *_calendar(), *_knowledge(), *_model(settings), *_database(settings)]


def _settings(settings: Settings) -> list[Finding]:
    found = [Finding(True, f"环境：{settings.environment}")]
    if not settings.bank_hotline:
        found.append(Finding(not settings.production, "提醒：未设置 XIAOBAO_BANK_HOTLINE，紧急指引里没有本行客服电话"))
    if not settings.telegram_staff_group:
        found.append(Finding(True, "提醒：未设置 XIAOBAO_TELEGRAM_STAFF_GROUP，I 级事件只在工作台报警"))
    return found


def _disk(settings: Settings) -> list[Finding]:
    """Where the program writes: whether it may, and whether there is room."""
    folder = settings.var_folder.absolute()
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return [Finding(False, f"写不了 {folder}：附件、索引和提升过的模型没处放")]
    free = shutil.disk_usage(there).free
    return [Finding(free >= LEAST_FREE, f"磁盘还有 {free // 10**6:,} MB")]


def _calendar() -> list[Finding]:
    last, day = runs_out(today()), today()
    if last is None:
        return []
    return [Finding(day.year <= last, f"提醒：工作日历只到 {last} 年，之后只认元旦、劳动节、国庆节的固定假日，"
                                      "不知道春节等假日和调休；请升级 chinesecalendar")]


def _knowledge() -> list[Finding]:
    try:
        knowledge = load()
    except KnowledgeError as error:
        return [Finding(False, f"知识库：{error}")]
    found = [Finding(True, f"知识库：{len(knowledge.entries)} 条问答，{len(knowledge.quiz)} 道题")]
    found += [Finding(False, f"知识库缺文件：{name}") for name in knowledge.missing]
    if "wording.toml" not in knowledge.missing:
        found += [Finding(False, f"有一句话说不出来：{what}") for what in unsayable(knowledge.wording, FOLDER / "wording.toml")]
    day = today()
    found += [Finding(False, f"收费项目已过期（{fee.valid_until}），不再显示：{fee.id} {fee.name}")
              for fee in knowledge.fees.written.values() if not holds(fee, day)]
    for due in knowledge.due_for_review(day):
        why = f"{REASONS[due.reason]}，{due.since}"
        found.append(Finding(due.reason != "expired", f"待复核（{why}）：{due.entry.id} {due.entry.question}"))
    return found


def _changes(session: Session) -> list[Finding]:
    """The office's own entries: how many, and which of them the files have overtaken."""
    changes = entry_changes.in_force(session)
    try:
        knowledge = load()
    except KnowledgeError:
        return []  # said already
    entries, problems = changed(knowledge.entries.written, changes, knowledge.taxonomy)
    day, added = today(), [one.slug for one in changes if one.text]
    found = [Finding(True, f"工作台增改的条目：{len(added)} 条在用，{len(changes) - len(added)} 条停用")] if changes else []
    found += [Finding(True, f"工作台条目 {slug} 不再采用（{why}），可在「条目复核」下架") for slug, why in problems]
    return found + [Finding(False, f"已过期：{slug} {entries[slug].question}")
                    for slug in added if slug in entries and not holds(entries[slug], day)]


def _attachments(session: Session, settings: Settings) -> list[Finding]:
    """After a restore the rows may know of files that nobody brought back."""
    kept = session.scalars(select(Attachment.stored_as).where(Attachment.stored_as.is_not(None), Attachment.stored_as != ""))
    folder = settings.attachment_folder
    lie = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    missing = sum(name not in lie for name in kept)
    return [Finding(False, f"缺 {missing} 个附件文件：库里有记录，{folder} 里没有，请从备份取回")] if missing else []


def _worker(session: Session) -> Finding:
    last = last_beat(session)
    if last is None:
        return Finding(True, "提醒：worker 还没有运行过")
    silent = now() - last
    return Finding(silent <= SILENT_AFTER, "worker 在运行" if silent <= SILENT_AFTER else
                   f"worker 已 {silent // timedelta(minutes=1)} 分钟没有动静：答复没人发、期限没人看，请看它的日志")


def _model(settings: Settings) -> list[Finding]:
    if what := broken(MODEL):
        return [Finding(False, f"模型文件损坏或缺失：{what}")]
    try:
        served = serving(settings.model_folder, MODEL)
    except (ModelError, *UNREADABLE) as error:
        return [Finding(False, f"模型：{error}")]
    found = [Finding(True, f"模型：{served.reader.about.version}（{'更正后提升' if served.promoted else '随包'}）")]
    if served.problem:
        found.append(Finding(False, f"已提升的模型没有启用：{served.problem}"))
    if served.outdated:
        found.append(Finding(True, "随包模型已更新，建议再运行 xiaobao train --with-corrections"))
    return found


def _database(settings: Settings) -> list[Finding]:
    if not is_there(settings.database_url):
        return [Finding(False, "数据库：还没有，先运行 xiaobao migrate")]
    store = Store(settings.database_url)
    try:
        with store.read() as session:
            have, want = current(settings.database_url), head()
            found = [Finding(have == want, f"数据库结构：{have or '无'}（程序需要 {want}）")]
            if have != want:
                return found
            staff = session.scalar(select(func.count()).select_from(Staff).where(Staff.active))
            dead = session.scalar(select(func.count()).select_from(Owed).where(Owed.status == "dead"))
            parked = session.scalar(select(func.count()).select_from(Parked)
                                    .where(Parked.parked_at.is_not(None), Parked.resolved_at.is_(None)))
            broken = audit.verify(session)
            return [*found, *_changes(session), *_attachments(session, settings), _worker(session),
                    Finding(bool(staff), f"在用员工 {staff} 人"),
                    Finding(not dead, f"送不到的回复 {dead} 条"),
                    Finding(not parked, f"搁置待人工的消息 {parked} 条"),
                    Finding(broken is None, "审计链完整" if broken is None else f"审计链在第 {broken} 条断开")]
    except SQLAlchemyError as error:
        return [Finding(False, f"数据库：{type(error).__name__}")]
    finally:
        store.close()
