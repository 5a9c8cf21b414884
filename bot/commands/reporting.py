"""`xiaobao report`: the regulator's tables from the command line, the same rows as on the desk."""

import re
from pathlib import Path

import click

from bot.commands.running import settings_or_exit


@click.group()
def report() -> None:
    """Make a report."""


@report.command()
@click.argument("month")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="文件名，默认 投诉分析统计表-YYYY-MM.xlsx")
def monthly(month: str, output: Path | None) -> None:
    """The month's table for the regulator as XLSX, for example `xiaobao report monthly 2026-10`."""
    from desk import reports
    from knowledge.base import load
    from tickets import statistics
    from tickets.db import Store
    from tickets.models import now
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        raise click.BadParameter("月份写作 YYYY-MM，例如 2026-10", param_hint="MONTH")
    year, number = (int(part) for part in month.split("-"))
    period = statistics.month(year, number)
    store = Store(settings_or_exit().database_url)
    try:
        with store.read() as session:
            sheets = reports.monthly(session, load(), period, at=now())
    finally:
        store.close()
    title = f"{year} 年 {number} 月投诉分析统计表"
    output = output or Path(f"投诉分析统计表-{month}.xlsx")
    output.write_bytes(reports.workbook(sheets, title=title, period=period))
    click.echo(f"已写入 {output}（{len(sheets)} 张表，本期投诉 {sheets[0].rows[0][1]} 件）")
