"""`xiaobao report`: the office's reports from the command line, the same as on the desk, kept as editions."""

from collections.abc import Callable
from pathlib import Path

import click

from bot.commands.refusals import knowledge_or_exit, outputs_or_exit, settings_or_exit, store_or_exit, writing_or_exit

ALL = ("monthly", "quarterly", "half", "analysis", "annual", "assessment", "ledger")


@click.group()
def report() -> None:
    """Make a report: monthly, quarterly, half, analysis, annual, assessment, ledger, or all of a year."""


def _command(name: str, example: str, what: str) -> None:
    @report.command(name=name, help=f"{what}，例如 `xiaobao report {name} {example}`。")
    @click.argument("period")
    @click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="文件名，默认按报告名称和期间")
    def one(period: str, output: Path | None) -> None:
        with _Press() as press:
            press(name, period, output)


for _row in (("monthly", "2026-10", "监管月报（XLSX）"), ("quarterly", "2026-Q3", "季度通报（DOCX）"),
             ("half", "2026-H1", "半年通报（DOCX）"), ("analysis", "2026-H1", "报监管的半年或年度分析报告（DOCX）"),
             ("annual", "2026", "年度披露（DOCX）"),
             ("assessment", "2026-Q3", "机构考核（XLSX）"), ("ledger", "2026-Q3", "整改台账（XLSX）")):
    _command(*_row)


@report.command(name="all")
@click.argument("year", type=click.IntRange(2000, 2099))
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="文件夹，默认 报告-YYYY")
def everything(year: int, folder: Path | None) -> None:
    """Every report of a year that has begun, into one folder."""
    from desk.reports import KINDS
    from tickets.models import now
    from tickets.numbers import SHANGHAI
    from tickets.periods import half, month, quarter, whole_year
    made = {"month": [month(year, n) for n in range(1, 13)], "quarter": [quarter(year, n) for n in range(1, 5)],
            "half": [half(year, n) for n in (1, 2)], "year": [whole_year(year)]}
    today = now().astimezone(SHANGHAI).date()
    folder = folder or Path(f"报告-{year}")
    with outputs_or_exit(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _Press() as press:
        for name in ALL:
            for rhythm in dict.fromkeys((*KINDS[name].rhythms, KINDS[name].spans[-1])):
                for period in made[rhythm]:
                    if period.first <= today:
                        press(name, period.key, None, folder)


class _Press:
    """Makes reports one after another on one database; says for each what changed since it was last made."""

    def __enter__(self) -> Callable[..., None]:
        self.settings, self.knowledge = settings_or_exit(), knowledge_or_exit()
        self._open = store_or_exit(self.settings.database_url)
        self.store = self._open.__enter__()
        return self.make

    def __exit__(self, *error: object) -> bool | None:
        return self._open.__exit__(*error)

    def make(self, name: str, period: str, output: Path | None, folder: Path | None = None) -> None:
        from desk import reports
        from nlp.privacy import mask
        from tickets import editions
        from tickets.models import now
        from tickets.numbers import SHANGHAI
        from tickets.periods import UnknownPeriod, read_period
        kind, at = reports.KINDS[name], now()
        try:
            span = read_period(period)
        except UnknownPeriod:
            span = None
        if span is None or span.kind not in kind.spans:
            raise click.BadParameter(reports.shape(kind, self.knowledge), param_hint="PERIOD")
        if span.first > at.astimezone(SHANGHAI).date():
            raise click.BadParameter(self.knowledge.wording("reports.not_begun", period=span.name), param_hint="PERIOD")
        with self.store.read() as session:
            made = reports.make(session, self.knowledge, kind, span, at=at, mask=lambda text: mask(text).text,
                                bank=self.settings.bank_name, hotline=self.settings.bank_hotline)
        body, file = reports.written(made, self.knowledge), reports.file_name(made)
        with self.store.write() as session:
            before = editions.latest(session, name, span.key)
            was = f"{before.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if before else ""
            edition, new = editions.keep(session, kind=name, period=span.key, said=made.said(), name=file, body=body, at=at)
            changes = edition.changes if new else []
        output = output or (folder or Path()) / file
        with writing_or_exit(output) as fresh:
            fresh.write_bytes(body)
        for warning in made.warnings:
            click.echo(f"提醒：{warning}", err=True)
        click.echo(f"已写入 {output}（{reports.told(self.knowledge, was=was, new=new, changes=len(changes))}）")
        for place, old, is_now in changes[:20]:
            click.echo(f"  {place}：{old or '无'} → {is_now or '无'}")
        if len(changes) > 20:
            click.echo(f"  ……另有 {len(changes) - 20} 处，见工作台「报告」。")
