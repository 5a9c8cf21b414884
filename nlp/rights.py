"""Which of the eight rights a complaint touches: the cause's own, and those its words claim (regulation 1.3.3)."""

import re

BY_CAUSE = {
    "SERVICE": "RESPECT", "PROCESS": "FAIR", "MARKETING": "KNOW", "DISCLOSURE": "KNOW", "CHOICE": "CHOICE_R", "FEE": "FAIR",
    "YIELD": "FAIR", "CONTRACT": "FAIR", "FUND_SAFETY": "SAFETY", "INFO_SAFETY": "INFO", "COLLECT_WAY": "RESPECT",
}
BY_WORDS = {
    "SAFETY": re.compile("盗刷|冒领|挪用|钱(没|不见|少)了|吞(钱|钞)|不翼而飞|被(转|划|取)走|存款(没|丢)"),
    "KNOW": re.compile(
        "没(有)?(告诉|提示|提醒|通知|说清|讲清|写明?)|不告诉|只字未提|不知情|"
        "隐瞒|虚假宣传|说(是)?保本|误导|骗我(买|办)"
    ),
    "CHOICE_R": re.compile(
        "强制|强迫|捆绑|搭售|必须(买|办|开)|非(要|让|得).{0,6}(买|办|开)|"
        "默认(勾选|开通)|擅自|私自|未经.{0,4}同意|没.{0,3}同意|被(开通|分期)"
    ),
    "FAIR": re.compile("霸王|乱(收|扣)|不合理|凭(什么|啥)(收|扣)|单方面|不公平|双标"),
    "REDRESS": re.compile(
        "没(有)?(人)?(管|理|回音|下文|答复|回复)|推诿|踢皮球|扯皮|"
        "石沉大海|一拖再拖|拖延|迟迟|不赔|拒绝赔|投诉.{0,6}(没|不)"
    ),
    "RESPECT": re.compile("歧视|辱骂|侮辱|骂(我|人)|看不起|瞧不起|嘲笑|嫌弃|轮椅|盲人|残疾|听障|吼|凶我|翻白眼"),
    "INFO": re.compile("泄(露|漏|密)|隐私|倒卖|未授权|没授权|偷查|(私自|擅自|乱)查|怎么(知道|有)我|爆通讯录|个人信息"),
    "EDU": re.compile("没(有)?(做|提供|给).{0,4}(风险教育|宣传|宣教|风险提示)|没人教"),
}


def rights(text: str, cause: str, *, overdue: bool, alarmed: bool) -> tuple[str, ...]:
    """Codes in the order of the eight rights; `text` normalised, `overdue` when the complaint itself went unanswered,
    `alarmed` when collectors were violent."""
    found = {right for right, words in BY_WORDS.items() if words.search(text)}
    if cause in BY_CAUSE:
        found.add(BY_CAUSE[cause])
    if overdue:
        found.add("REDRESS")
    if alarmed and "通讯录" in text:
        found.add("INFO")
    return tuple(right for right in BY_WORDS if right in found)
