"""What people say about the quizzes instead of pressing: give me some, one a day, no more, another one, some for the old."""

import re
import unicodedata
from dataclasses import dataclass

AUDIENCES = {
    "老年": "老年人 中老年人 中老年 老年 老人家 老人 长辈 爷爷 奶奶 姥姥 姥爷 外婆 外公",
    "学生": "大学生 中学生 小学生 学生 青少年 小朋友 小孩 孩子 孙子 孙女",
    "新市民务工": "新市民务工 新市民 务工人员 外来务工人员 务工 农民工 打工人 打工的",
    "商户": "商户 商家 店主 个体户 小店 做生意的",
    "农村": "农村 农民 村民 乡下",
    "残障": "残障人士 残障 残疾人 残疾",
    "员工": "银行员工 员工 同事",
    "公众": "公众 大众 普通人 一般人 所有人",
}
SCAMS = "scams"
"""Not one theme but all that a swindler makes use of; see `quiz.SCAM_THEMES`."""
THEMES = {
    SCAMS: "防骗 反诈 防诈骗 防诈 反诈骗 诈骗 骗局 防骗术 防骗知识", "illegal_fundraising": "防非法集资 非法集资 集资",
    "counterfeit_cash": "反假币 假币 假钞 反假货币", "damaged_cash": "残损币 破钱",
    "aml": "反洗钱 洗钱", "personal_info": "个人信息保护 个人信息 隐私", "credit_report": "征信", "credit_card": "信用卡",
    "loan": "贷款", "collection": "催收", "fees": "收费", "deposit_insurance": "存款保险", "insurance": "保险", "wealth": "理财",
    "payments": "支付 转账", "complaint_process": "投诉", "rights": "消费者权益 权益",
}
QUESTIONS = "每日一题 小测验 测验 测试题 题目 考题 题 考考 考我 问答题 知识问答"
DAILY = "每日一题 每天 每日 天天 每天早上 订阅"
PLAIN = (
    "我 我们 我家 咱 你 您 妈 妈妈 爸 爸爸 给 帮 替 让 请 麻烦 来 再 又 还 也 就 都 是 有 要 想 想要 能 可以 能不能 "
    "可不可以 有没有 出 发 做 答 考 玩 练 测 试试 换 换成 改成 改为 改 选 挑 找 推 推送 从 明天 今天 以后 起 开始 开启 "
    "开通 弄 把 一 两 三 四 五 十 几 些 一些 点 道 个 套 组 份 轮 下 的 了 吧 啊 呀 呢 吗 嘛 哈 适合 合适 关于 有关 针对 "
    "面向 版 版本 类 类型 人 人群 们 这 那 这个 那个 小 知识 金融 消保 银行 早上 上午 按时 看 听 用 那种 那些")
NEVER = "别 不要 不用 不想 不必 不需要 取消 停止 停掉 停 退订 关掉 关闭 退掉 不"
SENT = "发 推送 推 收 收到 接收 订阅"
PLAYED = "做 答 玩"
STOPPING = (
    "再 给 我 我们 每天 每日 天天 以后 的 了 吧 啊 呀 请 麻烦 烦 打扰 你 你们 您 能不能 可以 想 要 这 那 这个 这些 那个 "
    "那些 出 掉 这种 帮 把 来")
TOO_HARD = "难 太难 不会 不懂 看不懂 不知道 不晓得 答不出 答不上 做不出 做不来 换 跳过 略过 下一 下 过"
ANOTHER = (
    "我 我们 这 那 这道 那道 这个 这题 题 题目 道 个 一 太 好 有点 真 也 都 实在 了 啊 呀 吧 呢 来 再 别的 另 另外 就 给 "
    "请 算了 嘛 哦 的 啦 来吧 好吗 行吗 可以吗")


def _any(*texts: str) -> str:
    """One of these words, the longest first: a possessive run of them never has to think again."""
    words = {word for text in texts for word in text.split()}
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


LONGEST = 30
"""Letters; who says more says something else too."""
ALIASES = {word: code for table in (AUDIENCES, THEMES) for code, words in table.items() for word in words.split()}
NAMED = re.compile(_any(*AUDIENCES.values(), *THEMES.values()))
WISH = re.compile(f"(?:{_any(PLAIN, QUESTIONS, DAILY, *AUDIENCES.values(), *THEMES.values())})++")
STOP = re.compile(f"(?:{_any(NEVER, SENT, PLAYED, STOPPING, QUESTIONS, '提示 消息')})++")
PASS = re.compile(f"(?:{_any(TOO_HARD, ANOTHER)})++")
ABOUT_QUESTIONS, EVERY_DAY = re.compile(_any(QUESTIONS)), re.compile(_any(DAILY))
REFUSED, OF_SENDING, OF_PLAYING = re.compile(_any(NEVER)), re.compile(_any(SENT)), re.compile(_any(PLAYED))
HARD = re.compile(_any(TOO_HARD))
NEXT = re.compile("换|跳过|略过|下一")


@dataclass(frozen=True)
class Wish:
    """`kind`: quiz | daily | stop | pass. `named` says that questions were named; else only the talk tells what is meant."""

    kind: str
    named: bool
    audience: str = ""
    theme: str = ""
    sent: bool = False  # of a stop: it is about what is sent, not about the quiz that is being played


def heard(text: str) -> Wish | None:
    """What these words wish of the quizzes; None when anything else stands in them."""
    said = "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())
    if not said or len(said) > LONGEST:
        return None
    named = ABOUT_QUESTIONS.search(said) is not None
    if PASS.fullmatch(said) and HARD.search(said):
        return Wish("pass", named and NEXT.search(said) is not None)
    if STOP.fullmatch(said) and REFUSED.search(said):
        sent = OF_SENDING.search(said) is not None or EVERY_DAY.search(said) is not None
        return Wish("stop", named, sent=sent) if named or sent or OF_PLAYING.search(said) else None
    if not WISH.fullmatch(said):
        return None
    codes = [ALIASES[word] for word in NAMED.findall(said)]
    audience = next((code for code in reversed(codes) if code in AUDIENCES), "")
    theme = next((code for code in codes if code in THEMES), "")
    if named and EVERY_DAY.search(said):
        return Wish("daily", True, audience, theme)
    return Wish("quiz", named, audience, theme) if named or (audience and not theme) else None
