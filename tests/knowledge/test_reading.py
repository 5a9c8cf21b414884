"""A bad line in the knowledge base stops the start and says where it is."""

import codecs
import shutil
from datetime import date
from pathlib import Path

import pytest
import time_machine

from knowledge.base import FOLDER, KnowledgeError, load
from knowledge.faq import read_section

ENTRY = """# 假币

## note-seized | 假币被收缴了怎么办？
audience: 公众, 老年
confidence: V
checked: 2026-11-24
valid_until: 2027-03-31
faq: 12

### 问法
- 一
- 二
- 三
- 四
- 五
- 六
### 答
3 个工作日内可申请鉴定。
### 步骤
1. 拿好凭证。
2. 书面申请。
### 追问
- 在外地也能申请。
### 依据
- 办法第二条（2020-04-01 施行）[V]
### 老年版
别急。
先拿好凭证。
"""
TODAY = date(2026, 11, 24)


@pytest.fixture
def office(tmp_path):
    folder = tmp_path / "knowledge"
    (folder / "faq").mkdir(parents=True)
    (folder / "quiz").mkdir()
    for name in ("taxonomy.toml", "deadlines.toml"):
        shutil.copy(FOLDER / name, folder)
    (folder / "faq" / "counterfeit_cash.md").write_text(ENTRY, encoding="utf-8")
    return folder


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def change(folder: Path, old: str, new: str) -> None:
    assert old in ENTRY
    write(folder, "faq/counterfeit_cash.md", ENTRY.replace(old, new))


def test_an_entry_is_read_with_all_its_parts(office):
    entry = load(office, today=TODAY).entries["note-seized"]
    assert entry.theme == "counterfeit_cash" and entry.question == "假币被收缴了怎么办？"
    assert entry.variants == tuple("一二三四五六") and entry.steps == ("拿好凭证。", "书面申请。")
    assert entry.more == ("在外地也能申请。",)
    assert entry.versions == {"老年": "别急。\n先拿好凭证。"} and entry.audience == ("公众", "老年")
    assert entry.valid_until == date(2027, 3, 31) and entry.faq == 12 and not entry.staff_only


@pytest.mark.parametrize("old, new, line, what", [
    ("## note-seized | 假币", "## Note seized", 3, "heading"),
    ("confidence: V", "confidence: A", 5, "V or S"),
    ("confidence: V\n", "", 3, "confidence is missing"),
    ("audience: 公众, 老年", "audience: 火星人", 4, "audience"),
    ("faq: 12", "colour: red", 8, "unknown field"),
    ("2026-11-24", "24.11.2026", 6, "not a date"),
    ("2027-03-31", "2027-02-31", 7, "not a date"),
    ("- 六\n", "", 10, "5 ways"),
    ("### 依据\n- 办法第二条（2020-04-01 施行）[V]\n", "", 3, "依据"),
    ("- 办法第二条（2020-04-01 施行）[V]\n", "", 24, "依据"),
    ("施行）[V]", "施行）", 25, "[V] or [S]"),
    ("施行）[V]", "施行）[S]", 5, "without any [V]"),
    ("### 老年版", "### 火星版", 26, "unknown section"),
    ("3 个工作日内可申请鉴定。", "长" * 121, 17, "121"),
    ("在外地也能申请。", "长" * 81, 22, "81"),
    ("faq: 12", "related: no-such", 3, "no-such"),
])
def test_a_bad_entry_is_refused_with_its_line(office, old, new, line, what):
    change(office, old, new)
    with pytest.raises(KnowledgeError) as refused:
        load(office, today=TODAY)
    assert f"counterfeit_cash.md:{line}: " in str(refused.value) and what in str(refused.value)


