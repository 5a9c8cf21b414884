"""Commands for what is kept and for how long: `xiaobao audit verify` and `xiaobao erase`."""

import sys

import click
from sqlalchemy import select

from bot.commands.refusals import knowledge_or_exit, settings_or_exit, store_or_exit
from bot.forgetting import remove
from knowledge.clocks import Deadlines
from tickets import audit as chain
from tickets import retention
from tickets.db import Store
from tickets.models import Chat
from tickets.register import ticket_of_number


@click.group()
def audit() -> None:
    """Look after the audit chain."""


@audit.command("verify")
def audit_verify() -> None:
    """Check that no row was changed, slipped in or cut off. Exit status 1 when the chain is broken."""
    with store_or_exit(settings_or_exit().database_url) as store, store.read() as session:
        broken = chain.verify(session)
    if broken is not None:
        click.echo(f"审计链在第 {broken} 条断开：记录被改动、插入或截断过。")
        sys.exit(1)
    click.echo("审计链完整。")


@click.command()
@click.option("--yes", is_flag=True, help="真正清除；不加时只报数")
@click.option("--chat", "who", help="按本人要求清除一个对话：写她的一个工单号，或「渠道:地址」，如 telegram:12345")
def erase(yes: bool, who: str | None) -> None:
    """Erase what has been kept long enough, or what one person asks for as far as the law lets us. Counts only without --yes."""
    settings, rules = settings_or_exit(), knowledge_or_exit().deadlines
    with store_or_exit(settings.database_url) as store:
        done = _of_chat(store, rules, who, yes) if who else _due(store, rules, yes)
    if yes:
        remove(settings.attachment_folder, done.files)
    verb = "已清除" if yes else "可清除"
    click.echo(f"{verb}工单 {done.tickets} 张、无工单的消息 {done.messages} 条、附件 {len(done.files)} 个、"
               f"其他（没人看的回复、没答上的问题等）{done.other} 条；"
               f"依法仍须保存 {done.kept} 张。")


def _due(store: Store, rules: Deadlines, yes: bool) -> retention.Erased:
    if not yes:
        with store.read() as session:
            return retention.due_for_erasure(session, rules)
    total = retention.Erased()
    while True:
        with store.write() as session:
            done = retention.expire(session, rules)
        total.tickets, total.messages, total.kept = total.tickets + done.tickets, total.messages + done.messages, done.kept
        total.other, total.files = total.other + done.other, total.files + done.files
        if not done:
            return total


def _of_chat(store: Store, rules: Deadlines, who: str, yes: bool) -> retention.Erased:
    channel, named, address = who.partition(":")
    with store.write() if yes else store.read() as session:
        ticket = None if named else ticket_of_number(session, who)
        wanted = (Chat.channel == channel, Chat.address == address) if named else (Chat.id == (ticket.chat_id if ticket else None),)
        chat = session.scalars(select(Chat).where(*wanted)).one_or_none()
        if chat is None:
            raise click.ClickException(f"没有找到对话 {who}")
        if yes:
            return retention.erase_chat(session, chat, rules)
        return retention.chat_holdings(session, chat, rules)
