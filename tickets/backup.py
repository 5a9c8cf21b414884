"""A copy of the database that is whole even while messages keep coming in, with the attachments beside it."""

import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.engine import make_url

from tickets.db import database_url


class BackupRefused(Exception):
    """Nothing was copied; the message says why."""


def backup_to(url: str, attachments: Path, target: Path) -> str:
    """Copy into `target`, a new or empty folder, and check the copy. Returns what to tell the operator."""
    parsed = make_url(database_url(url))
    if parsed.get_backend_name() != "sqlite":
        raise BackupRefused("PostgreSQL 请用 pg_dump 或连续归档（见 docs/operations.md），附件目录另行复制。")
    source = Path(parsed.database or "")
    if not source.is_file():
        raise BackupRefused(f"没有找到数据库文件 {source}")
    if target.exists() and any(target.iterdir()):
        raise BackupRefused(f"{target} 不是空文件夹，没有覆盖。")
    target.mkdir(parents=True, exist_ok=True)
    copy = target / "xiaobao.sqlite3"
    with sqlite3.connect(source, timeout=30) as old, sqlite3.connect(copy) as new:
        old.backup(new, pages=2000)
    with sqlite3.connect(copy) as check:
        verdict = check.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise BackupRefused(f"副本校验不通过：{verdict}")
    files = 0
    if attachments.is_dir():
        shutil.copytree(attachments, target / "attachments")
        files = sum(1 for path in (target / "attachments").rglob("*") if path.is_file())
    return f"已备份到 {target}：数据库 {copy.stat().st_size} 字节，附件 {files} 个，校验通过。"