def test_all_that_is_wrong_with_a_section_is_found_and_a_sound_one_is_the_entry_of_its_file(office):
    text, audiences = ENTRY[ENTRY.index("## "):], frozenset({"公众", "老年"})
    entry, faults = read_section(text, theme="counterfeit_cash", audiences=audiences)
    assert faults == [] and entry.id == "note-seized" and entry.theme == "counterfeit_cash"
    poor = text.replace("- 六\n", "").replace("施行）[V]", "施行）")
    entry, faults = read_section(poor, theme="counterfeit_cash", audiences=audiences)
    assert entry is None
    assert [(one.part, one.kind) for one in faults] == [("variants", "few"), ("basis", "unmarked"), ("confidence", "unfounded")]
    for other in ("", text + text):
        with pytest.raises(KnowledgeError, match="expected one"):
            read_section(other, theme="counterfeit_cash", audiences=audiences)


def test_further_ways_to_ask_join_their_entry(office):
    (office / "ways").mkdir()
    write(office, "ways/counterfeit_cash.txt", "# more\nnote-seized|钱被银行扣下说是假的\n\nnote-seized|假钱给没收了\n")
    assert load(office, today=TODAY).entries["note-seized"].variants[-2:] == ("钱被银行扣下说是假的", "假钱给没收了")


@pytest.mark.parametrize(("line", "what"), [
    ("no-such|问", "no entry 'no-such'"), ("note-seized|", "no question"), ("note-seized|三", "asked elsewhere too"),
    ("问", "no entry"),
])
def test_a_way_to_ask_that_leads_nowhere_is_refused_with_its_line(office, line, what):
    (office / "ways").mkdir()
    write(office, "ways/more.txt", f"note-seized|七\n{line}\n")
    with pytest.raises(KnowledgeError, match=rf"ways/more\.txt:2: .*{what}"):
        load(office, today=TODAY)


def test_one_slug_belongs_to_one_entry(office):
    write(office, "faq/aml.md", ENTRY)
    with pytest.raises(KnowledgeError, match="note-seized is also at"):
        load(office, today=TODAY)


def test_a_file_of_no_theme_is_refused(office):
    write(office, "faq/astrology.md", ENTRY)
    with pytest.raises(KnowledgeError, match=r"astrology\.md:1: no theme"):
        load(office, today=TODAY)


def test_an_expired_entry_is_hidden_and_listed_but_refused_by_the_strict_check(office):
    day = date(2027, 4, 1)
    base = load(office, today=day)
    assert not base.entries and [(d.entry.id, d.reason) for d in base.due_for_review(day)] == [("note-seized", "expired")]
    with pytest.raises(KnowledgeError, match=r"counterfeit_cash\.md:3: note-seized: expired on 2027-03-31"):
        load(office, today=day, strict=True)


def test_a_running_process_stops_showing_what_expires_at_midnight(office):
    base = load(office, today=TODAY)
    assert set(base.fit(date(2027, 3, 31))) == {"note-seized"} and not base.fit(date(2027, 4, 1))


def test_at_midnight_in_shanghai_what_lapsed_is_gone_from_the_base_itself(office):
    write(office, "fees.toml", '[[fee]]\nid = "a"\nname = "短信"\nprice = "2 元"\nsource = "x"\nvalid_until = 2027-03-31\n')
    with time_machine.travel("2027-03-31 15:59:59+00:00", tick=False) as clock:
        base = load(office)
        assert "note-seized" in base.entries and list(base.entries) == ["note-seized"] and "a" in base.fees
        clock.move_to("2027-03-31 16:00:00+00:00")
        assert base.entries.get("note-seized") is None and len(base.entries) == 0 and not list(base.fees.values())
        assert [due.reason for due in base.due_for_review(date(2027, 4, 1))] == ["expired"]


def test_review_is_due_a_month_ahead_and_a_year_after_the_last_check(office):
    base = load(office, today=TODAY)
    assert base.due_for_review(TODAY) == []
    assert [d.reason for d in base.due_for_review(date(2027, 3, 2))] == ["expiring"]
    change(office, "valid_until: 2027-03-31\n", "")
    assert [d.reason for d in load(office, today=TODAY).due_for_review(date(2027, 12, 1))] == ["unchecked"]


def test_the_strict_check_wants_every_file(office):
    with pytest.raises(KnowledgeError, match=r"wording\.toml:1: file is missing"):
        load(office, today=TODAY, strict=True)
    assert "wording.toml" in load(office, today=TODAY).missing


