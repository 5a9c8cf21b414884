"""`xiaobao user`: the staff from the command line, for the first of them and for when nobody can sign in."""

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.commands.refusals import knowledge_or_exit, settings_or_exit, store_or_exit
from bot.settings import Settings
from tickets import accounts, audit, lifecycle, signing_in
from tickets.models import Staff


@click.group()
def user() -> None:
    """Manage staff: add, list, password, role, disable, enable, sign-out."""


def _with_session(action, settings: Settings | None = None):
    with store_or_exit((settings or settings_or_exit()).database_url) as store:
        try:
            with store.write() as session:
                return action(session)
        except accounts.AccountRefused as error:
            raise click.ClickException(str(error)) from None


@user.command("add")
@click.argument("username")
@click.option("--name", required=True, help="姓名")
@click.option("--role", type=click.Choice(accounts.ROLES), default="handler", show_default=True)
@click.option("--branch", help="机构代码")
def user_add(username: str, name: str, role: str, branch: str | None) -> None:
    """Add a staff user and print a one-time password."""
    password = accounts.one_time_password(username)

    def add(session: Session) -> None:
        staff = accounts.create_staff(session, username=username, name=name, role=role, password=password, must_change=True,
                                      branch_code=branch)
        audit.record(session, action="staff.add", target=f"staff:{staff.id}", data={"role": staff.role})

    _with_session(add)
    click.echo(f"已添加 {username}（{name}，{role}）。一次性密码：{password}")


@user.command("list")
def user_list() -> None:
    """List staff users."""
    rows = _with_session(lambda session: [(s.username, s.name, s.role, "在用" if s.active else "停用")
                                          for s in session.scalars(select(Staff).order_by(Staff.username))])
    for row in rows:
        click.echo("\t".join(row))


@user.command("password")
@click.argument("username")
def user_password(username: str) -> None:
    """Give a staff user a new one-time password, also after too many wrong ones; every signed-in browser is signed out."""
    password, settings = accounts.one_time_password(username), settings_or_exit()

    def reset(session: Session) -> None:
        staff = accounts.reset_password(session, username=username, password=password)
        signing_in.unlock(session, username=username, secret_key=settings.secret_key)
        audit.record(session, action="staff.reset", target=f"staff:{staff.id}")

    _with_session(reset, settings)
    click.echo(f"{username} 的一次性密码：{password}")


@user.command("disable")
@click.argument("username")
def user_disable(username: str) -> None:
    """Disable a staff user, end the sessions, and let go of the open tickets."""
    knowledge = knowledge_or_exit()

    def disable(session: Session) -> int:
        staff = accounts.disable_staff(session, username=username)
        audit.record(session, action="staff.active", target=f"staff:{staff.id}", data={"active": False})
        return lifecycle.let_go(session, staff, rules=knowledge.deadlines,
                                reason=knowledge.wording("desk.staff_left", name=staff.name))

    freed = _with_session(disable)
    click.echo(f"已停用 {username}" + (f"，名下 {freed} 张在办工单已退回待分派" if freed else ""))


@user.command("enable")
@click.argument("username")
def user_enable(username: str) -> None:
    """Let a disabled staff user in again; the former password still holds."""
    def enable(session: Session) -> None:
        staff = accounts.enable_staff(session, username=username)
        audit.record(session, action="staff.active", target=f"staff:{staff.id}", data={"active": True})

    _with_session(enable)
    click.echo(f"已启用 {username}")


@user.command("role")
@click.argument("username")
@click.argument("role", type=click.Choice(accounts.ROLES))
def user_role(username: str, role: str) -> None:
    """Give a staff user another role; every signed-in browser of that user is signed out."""
    def give(session: Session) -> None:
        staff = accounts.give_role(session, username=username, role=role)
        audit.record(session, action="staff.change", target=f"staff:{staff.id}", data={"role": staff.role})

    _with_session(give)
    click.echo(f"{username} 的角色：{role}")


@user.command("sign-out")
@click.argument("username", required=False)
@click.option("--all", "everybody", is_flag=True, help="所有员工，如密钥或数据库可能外泄时")
def user_sign_out(username: str | None, everybody: bool) -> None:
    """End the desk sessions of one staff user, or of all: whoever is signed in must sign in again."""
    if everybody == (username is not None):
        raise click.UsageError("写一个用户名，或 --all。")

    def end(session: Session) -> None:
        if username is None:
            signing_in.sign_everybody_out(session)
            target = ""
        else:
            target = f"staff:{accounts.sign_staff_out(session, username=username).id}"
        audit.record(session, action="staff.sign_out", target=target)

    _with_session(end)
    click.echo(f"{username or '所有人'} 已退出登录")
