"""`xiaobao train --with-corrections` and `--rollback`: corrections become a better model or are refused, on record."""

import json
import logging
import sys
import tempfile
from pathlib import Path

import click
import msgspec

from bot.commands.refusals import settings_or_exit, store_or_exit
from nlp import learning, messages_corpus, promotion, train
from nlp.classifier import ModelError
from nlp.lessons import Taught
from tickets import audit, corrections
from tickets.db import Store
from tickets.models import now

log = logging.getLogger("xiaobao.learning")

REASONS = {
    "nothing_new": "没有新的更正：现在的模型已经学过这些",
    "too_few": "可用的更正太少（留出和训练各至少 20 件）", "mostly_odd": "多数更正来自与同事明显相左的人，疑似误改或投毒",
    "no_better_on_corrections": "在没学过的更正上没有明显变好", "level_one_recall_falls": "I 级紧急情形的识别率会下降",
    "category_falls": "留出语料上业务类别变差", "category_f1_falls": "留出语料上业务类别变差（小类）",
    "cause_falls": "留出语料上投诉原因变差", "cause_f1_falls": "留出语料上投诉原因变差（小类）",
    "intent_f1_falls": "留出语料上意图变差", "flags_recall_falls": "留出语料上标记的识别率变差",
}
LEFT_OUT = {"private": "未遮盖个人信息", "unusable": "标签或文字不可用", "too_many_by_one": "同一人给得太多",
            "odd": "与同事明显相左"}
FIGURES = {"category": "业务类别", "cause": "投诉原因", "intent": "意图", "urgency": "不误升 I 级",
           "level_one_recall": "I 级识别率",
           "category_f1": "业务类别（宏平均 F1）", "cause_f1": "投诉原因（宏平均 F1）", "intent_f1": "意图（宏平均 F1）",
           "flags_recall": "标记识别率"}


def teach(database: str | None, *, corpus: Path = messages_corpus.FOLDER) -> learning.Verdict:
    """Train a challenger on the corrections, promote it if it earned it, and put the decision on record; prints what came of it."""
    from tqdm import tqdm
    settings = settings_or_exit()
    with store_or_exit(database or settings.database_url) as store:
        with store.read() as session:
            taught = [_taught(one) for one in corrections.corrected(session)]
        try:
            champion = promotion.serving(settings.model_folder)
        except ModelError as problem:
            raise click.ClickException(str(problem)) from None
        if champion.problem:
            click.echo(f"已提升的模型读不出来，以随包模型为准：{champion.problem}", err=True)
        with tempfile.TemporaryDirectory() as folder:
            total = (2 * train.FOLDS + 1) * len(train.LABELS) * train.learn.STEPS
            with tqdm(total=total, desc="train", disable=not sys.stderr.isatty()) as bar:
                verdict = learning.challenge(taught, champion.reader, Path(folder), corpus=corpus, tick=bar.update)
            if verdict.promoted:
                promotion.promote(settings.model_folder, Path(folder))
        _record(store, settings.model_folder, "model.promote" if verdict.promoted else "model.refuse", verdict.challenger,
                _codes(verdict), msgspec.to_builtins(verdict))
    _say(verdict)
    return verdict


def roll_back(database: str | None) -> None:
    """Serve the former model again, one step, and put it on record."""
    settings = settings_or_exit()
    before = promotion.where(settings.model_folder)
    try:
        place = promotion.rollback(settings.model_folder)
    except promotion.NothingToRollBack:
        raise click.ClickException("没有可以退回的模型：没有提升过，或已经退回过一次") from None
    except (OSError, ModelError) as problem:
        raise click.ClickException(f"上一个模型读不出来，没有退回：{problem}") from None
    with store_or_exit(database or settings.database_url) as store:
        left = before.version if before else ""
        _record(store, settings.model_folder, "model.rollback", place.version, {"from": left}, {"from": left, "to": place.version})
    click.echo(f"已退回到 {'随包模型' if place.version == promotion.PACKAGED else place.version}；重启 web 与 worker 后生效。")


def _taught(one: corrections.Corrected) -> Taught:
    return Taught(one.ticket_id, one.text, one.intent, one.category, one.cause, one.urgency, one.flags, one.was, one.by,
                  one.model_version)


def _codes(verdict: learning.Verdict) -> dict:
    """The decision as the audit log takes it: codes and numbers."""
    pairs = {f"{name}_{when}": round(pair[place], 4) for place, when in enumerate(("before", "after"))
             for name, pair in verdict.corpus.items()}
    pairs |= {f"fixed_{name}_{when}": round(pair[place], 4) for place, when in enumerate(("before", "after"))
              for name, pair in verdict.corrections.items()}
    return {"former": verdict.champion, "reasons": list(verdict.reasons), "taught": verdict.taught, "held": verdict.held,
            "won": verdict.won, "lost": verdict.lost, "odd_staff": list(verdict.odd_staff), **verdict.left_out, **pairs}


def _record(store: Store, models: Path, action: str, version: str, codes: dict, whole: dict) -> None:
    """Into the audit chain, the log, and a file beside the models; none of them holds a word of any customer."""
    at = now()
    with store.write() as session:
        audit.record(session, action=action, target=f"model:{version}", data=codes, at=at)
    log.info("%s model:%s %s", action, version, json.dumps(codes, sort_keys=True))
    folder = models / "decisions"
    folder.mkdir(parents=True, exist_ok=True)
    body = {"at": at.isoformat(timespec="seconds"), "action": action, "version": version, **whole}
    (folder / f"{at:%Y%m%dT%H%M%S%f}-{version}.json").write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")


def _say(verdict: learning.Verdict) -> None:
    click.echo(f"更正：学 {verdict.taught} 件，留出 {verdict.held} 件"
               + "".join(f"；{name} {verdict.left_out[key]} 件未用" for key, name in LEFT_OUT.items() if verdict.left_out[key]))
    if verdict.odd_staff:
        click.echo("请主管查看这些员工的更正（编号）：" + "、".join(map(str, verdict.odd_staff)))
    for title, figures in (("没学过的更正", verdict.corrections), ("留出的语料", verdict.corpus)):
        for name, (before, after) in figures.items():
            click.echo(f"  {title}　{FIGURES.get(name, name)}：{before:.3f} → {after:.3f}")
    if verdict.promoted:
        click.echo(f"已提升新模型 {verdict.challenger}（原 {verdict.champion} 留作退回）；重启 web 与 worker 后生效。")
    else:
        click.echo("没有替换模型：" + "；".join(REASONS.get(reason, reason) for reason in verdict.reasons))
