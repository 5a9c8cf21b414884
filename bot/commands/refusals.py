"""What commands need, or end without in one plain line: settings, a sound house, a database that is there, a file to write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.settings import Settings, UnsafeSettings, read_settings


def settings_or_exit() -> Settings:
    """The settings, or exit status 1 with every problem in plain words."""
    try:
        return read_settings()
    except UnsafeSettings as error:
        raise click.ClickException(str(error)) from None


def build_or_exit(settings: Settings):
    """The house, or exit status 1 naming the file that is broken."""
    from bot.house import build
    from knowledge.reading import KnowledgeError
    from nlp.classifier import ModelError
    try:
        return build(settings)
    except (KnowledgeError, ModelError) as error:
        raise click.ClickException(f"拒绝启动：{error}") from None


def knowledge_or_exit():
    """The knowledge base, or exit status 1 with file and line."""
    from knowledge.base import KnowledgeError, load
    try:
        return load()
    except KnowledgeError as error:
        raise click.ClickException(f"知识库：{error}") from None


def upgrade_or_exit(url: str) -> str:
    """Bring the database to the newest schema; exit status 1 when a newer release has been at it, or it cannot be reached."""
    from sqlalchemy.exc import DBAPIError

    from tickets.migrate import NewerSchema, NotUnicode, upgrade
    try:
        return upgrade(url)
    except NewerSchema as error:
        raise click.ClickException(
            f"数据库已由更新的版本升级到 {error}，这个版本不认识。请换回新版程序；要退回旧版，请先恢复升级前的备份。") from None
    except NotUnicode as error:
        raise click.ClickException(
            f"数据库的编码是 {error}，应为 UTF8：请另建一个库（docs/operations.md「PostgreSQL 建库」）。") from None
    except (DBAPIError, OSError) as error:
        raise _away(error) from None


@contextmanager
def store_or_exit(url: str):
    """The database, if it is there and of this program's schema; else exit status 1, and none is made in passing."""
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    from tickets.db import Store
    from tickets.migrate import behind, is_there
    if not is_there(url):
        raise click.ClickException("还没有数据库。先运行 xiaobao migrate（或 make run）。")
    store = Store(url)
    try:
        try:
            old = behind(store)
        except DBAPIError as error:
            raise _away(error) from None
        if old:
            raise click.ClickException("数据库是空的，或结构比程序旧。先运行 xiaobao migrate。")
        try:
            yield store
        except (OperationalError, InterfaceError) as error:
            raise _away(error) from None
    finally:
        store.close()


def _away(error: Exception) -> click.ClickException:
    """Neither the statement nor the address: they may hold a password, or what customers wrote."""
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[:1]
    return click.ClickException(f"数据库连不上或写不了：{type(error).__name__}{'：' + reason[0][:200] if reason else ''}")


@contextmanager
def outputs_or_exit(path: Path) -> Iterator[None]:
    """What is written in this block goes to `path`; exit status 2 in one line that names it when it cannot."""
    from bot.rows_out import Unwritable, why
    try:
        yield
    except (OSError, Unwritable) as error:
        refusal = click.ClickException(str(error) if isinstance(error, Unwritable) else f"写不了 {path}：{why(error)}")
        refusal.exit_code = 2
        raise refusal from None


@contextmanager
def writing_or_exit(path: Path) -> Iterator[Path]:
    """A fresh file that becomes `path` when all of it is written (`bot.rows_out.writing`)."""
    from bot.rows_out import writing
    with outputs_or_exit(path), writing(path) as fresh:
        yield fresh
