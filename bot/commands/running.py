"""Commands that run the house: up, serve, worker, chat, migrate, backup, doctor."""

import asyncio
import ctypes
import errno
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import click

from bot.commands.refusals import build_or_exit, outputs_or_exit, settings_or_exit, upgrade_or_exit
from bot.settings import Settings

QUIET = 3.0  # seconds of waiting before one is told what for
MODEL = Path(__file__).parents[2] / "nlp" / "model"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="端口，默认 8000 或环境变量 PORT")
@click.option("--host", help="监听地址，默认 127.0.0.1")
def serve(port: int | None, host: str | None) -> None:
    """Run the web process (chat page, desk, Telegram webhook)."""
    gc.disable()  # while a million small things are loaded that all stay
    import uvicorn

    from bot.app import create_app
    from bot.logs import configure
    settings = settings_or_exit()
    _refuse_taken(host or settings.host, port or settings.port)  # before the models are loaded, which takes its time
    configure(settings.log_level)
    app = create_app(settings, build_or_exit(settings))
    _settle()
    uvicorn.run(app, host=host or settings.host, port=port or settings.port, log_config=None, access_log=False, server_header=False,
                forwarded_allow_ips=settings.trusted_proxies, timeout_graceful_shutdown=20, http="httptools")


@click.command()
def worker() -> None:
    """Run the worker (sends replies, polls Telegram without a webhook, sweeps the clocks)."""
    gc.disable()
    from bot.commands.scheduled import Press
    from bot.logs import configure
    from bot.worker import work
    settings = settings_or_exit()
    configure(settings.log_level)
    house = build_or_exit(settings)
    _settle()
    asyncio.run(work(house, beside=[("reports", Press(house).run)]))


def _settle() -> None:
    """What is loaded stays: the collector need not look at it again (a full look costs 100 ms). What loading left goes back.
    Products so small are reckoned by one thread: a second halves nothing and waits on a core that others need."""
    from threadpoolctl import threadpool_limits
    threadpool_limits(1)
    gc.collect()
    gc.freeze()
    gc.enable()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc only; 40 MB
        trim(0)


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    click.echo(f"数据库结构版本：{upgrade_or_exit(settings_or_exit().database_url)}")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="端口，默认 8000 或环境变量 PORT")
def up(port: int | None) -> None:
    """Do everything that a newcomer needs: migrate, train if there is no model, make the first staff user, run web and worker."""
    settings = settings_or_exit()
    port = port or settings.port
    _refuse_taken(settings.host, port)
    click.echo("正在准备数据库…")
    upgrade_or_exit(settings.database_url)
    _ensure_model()
    password = _first_user(settings)
    environ = {**os.environ, "XIAOBAO_PORT": str(port), "PORT": ""}
    command = [sys.executable, "-m", "bot.cli"]
    children: dict[str, subprocess.Popen] = {}
    for name in ("serve", "worker"):  # the page first: it is what people wait for
        children[name] = subprocess.Popen([*command, name], env=environ)  # noqa: S603 - our own words
        if name == "serve":
            _wait_ready(settings.host, port, children[name])
    _say_where(settings, port, password)
    sys.exit(_stand_by(children))


def _ensure_model() -> None:
    """The model is kept in the repository; where somebody removed it, it is trained again, with a progress bar."""
    if not (MODEL / "about.json").is_file():
        from nlp import train
        click.echo("没有找到模型，正在训练…")
        train.train()


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise click.ClickException(f"端口 {port} 已被占用。换一个端口：PORT=8001 make run") from None
            raise click.ClickException(f"不能在 {host} 的端口 {port} 上监听：{error.strerror or type(error).__name__}。"
                                       "请改 XIAOBAO_HOST 或 XIAOBAO_PORT") from None


