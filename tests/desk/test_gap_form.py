"""From a question that nobody could answer to a section for knowledge/faq: filled in, judged field by field, handed on."""

import html
import re
from datetime import date, timedelta
from urllib.parse import unquote

import pytest

from knowledge.faq import read_section
from tests.desk.conftest import words
from tickets.gaps import different
from tickets.models import Audit, Gap, now
from tickets.numbers import SHANGHAI

ASKED = ["退休金卡能免年费吗", "养老金卡年费免不免", "退休工资卡要不要年费", "社保卡收年费吗", "养老金账户年费", "退休卡年费怎么免"]
FORM = {"key": "g7", "question": "养老金卡收年费吗？", "theme": "fees", "audience": ["公众", "老年"], "ways": "\n".join(ASKED),
        "answer": "养老金卡免收年费，\n以本行公示为准。", "steps": "1. 带身份证\n2、到网点办理",
        "more": "- 别家银行的卡不归这里管。", "basis": ["《商业银行服务价格管理办法》第十二条", "本行公示", ""],
        "mark": ["V", "S", ""], "elderly": "养老金卡，不收年费。\n放心用。", "valid_until": ""}


@pytest.fixture
def desk(house):
    """The handler's, with a group that was asked in six ways and ten times in one of them."""
    with house.store.write() as session:
        for text in (*ASKED, *[f"{ASKED[0]}[手机 尾号800{n}]" for n in range(9)]):
            session.add(Gap(text=text, group_key="g7", candidates=[[near(house), 0.3]]))
    return house.as_("handler")


def near(house) -> str:
    return next(one.id for one in house.knowledge.entries.values() if one.theme == "fees")


def field(page: str, name: str) -> str:
    """What a text field of the page holds."""
    return html.unescape(re.search(rf'<textarea id="{name}"[^>]*>([^<]*)', page)[1])


def wrong(page: str) -> dict[str, str]:
    return {name: html.unescape(said) for name, said in re.findall(r'<small class="error" id="w-(\w+)">([^<]+)', page)}


def test_the_form_comes_filled_with_what_is_known(house, desk):
    page = desk.page("/desk/gaps/draft?key=g7")
    assert sorted(field(page, "ways").split("\n")) == sorted(ASKED), "ten times the same stands once"
    assert f'name="question" maxlength="100" value="{ASKED[0]}"' in page and '<option value="fees" selected>收费' in page
    assert re.search(rf'value="{near(house)}" checked', page) and 'name="audience" value="公众" checked' in page
    assert "confidence" not in page and "new-entry" not in page and "slug" not in page and "已写 0/120 字" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page.split("<main")[1]):
        name = re.search(r'\bid="([^"]+)"', tag)
        assert 'type="hidden"' in tag or 'type="checkbox"' in tag or "aria-label" in tag or f'for="{name[1]}"' in page, tag


def test_a_finished_form_becomes_a_section_that_the_reader_takes(house, desk):
    answer = desk.post("/desk/gaps/draft", {**FORM, "related": [near(house)], "valid_until": "2099-12-31"})
    text, today = field(answer.text, "section"), now().astimezone(SHANGHAI).date()
    entry, faults = read_section(text, theme="fees", audiences=frozenset(house.knowledge.taxonomy.audience))
    assert faults == [] and entry.id == f"fees-{today:%Y%m%d}-g7" and entry.id not in house.knowledge.entries
    assert entry.question == FORM["question"] and entry.variants == tuple(ASKED) and entry.answer == FORM["answer"]
    assert entry.steps == ("带身份证", "到网点办理") and entry.versions == {"老年": FORM["elderly"]}
    assert entry.more == ("别家银行的卡不归这里管。",)
    assert entry.basis == ("《商业银行服务价格管理办法》第十二条 [V]", "本行公示 [S]")
    assert entry.confidence == "S", "sure only where every source was compared with its original"
    assert entry.checked == today and entry.valid_until == date(2099, 12, 31) and entry.related == (near(house),)
    page = words(answer.text)
    assert "请提交复核：另一位主管对照依据看过、通过后，小助手就用它回答" in page and "提交复核" in page
    assert "下载" in page and "复制" in page
    row, = house.rows(Audit)
    assert (row.action, row.target, row.data) == ("gap.draft", f"entry:{entry.id}", {"theme": "fees", "count": 15})
    log = words(house.as_("auditor").page("/desk/audit"))
    assert "起草知识条目" in log and f"知识条目 {entry.id}" in log and "主题：收费；件数：15" in log
    assert "readonly" in answer.text and field(answer.text, "ways") == FORM["ways"], "and it can be looked over once more"


def test_what_is_compared_throughout_is_sure_and_what_is_for_staff_stays_with_them(desk):
    text = field(desk.post("/desk/gaps/draft", {**FORM, "audience": ["员工"], "mark": ["V", "V", ""]}).text, "section")
    assert "confidence: V" in text and "staff_only: true" in text


def test_a_mark_written_behind_a_source_counts_as_chosen(desk):
    form = {**FORM, "basis": ["- 本行公示 [S]", ""], "mark": ["", ""]}
    assert "\n- 本行公示 [S]\n" in field(desk.post("/desk/gaps/draft", form).text, "section")