def test_the_wording_speaks_only_known_keys_with_all_their_fields(office):
    write(office, "wording.toml", '[greeting]\nhello = "您好，{name}。"\nlines = ["一", "二"]\n')
    wording = load(office, today=TODAY).wording
    assert wording("greeting.hello", name="王女士") == "您好，王女士。" and wording("greeting.lines") == "一\n二"
    with pytest.raises(KeyError, match=r"greeting\.bye"):
        wording("greeting.bye")
    with pytest.raises(KeyError, match="name"):
        wording("greeting.hello")


@pytest.mark.parametrize(("text", "wrong"), [
    ("bye = '再见'", "there is no greeting.bye"), ("hello = '{who}您好'", "it has a field that greeting.hello has not")])
def test_short_words_stand_for_a_sentence_and_its_fields(office, text, wrong):
    write(office, "wording.toml", f"[greeting]\nhello = '您好，{{name}}。'\n[old.greeting]\n{text}\n")
    with pytest.raises(KnowledgeError, match=rf"wording\.toml:4: old\.greeting\.\w+: {wrong}"):
        load(office, today=TODAY)


TERM = """[[term]]
term = "年化"
meaning = "意思"
source = "x"
"""
WINDOW = """[[window]]
id = "a"
days = 3
unit = "工作日"
since = ["没收"]
span = "三日"
do = "申请"
after = "过了"
source = "x"
entries = ["note-seized"]
"""
QUESTION = """[[question]]
id = "q1"
kind = "single"
theme = "aml"
audience = ["公众"]
text = "问"
options = ["甲", "乙"]
answer = [1]
explanation = "因为"
source = "反洗钱法"

[[question]]
id = "q2"
kind = "true_false"
theme = "aml"
text = "问"
answer = [0]
explanation = "因为"
source = "反洗钱法"
"""


def test_quiz_questions_are_read(office):
    write(office, "quiz/aml.toml", QUESTION)
    quiz = load(office, today=TODAY).quiz
    assert quiz["q1"].options == ("甲", "乙") and quiz["q1"].answer == (1,) and quiz["q2"].options == ("对", "错")


@pytest.mark.parametrize("old, new, line, what", [
    ("answer = [0]", "answer = [2]", 12, "does not point"),
    ("answer = [0]", "answer = []", 12, "does not point"),
    ('kind = "true_false"', 'kind = "essay"', 12, "Invalid enum"),
    ('theme = "aml"\naudience', 'theme = "moon"\naudience', 1, "theme"),
    ("answer = [1]", "answer = [0, 1]", 1, "one right answer"),
    ('options = ["甲", "乙"]', 'options = ["甲", "甲"]', 1, "different options"),
    ('explanation = "因为"\nsource = "反洗钱法"\n\n', 'explanation = "因为"\nsource = ""\n\n', 1, "source is missing"),
    ('id = "q2"', 'id = "q1"', 12, "written twice"),
    ('id = "q2"', 'id = q2', 13, "not TOML"),
    ('id = "q2"\n', "", 12, "id"),
])
def test_a_bad_quiz_question_is_refused_with_its_line(office, old, new, line, what):
    assert old in QUESTION
    write(office, "quiz/aml.toml", QUESTION.replace(old, new))
    with pytest.raises(KnowledgeError) as refused:
        load(office, today=TODAY)
    assert f"aml.toml:{line}: " in str(refused.value) and what in str(refused.value)