def _first_user(settings: Settings) -> str | None:
    """A one-time password for the first staff user, or None when there are staff already."""
    from sqlalchemy import select

    from tickets import accounts
    from tickets.db import Store
    from tickets.models import Staff
    store = Store(settings.database_url)
    try:
        with store.write() as session:
            if session.scalars(select(Staff.id).limit(1)).first() is not None:
                return None
            return accounts.first_administrator(session)
    finally:
        store.close()


def _wait_ready(host: str, port: int, child: subprocess.Popen) -> None:
    """As long as the process lives it is waited for: on a slow machine the first start, which makes the index, takes minutes."""
    patient = time.monotonic() + QUIET
    while child.poll() is None:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
        if time.monotonic() > patient:
            click.echo("正在准备查找用的索引，头一次启动要算几十秒到几分钟，请稍候…")
            patient = float("inf")
    raise click.ClickException(f"没有启动成功（{_status(child.returncode)}），请看上面的日志。")


def _say_where(settings: Settings, port: int, password: str | None) -> None:
    base = settings.public_url or f"http://{settings.host}:{port}"
    click.secho("\n消保小助手已启动", bold=True)
    click.echo(f"  客户对话页：{base}/")
    click.echo(f"  工作台：　　{base}/desk")
    if password:
        click.echo(f"  首位员工：　用户名 admin　一次性密码 {password}（登录后须修改）")
    if settings.telegram_bot_token:
        click.echo("  Telegram：　" + ("webhook" if settings.public_url else "轮询"))
    click.echo("  按 Ctrl+C 停止（kill -9 会留下网页和 worker 两个进程，要另外结束）\n")


CALLED = {"serve": "网页进程（serve）", "worker": "发送进程（worker）"}


def _stand_by(children: dict[str, subprocess.Popen]) -> int:
    """Pass the stop signal on, wait for both; if one dies by itself, stop the other and say which, by words and exit status."""
    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        asked = True
        for child in children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(child.poll() is None for child in children.values()):
        time.sleep(0.2)
    wanted, fallen = asked, [(name, child.poll()) for name, child in children.items() if child.poll() is not None]
    stop()
    codes = [_ended(child) for child in children.values()]
    if wanted:
        return 0
    ended = "、".join(f"{CALLED[name]}意外退出，{_status(code)}" for name, code in fallen)
    click.echo(f"{ended}；另一个进程也已停下。收下的消息都在库里。请看上面的日志，再运行 make run（或 xiaobao up）。", err=True)
    return max(max(abs(code) for code in codes), 1)


def _ended(child: subprocess.Popen) -> int:
    """Its exit status; one that does not stop in half a minute is killed, which loses nothing that was answered."""
    try:
        return child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _status(code: int) -> str:
    """「状态 1」, or the signal that ended it."""
    if code >= 0:
        return f"状态 {code}"
    try:
        return f"被信号 {signal.Signals(-code).name} 结束（状态 {code}）"
    except ValueError:
        return f"被信号 {-code} 结束（状态 {code}）"


@click.command()
@click.option("--name", default="terminal", help="对话的名字，同名继续上次的对话")
def chat(name: str) -> None:
    """Talk to the bot in this terminal."""
    from bot.channels.console import talk
    settings = settings_or_exit()
    upgrade_or_exit(settings.database_url)
    talk(build_or_exit(settings), name)


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Copy the database, the attachments and the promoted models into a new folder, also while the house is running."""
    from tickets.backup import BackupRefused, backup_to
    settings = settings_or_exit()
    folders = {"attachments": settings.attachment_folder, "models": settings.model_folder}
    try:
        with outputs_or_exit(target):
            click.echo(backup_to(settings.database_url, folders, target))
    except BackupRefused as error:
        raise click.ClickException(str(error)) from None


@click.command()
def doctor() -> None:
    """Check a deployment: settings, database, model, knowledge, entries due for review. Exit status 1 when something is wrong."""
    from bot.doctor import examine
    settings = settings_or_exit()
    findings = examine(settings)
    for finding in findings:
        click.echo(f"{'✓' if finding.good else '✗'} {finding.text}")
    sys.exit(0 if all(finding.good for finding in findings) else 1)