@pytest.mark.parametrize(("change", "name", "said"), [
    ({"question": " "}, "question", "请写一句标准问题"), ({"theme": ""}, "theme", "请选一个主题"),
    ({"audience": []}, "audience", "至少勾选一类"), ({"ways": ""}, "ways", "至少 6 种"),
    ({"ways": "\n".join([*ASKED[:5], ASKED[0], FORM["question"]])}, "ways", "现在有 5 种问法，至少要 6 种"),
    ({"answer": ""}, "answer", "请写简短答案"), ({"answer": "长" * 121}, "answer", "答案有 121 个字，最多 120 个字"),
    ({"more": "长" * 81}, "more", "追问里有一句 81 个字，最多 80 个字"),
    ({"answer": "## 免收\n养老金卡免年费"}, "answer", "不能以「#」开头"), ({"elderly": "### 依据"}, "elderly", "不能以「#」开头"),
    ({"basis": ["", ""], "mark": ["V", ""]}, "basis", "至少写一条依据"),
    ({"basis": ["某办法第二条", "本行公示"], "mark": ["V", ""]}, "basis", "第 2 条依据没有选"),
    ({"valid_until": "2027-02-31"}, "valid_until", "日期没有填对"),
    ({"valid_until": str(date.today() - timedelta(days=3))}, "valid_until", "有效期已经过了"),
    ({"ways": "\n".join([*ASKED, "我的号码 13800138000 收年费吗"])}, "ways", "个人信息"),
])
def test_each_fault_is_said_at_its_field_and_nothing_written_is_lost(house, desk, change, name, said):
    form = {**FORM, **change}
    answer = desk.post("/desk/gaps/draft", form)
    assert answer.status_code == 422 and list(wrong(answer.text)) == [name] and said in wrong(answer.text)[name]
    assert 'id="section"' not in answer.text and house.rows(Audit) == []
    assert all(field(answer.text, box) == form[box].strip() for box in ("ways", "answer", "steps", "more", "elderly"))
    assert all(f'value="{text}"' in answer.text for text in form["basis"] if text)
    assert all(f'value="{one}" checked' in answer.text for one in form["audience"])
    assert re.search(rf'aria-invalid="true" aria-describedby="[^"]*w-{name}"', answer.text)


def test_all_that_is_wrong_is_said_at_once(desk):
    page = desk.post("/desk/gaps/draft", {"key": "g7"}).text
    assert set(wrong(page)) == {"question", "theme", "audience", "ways", "answer", "basis"} and "标出的 6 处" in page


def test_what_stands_in_the_base_already_is_named_with_its_entry(house, desk):
    """A way to ask that stands twice would stop the next start."""
    other = house.knowledge.entries[near(house)]
    page = desk.post("/desk/gaps/draft", {**FORM, "ways": "\n".join([*ASKED, other.variants[-1]])}).text
    assert f"「{other.variants[-1]}」知识库里已有，属于「{other.question}」" in wrong(page)["ways"]
    page = desk.post("/desk/gaps/draft", {**FORM, "question": other.question}).text
    assert "知识库里已有这一句" in wrong(page)["question"]


def test_the_section_is_fetched_as_a_file_with_a_chinese_name(house, desk):
    section = field(desk.post("/desk/gaps/draft", FORM).text, "section")
    got = desk.post("/desk/gaps/draft/download", {"theme": "fees", "text": section.replace("\n", "\r\n")})
    assert got.status_code == 200 and got.content.decode("utf-8") == section
    assert got.headers["content-type"] == "text/markdown; charset=utf-8"
    said = got.headers["content-disposition"]
    assert said.startswith("attachment;") and unquote(said.split("''")[1]) == "知识条目-收费-养老金卡收年费吗.md"
    for text in ("", "## x | y", section + section, "<script>alert(1)</script>"):
        assert desk.post("/desk/gaps/draft/download", {"theme": "fees", "text": text}).status_code == 422, text


def test_a_handler_drafts_and_an_auditor_does_not(house, desk):
    assert "起草条目" in desk.page("/desk/gaps") and "确认移出" in desk.page("/desk/gaps")
    auditor = house.as_("auditor")
    page = auditor.page("/desk/gaps")
    assert ASKED[0] in page and "/desk/gaps/draft" not in page and "移出</summary>" not in page
    assert "/desk/gaps/draft" in desk.page("/desk/dashboard") and "/desk/gaps/draft" not in auditor.page("/desk/dashboard")
    assert auditor.get("/desk/gaps/draft?key=g7").status_code == 403
    assert auditor.post("/desk/gaps/draft", FORM).status_code == 403
    assert auditor.post("/desk/gaps/draft/download", {"theme": "fees", "text": "x"}).status_code == 403


def test_a_draft_outlives_its_group_and_takes_nothing_unknown(house, desk):
    assert desk.post("/desk/gaps/resolve", {"key": "g7", "sure": "yes"}).status_code == 303
    assert desk.get("/desk/gaps/draft?key=g7").status_code == 404
    assert desk.post("/desk/gaps/draft", FORM).status_code == 200, "another took the group off the list while she wrote"
    assert desk.post("/desk/gaps/draft", {**FORM, "key": "9" * 30}).status_code == 200
    for change in ({"key": ""}, {"theme": "astrology"}, {"audience": ["火星人"]}, {"related": ["no-such"]}, {"mark": ["X", "", ""]},
                   {"mark": ["V"]}):
        assert desk.post("/desk/gaps/draft", {**FORM, **change}).status_code == 422, change


def test_a_wording_that_only_greets_is_no_other_way_to_ask():
    asked = ["量子存单怎么兑换", "量子存单 怎么 兑换？", "量子存单怎么兑换啊[手机 尾号8000]", "[姓名]", "量子存单在哪儿换"]
    assert different(asked) == ["量子存单怎么兑换", "量子存单在哪儿换"]
