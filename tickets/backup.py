"""A copy of the database that is whole even while messages keep coming in, with the attachments and taught models beside it."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from tickets.db import database_url
from tickets.migrate import is_there


class BackupRefused(Exception):
    """Nothing was copied; the message says why."""


def backup_to(url: str, folders: Mapping[str, Path], target: Path) -> str:
    """Copy into `target`, a new or empty folder, and check it; `folders` (attachments, models) go beside it under these names.

    Returns what to tell the operator. What fails half-way leaves nothing behind. Raises BackupRefused, OSError.
    """
    parsed = make_url(database_url(url))
    sqlite, source = parsed.get_backend_name() == "sqlite", Path(parsed.database or "")
    if not is_there(url):
        raise BackupRefused(f"没有找到数据库文件 {source}，或它是空的")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupRefused(f"{target} 不是空文件夹，没有覆盖。")
    made = not target.exists()
    target.mkdir(parents=True, exist_ok=True)
    try:
        size = _copied(source, target / "xiaobao.sqlite3") if sqlite else _dumped(url, target / "xiaobao.dump")
        counts = {name: _copy_folder(folder, target / name) for name, folder in folders.items()}
    except BaseException as error:
        for path in target.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if made:
            target.rmdir()
        if isinstance(error, sqlite3.Error):
            raise BackupRefused(f"没有备份成：{error}") from error
        raise
    return (f"已备份到 {target}：数据库 {size} 字节，附件 {counts.get('attachments', 0)} 个，"
            f"模型文件 {counts.get('models', 0)} 个，校验通过。")


def _copied(source: Path, copy: Path) -> int:
    """The size of the checked copy."""
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new, pages=2000)
    with closing(sqlite3.connect(copy)) as check:
        verdict = check.execute("PRAGMA integrity_check").fetchone()[0]
        tables = check.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]
    if verdict != "ok":
        raise BackupRefused(f"副本校验不通过：{verdict}")
    if not tables:
        raise BackupRefused(f"{source} 里没有表，不是小助手的数据库")
    return copy.stat().st_size


def _dumped(url: str, copy: Path) -> int:
    """The size of what pg_dump wrote and pg_restore can read. The password goes by the environment: all may see a command line."""
    engine = create_engine(database_url(url))
    place = engine.dialect.create_connect_args(engine.url)[1]
    place.pop("context", None)  # the driver's own, no option of libpq
    environ = os.environ | ({"PGPASSWORD": place.pop("password")} if "password" in place else {})
    for command in (["pg_dump", "--format=custom", f"--file={copy}", f"--dbname={make_conninfo(**place)}"],
                    ["pg_restore", "--list", str(copy)]):
        try:
            done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        except FileNotFoundError:
            raise BackupRefused(f"没有找到 {command[0]}：请安装 PostgreSQL 的客户端程序，版本不低于数据库") from None
        if done.returncode:
            raise BackupRefused(f"没有备份成：{(done.stderr.strip().splitlines() or [command[0]])[0][:200]}")
    if " alembic_version " not in done.stdout:
        raise BackupRefused(f"数据库 {place.get('dbname', '')} 里没有表，不是小助手的数据库")
    return copy.stat().st_size


def _copy_folder(folder: Path, target: Path) -> int:
    """How many files were copied."""
    if not folder.is_dir():
        return 0
    shutil.copytree(folder, target)
    return sum(1 for path in target.rglob("*") if path.is_file())
