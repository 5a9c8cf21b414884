"""What she asks in the course of an alarm that has nothing to do with it: it is answered, and the next step stands behind it."""

import re
from collections.abc import Collection

from bot.flows import alarm_steps, asking, entries, in_alarm, sought
from bot.turn import Turn

OTHERWISE = re.compile(
    "营业时间|几点(?:下班|上班|关门|开门|营业)|(?:周末|周[六日]|星期[六天日])[^,。;!?]{0,4}(?:开门|上班|营业)|(?:房贷|存款|"
    "贷款|定期)?利率|短信(?:提醒|通知)|开户|公积金|限额|系统繁忙|房贷|分期|提前还款|年费|补卡|换卡|社保卡|外币|结售?汇")
"""Plain business of a bank, and"""
OF_THE_SWINDLE = re.compile("骗|他|她|对方|验证码|转账|报警|警察|被|钱没|追")
"""what it must not be said with."""
NEAR_A_SWINDLE = (*entries.SWINDLES, "cards_accounts", "payments", "personal_info", "elderly_minor", "other")
"""What is asked about these in an alarm may be asked of the swindle."""
FAR_FROM_ONE = ("deposit_insurance", "counterfeit_cash", "damaged_cash", "credit_card", "fees")
"""What no swindler speaks of, though a little less surely found; unless one of"""
HIS_WORDS = re.compile(
    "[骗他她追充垫付刷税]|对方|人家|平台|app|软件|下载|链接|会议|共享|客服|经理|快递|转(?!存)|汇|打款|密码|验证|冻|退款|退钱|[退赔]我|损失|没了|丢|"
    "警|公安|法院|坐牢|抓|被(?!没收|收)|保证金|激活|流水|套现|额度|提额|限额|贷|借|取(?!消)|提现|刚|[这那][笔个些]|[要让叫]我|说")
"""these stands beside it: those may belong to the swindle, and never leave the alarm."""


def business(plain: str) -> bool:
    """Whether she asks for plain business of a bank, with no word of the swindle."""
    return OTHERWISE.search(plain) is not None and OF_THE_SWINDLE.search(plain) is None


def answers(turn: Turn, *, near: Collection[str] = entries.SWINDLES) -> bool:
    """Whether the base surely answers, and about something else than the swindle or what lies `near` one."""
    found = turn.understood.found
    entry = turn.knowledge.entries.get(found.entry or "")
    return entry is not None and entry.theme not in near and found.confidence >= asking.SURE_ANSWER


def unrelated(turn: Turn, plain: str) -> bool:
    """Whether her normalised words ask for another matter than the swindle, and the base has the answer to them."""
    found, theme = turn.understood.found, entries.theme(turn, turn.understood.found.entry)
    if answers(turn, near=NEAR_A_SWINDLE):
        return in_alarm.named(plain, in_alarm.PRESSED) is None
    sure = theme in FAR_FROM_ONE and found.confidence >= sought.SURE and found.candidates[0].score >= sought.FAR
    return sure and HIS_WORDS.search(plain) is None and in_alarm.answer(turn.text) is None


def go_on(turn: Turn) -> None:
    """Behind what was answered in the course of a swindle: its next step, in one line."""
    alarm = turn.amid
    if alarm is None or "fraud_now" not in alarm.flags or alarm.first_contact_at or turn.did not in ("ANSWER", "NONE"):
        return
    if not alarm_steps.known_to_police(turn):
        turn.say(turn.word("emergency.still", step=alarm_steps.one_step(turn, alarm_steps.standing(turn, "fraud_now"))))
