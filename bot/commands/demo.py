"""`xiaobao demo`: fill an empty database with a year of invented complaints, so that every chart has something to show."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import click

from bot.commands.refusals import knowledge_or_exit, outputs_or_exit, settings_or_exit, upgrade_or_exit

MORNINGS, FEW = 45, 2  # of early warning, with ordinary and with very many tickets


@click.command()
@click.option("--year", type=click.IntRange(2021, 2099), required=True, help="演示的年份，如 2026")
@click.option("--tickets", type=click.IntRange(100, 5_000_000), default=12_000, show_default=True, help="投诉件数（含上一年）")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="随机种子：同一个数得到同样的一年")
@click.option("--database", help="数据库地址，默认 XIAOBAO_DATABASE_URL；必须是空库")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="演示到哪一天为止（含当天），默认到现在")
@click.option("--alone", is_flag=True, help="只要这一年，不要上一年（没有同比）")
@click.option("--surges", type=click.IntRange(0, 60), default=12, show_default=True, help="埋下的集中投诉个数")
@click.option("--record", type=click.Path(path_type=Path, dir_okay=False), help="埋了什么写到哪个文件，默认 var/demo-年份.json")
def demo(year: int, tickets: int, seed: int, database: str | None, until: datetime | None, alone: bool, surges: int,
         record: Path | None) -> None:
    """Fill an EMPTY database with a synthetic year (and the year before it, for comparisons)."""
    from tqdm import tqdm

    from knowledge.base import FOLDER
    from tickets.db import Store
    from tickets.demo import year as synthetic
    from tickets.numbers import SHANGHAI
    settings, knowledge = settings_or_exit(), knowledge_or_exit()
    url = database or settings.database_url
    upgrade_or_exit(url)
    store = Store(url)
    ends = until.replace(tzinfo=SHANGHAI) + timedelta(days=1) if until else None
    try:
        with tqdm(total=tickets, unit="件", disable=None, desc="生成") as bar:
            filled = synthetic.fill(store, FOLDER, year=year, taxonomy=knowledge.taxonomy, rules=knowledge.deadlines,
                                    tickets=tickets, seed=seed, until=ends, quiz=knowledge.quiz,
                                    before=not alone, surges=surges, progress=bar.update)
        spend_the_mornings(store, knowledge, filled.until, mornings=MORNINGS if filled.searchable else FEW)
        password = _first_user(store)
    except synthetic.DemoRefused as error:
        raise click.ClickException(str(error)) from None
    finally:
        store.close()
    record = record or settings.var_folder / f"demo-{year}.json"
    with outputs_or_exit(record):
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps([surge.plain() for surge in filled.planted], ensure_ascii=False, indent=1), encoding="utf-8")
    click.echo(f"已生成 {filled.first:%Y-%m-%d} 至 {filled.until.astimezone(SHANGHAI):%Y-%m-%d} 的演示工单 {filled.tickets} 件；"
               f"埋下 {len(filled.planted)} 处集中投诉，记在 {record}。")
    if not filled.searchable:
        click.echo("件数很多，没有建全文检索；报表和看板不受影响。")
    if password:
        click.echo(f"工作台首位员工：用户名 admin　一次性密码 {password}（登录后须修改）")


def spend_the_mornings(store, knowledge, until: datetime, *, mornings: int) -> None:
    """The last mornings as the worker would have spent them, so that the early-warning page has something to show."""
    from nlp.text import normalise, tokens
    from tickets import warned
    from tickets.numbers import SHANGHAI
    last = until.astimezone(SHANGHAI)
    for days in range(mornings, -1, -1):
        morning = (last - timedelta(days=days)).replace(hour=6, minute=0, second=0, microsecond=0)
        with store.read() as session:
            found = warned.find(session, morning.date() - timedelta(days=1), lambda text: tokens(normalise(text)))
        with store.write() as session:
            warned.note(session, found, taxonomy=knowledge.taxonomy, wording=knowledge.wording, at=morning)


def _first_user(store) -> str | None:
    """A person who can sign in: the invented staff cannot, and `xiaobao up` makes the first user only where there is no staff."""
    from sqlalchemy import select

    from tickets import accounts
    from tickets.demo.people import NO_PASSWORD
    from tickets.models import Staff
    with store.write() as session:
        if session.scalars(select(Staff.id).where(Staff.password_hash != NO_PASSWORD).limit(1)).first() is not None:
            return None
        return accounts.first_administrator(session)