@pytest.mark.parametrize("name, text, line, what", [
    ("campaigns.toml", '[[campaign]]\nid = "a"\nname = "节"\nstart = "3-15"\nend = "03-31"\nsource = "x"\n', 1, "MM-DD"),
    ("glossary.toml", '[[term]]\nterm = "年化"\nmeaning = ""\n', 1, "meaning"),
    ("fees.toml", '[[fee]]\nid = "a"\nname = "短信"\nfree_by_law = true\n', 1, "source"),
    ("emergencies.toml", "\n[fraud_now]\nlines = []\n", 2, "no lines"),
    ("emergencies.toml", "\n[stolen]\nlines = ['a']\nheard = ['(卡']\n", 2, "no pattern"),
    ("deadlines.toml", "[rule\n", 1, "not TOML"),
    ("wording.toml", 'a = "x"\nb = "{0}"\n', 2, "fields"),
    ("wording.toml", 'a = "x"\nb = 3\n', 2, "sentence"),
    ("wording.toml", '[one]\ntitle = "x"\n\n[two]\ntitle = 3\n', 5, "two.title"),
    ("glossary.toml", TERM + "\n" + TERM.replace("年化", "百分点") + 'theme = "moon"\n', 6, "unknown theme 'moon'"),
    ("glossary.toml", TERM + "\n" + TERM.replace("年化", "百分点") + 'entry = "nowhere"\n', 6, "unknown entry 'nowhere'"),
    ("glossary.toml", TERM + 'also = ["APR"]\n\n' + TERM.replace("年化", "利率") + 'also = ["ＡＰＲ"]\n', 7,
     "also a name of '年化'"),
    ("glossary.toml", TERM + "\n" + TERM.replace("年化", "利率") + 'also = ["年化"]\n', 6, "also a name of '年化'"),
    ("glossary.toml", TERM + 'also = [" "]\n', 1, "a name is empty"),
    ("fees.toml", '[[fee]]\nid = "a"\nname = "短信"\n\n[[fee]]\nid = "b"\nname = " "\n', 5, "a name is empty"),
    ("fees.toml", '[[fee]]\nid = "a"\n', 1, "name"),
    ("windows.toml", WINDOW + WINDOW.replace('"a"', '"b"'), 11, "in two windows"),
    ("windows.toml", WINDOW.replace("note-seized", "nowhere"), 1, "unknown entry 'nowhere'"),
    ("windows.toml", WINDOW.replace("days = 3", "days = -3"), 1, "below zero"),
    ("windows.toml", WINDOW.replace("工作日", "小时"), 1, "Invalid enum"),
    ("campaigns.toml", '[[campaign]]\nid = "a"\nname = "节"\nstart = "03-15"\nend = "03-31"\nsource = "x"\nentries = ["no"]\n', 1,
     "unknown entry 'no'"),
])
def test_every_other_file_names_its_line_too(office, name, text, line, what):
    write(office, name, text)
    with pytest.raises(KnowledgeError) as refused:
        load(office, today=TODAY)
    assert f"{name}:{line}: " in str(refused.value) and what in str(refused.value)


def test_a_campaign_over_new_year_runs_on_both_sides(office):
    write(office, "campaigns.toml",
          '[[campaign]]\nid = "a"\nname = "节"\nstart = "12-20"\nend = "01-10"\nsource = "x"\n')
    campaign = load(office, today=TODAY).campaigns["a"]
    assert campaign.on(date(2026, 12, 25)) and campaign.on(date(2027, 1, 5)) and not campaign.on(date(2027, 2, 1))


GBK = "[greeting]\nhello = '您好'\n".encode("gb18030")


@pytest.mark.parametrize("name", ["taxonomy.toml", "deadlines.toml", "wording.toml", "faq/counterfeit_cash.md",
                                  "ways/counterfeit_cash.txt"])
def test_a_file_saved_in_another_encoding_is_named_with_its_line(office, name):
    (office / "ways").mkdir(exist_ok=True)
    (office / name).write_bytes(b"# first\n" + GBK)
    with pytest.raises(KnowledgeError) as refused:
        load(office, today=TODAY)
    assert f"{name.rpartition('/')[2]}:3: not UTF-8" in str(refused.value) and "另存为 UTF-8" in str(refused.value)
    (office / name).write_bytes("年".encode("utf-16"))
    with pytest.raises(KnowledgeError, match="UTF-16"):
        load(office, today=TODAY)


def test_a_byte_order_mark_and_the_line_ends_of_windows_are_welcome(office):
    for path in [path for path in office.rglob("*") if path.is_file()]:
        text = path.read_bytes()
        path.write_bytes(codecs.BOM_UTF8 + text.replace(b"\n", b"\r\n"))
    assert load(office, today=TODAY).entries["note-seized"].answer == "3 个工作日内可申请鉴定。"
