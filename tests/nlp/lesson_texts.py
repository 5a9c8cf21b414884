"""Made-up complaints for the tests of learning: a small corpus of several writers, and a new product that it does not know."""

from itertools import product
from pathlib import Path

from nlp import train

WRITERS = ("a", "b", "c")
KNOWN = {
    "CREDIT_CARD/FEE": (("信用卡年费", "信用卡违约金", "信用卡分期手续费"), ("乱扣", "扣多了", "说免又收", "没用也收")),
    "LOAN/PROCESS": (("房贷提前还款", "消费贷结清", "贷款审批"), ("排不上队", "要我跑三趟", "一直拖着", "材料交了又交")),
    "DEBIT_CARD/FACILITY": (("取款机", "存款机", "柜员机"), ("把卡吞了", "吐钞少了", "死机了", "存进去没数")),
    "PAYMENT/FACILITY": (("手机银行转账", "扫码付款", "网银汇款"), ("一直转圈", "提示超时", "扣了钱没到", "打不开")),
    "CASH/SERVICE": (("残币兑换", "零钱兑换", "假币收缴"), ("柜员爱理不理", "让我等半天", "推到别的网点", "态度很差")),
}
QUESTIONS = ("定期利率是多少", "网点几点开门", "怎么改手机号", "金价今天多少")
EMERGENCIES = ("我正在被骗刚把验证码给了对方", "刚转账给骗子还能追回吗", "不想活了活不下去", "骗子让我开屏幕共享转安全账户")
TAILS = ("", "，快点处理", "，气人", "，给个说法", "，已经三天了", "，客服说不清", "，我要投诉")

NEW = (("数字人民币钱包", "数币硬钱包", "数字人民币红包", "数字人民币账户"),
       ("转账一直转圈", "扫码付款打不开", "余额少了", "绑不上卡", "找不回密码", "碰一碰没反应"),
       ("，营业厅说不归他管", "，打了两次电话", "，昨天还好好的", "，老人不会弄", "，没人能说清"),
       ("，请尽快处理", "，到底怎么回事", "，我要投诉", "，麻烦查一下", "。"))


def corpus_lines(writer: str) -> list[str]:
    place = WRITERS.index(writer)
    lines = []
    for pair, parts in KNOWN.items():
        said = ["".join(words) for words in product(*parts, TAILS)]
        lines += [f"complaint|{pair}|||{text}" for text in said[place::4]]
    lines += [f"question||||{text}{tail}" for text in QUESTIONS for tail in ("呀", "呢", "请问")[place:place + 1]]
    tail = ("急", "快帮我", "怎么办")[place]
    lines += [f"complaint|PAYMENT/FUND_SAFETY||fraud_now|{text}，{tail}" if "不想活" not in text
              else f"chat|||self_harm|{text}，{tail}" for text in EMERGENCIES]
    return lines


def unseen(pair: str) -> list[str]:
    """Complaints of a known kind that no writer of the corpus has."""
    return ["".join(words) for words in product(*KNOWN[pair], TAILS)][3::4]


def new_product(count: int) -> list[str]:
    """Complaints about a product that the corpus does not know."""
    texts = ["".join(words) for words in product(*NEW)]
    return texts[:count]


def write_corpus(folder: Path) -> Path:
    """The small corpus as files, one a writer."""
    for writer in WRITERS:
        (folder / f"{writer}.txt").write_text("\n".join(corpus_lines(writer)), encoding="utf-8")
    return folder


def small_model(folder: Path, corpus: Path) -> Path:
    """A model of that corpus, trained as the packaged one is."""
    train.train(folder, progress=False, corpus=corpus, describe=lambda *_: None)
    return folder
