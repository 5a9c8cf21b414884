"""A forwarded text gets an honest answer: the signs that give it away, or "no known sign", and never "safe"."""
import json
import re
import shutil
import time

import pytest

from nlp import scam_train
from nlp.classifier import ModelError
from nlp.hashed import Hashed
from nlp.scam import FOLDER, ScamChecker
from nlp.scam_text import lures, plain, signs

CORPUS = scam_train.CORPUS / "scam"


@pytest.fixture(scope="module")
def checker():
    return ScamChecker.load()


@pytest.mark.parametrize(("written", "meant"), [
    ("加V信领取", "加微信领取"), ("薇❤同号", "微信同号"), ("➕v 详聊", "加微信 详聊"),
    ("日 结 工 资", "日结工资"), ("全.网 最.低", "全网最低"),
    ("Z.M", "zm"), ("🐧群", "qq群"), ("兼织曰结", "兼职日结"), ("無抵押借銭", "无抵押借钱"),
    ("进👗", "进群"), ("跑fen", "跑分"), ("微亻言", "微信"),
    ("收💳", "收银行卡"), ("Ｖ Ｘ：abc", "微信:abc"), ("刷​单", "刷单"),
])
def test_obfuscated_words_are_read_as_meant(written, meant):
    assert plain(written) == meant


@pytest.mark.parametrize("text", ["我在威海吃鱼", "他穿裙子", "魏先生在家", "百日维新", "他很有威信", "微星主板", "e.g. this"])
def test_ordinary_words_stay_what_they_are(text):
    assert plain(text) == text


def test_a_masked_and_a_bare_number_are_the_same_to_the_checker():
    assert plain("电话[手机 尾号8888]") == plain("电话13812348888") == "电话号码"


def test_every_lure_is_a_sound_pattern_and_has_a_name_people_read():
    assert len(signs().lures) >= 8
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{4,12}", name) for name in signs().lures)
    assert "先交钱再给钱" in lures(plain("放款前需缴纳保证金"))


@pytest.mark.parametrize("text", [
    "急招刷单员，垫付返佣，➕薇❤", "无视征信黑户可下，十分钟放款，前期交解冻金",
    "收银行卡四件套，高价，飞机联系",
    "老师带单，明日涨停牛股，进群免费领取代码",
    "您的ETC已失效，请点击 http://etc-xx.cc 重新认证银行卡",
])
def test_a_plain_scam_is_called_one_with_kind_and_signs(checker, text):
    verdict = checker.check([text])[0]
    assert verdict.label == "scam"
    assert verdict.kind and verdict.signs and 0.3 < verdict.confidence <= 1


@pytest.mark.parametrize(("text", "told"), [
    ("恭喜您获得办理资格，名额仅剩3个，加微信领取", "留联系方式引到别处（加微信）"),
    ("您的社保卡已失效，请点击 http://sb-xx.cc 尽快认证", "附陌生链接（链接）")])
def test_signs_are_lures_with_their_words_and_no_word_that_says_nothing(checker, text, told):
    signs_told = checker.check([text])[0].signs
    assert told in signs_told and not signs().dull & set(signs_told)


@pytest.mark.parametrize("text", ["今晚吃什么", "信用卡年费怎么免", "周五前领准考证", "", " ", "👍", "1234567890123"])
def test_what_shows_no_sign_is_clean_and_claims_no_kind(checker, text):
    verdict = checker.check([text])[0]
    assert (verdict.label, verdict.kind, verdict.signs) == ("clean", "", ())


def test_no_word_of_safety_is_ever_a_sign_or_a_kind(checker):
    texts = [line.text for line in scam_train.read_corpus() if line.scam][::5]
    for verdict in checker.check(texts):
        assert "没问题" not in verdict.kind and verdict.label in ("scam", "clean")


def test_a_batch_says_the_same_as_one_by_one(checker):
    texts = ["加微信刷单日结", "明天开会", "零撸首码看广告"]
    assert checker.check(texts) == [checker.check([text])[0] for text in texts]


def test_a_huge_text_is_checked_in_time(checker):
    started = time.process_time()
    checker.check(["加微信 " * 50_000, "，" * 200_000, "加 v 信 日 结 " * 20_000])
    assert time.process_time() - started < 3


def test_a_feature_has_the_row_of_its_name_and_a_strange_one_has_none(checker):
    names = json.loads((FOLDER / "scam.json").read_text("utf-8"))["words"]
    found = Hashed(names).rows([*names[::997], "w:never met", ""])
    assert found.tolist() == [*range(0, len(names), 997), -1, -1]
    assert Hashed(["c:a"]).rows([]).tolist() == []


@pytest.mark.slow
def test_the_training_clears_its_own_bar():
    about = json.loads((FOLDER / "scam.json").read_text("utf-8"))
    assert 0.3 <= about["bar"] <= 0.7 and len(about["words"]) == len(set(about["words"]))
    lines = [line for line in scam_train.read_corpus() if line.weight == 1.0]
    verdicts = ScamChecker.load().check([line.text for line in lines])
    wrong = sum((v.label == "scam") != line.scam for v, line in zip(verdicts, lines, strict=True))
    assert wrong / len(lines) < 0.05


def test_a_broken_model_is_named_not_guessed(tmp_path):
    with pytest.raises(ModelError):
        ScamChecker.load(tmp_path)
    shutil.copy(FOLDER / "scam.npz", tmp_path)
    (tmp_path / "scam.json").write_text('{"format": 1}')
    with pytest.raises(ModelError):
        ScamChecker.load(tmp_path)


def test_the_corpus_is_large_well_formed_and_holds_nothing_twice():
    lines = [line for line in scam_train.read_corpus() if line.weight == 1.0]
    assert sum(line.scam for line in lines) >= 700 and sum(not line.scam for line in lines) >= 700
    bare = [re.sub(r"\W", "", line.text) for line in lines]
    assert len(bare) == len(set(bare))
    assert not any(re.search(r"1[3-9]\d{9}", line.text) for line in lines)


def test_a_malformed_line_is_named_with_its_place(tmp_path):
    (tmp_path / "scam").mkdir()
    (tmp_path / "scam" / "x.txt").write_text("clean||好\nscam||没有种类\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"x\.txt:2"):
        scam_train.read_corpus(tmp_path)
